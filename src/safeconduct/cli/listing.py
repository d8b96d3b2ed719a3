"""How do commands speak about a million things? A list shows the first and says how many more; long work tells how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from safeconduct.cli import output

T = TypeVar("T")

LISTED: Final = 200  # some screens; more is for a program, which says so
Limit = Annotated[int, typer.Option("--limit", min=0, help="Show at most so many; 0 shows all.")]
Prefix = Annotated[str, typer.Option("--prefix", help="Only those whose id begins so.")]


def show_first(
    columns: Sequence[str],
    found: Iterable[T],
    row: Callable[[T], Mapping[str, Any]],
    limit: int,
    whole: int | None = None,
    *,
    as_json: bool,
    title: str,
) -> None:
    """Show the first ``limit`` of what is found (0: all), and say how many more there are.

    ``whole`` is how many there are in all, where that is known without walking through them.
    """
    walk = iter(found)
    first = [row(each) for each in (islice(walk, limit) if limit else walk)]
    output.show_rows(columns, first, as_json=as_json, title=title)
    more = 0 if not limit else whole - len(first) if whole is not None else sum(1 for _ in walk)
    if more:
        output.say(f"{more} more are not shown; narrow the list, or show all with --limit 0.")


@contextmanager
def progress(what: str, whole: int, *, silent: bool = False) -> Iterator[Callable[[int], None]]:
    """Tell on a terminal's stderr how far long work is; elsewhere say nothing. Gives a function to call with each advance."""
    if silent or not sys.stderr.isatty():
        yield _silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=whole)
        yield lambda advance: shown.advance(task, advance)


def _silent(_advance: int) -> None:
    return
