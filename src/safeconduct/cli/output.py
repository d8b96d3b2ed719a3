"""How do all commands speak? Data on stdout, words on stderr, one exit code for each kind of no.

A table on a terminal, tab-separated lines into a pipe, JSON with ``--json``. Colors follow ``NO_COLOR``. An error is told
as what, where and how to mend; a traceback is never shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from safeconduct.terms import moments
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
DENIED: Final = 3
PROOF_DOES_NOT_HOLD: Final = 4
DIFFERENCES: Final = 5

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before doing it.")]
Why = Annotated[str, typer.Option(help="The reason, for the history: one line.")]


def say(*lines: str) -> None:
    """Words for the person at the terminal: stderr."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    for line in lines:
        console.print(plain(line))


def data(text: str) -> None:
    """One line of data: stdout, exactly as given."""
    typer.echo(text)


def show_json(value: object) -> None:
    """A value as indented JSON on stdout, keys in the order given."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def show_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, as_json: bool, title: str = "") -> None:
    """Rows as JSON, as a table on a terminal, or as tab-separated lines with a header."""
    listed = list(rows)
    if as_json:
        show_json([{column: row.get(column) for column in columns} for row in listed])
        return
    if not sys.stdout.isatty():
        typer.echo("\t".join(columns))
        for row in listed:
            typer.echo("\t".join(cell(row.get(column)) for column in columns))
        return
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        table.add_row(*(cell(row.get(column)) for column in columns))
    Console(highlight=False, markup=False).print(table)


def show_record(record: Mapping[str, Any], *, as_json: bool) -> None:
    """One record as JSON, or as lines of name and value."""
    if as_json:
        show_json(record)
        return
    _show_lines(record, "")


def show_faults(faults: Sequence[Fault]) -> None:
    """Every fault on stderr: where, what, and how to mend it."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for fault in faults:
        console.print(plain(f"{fault.where}: {fault.what}"), style="red", markup=False)
        console.print(plain(f"    {fault.mend}"), markup=False)


@contextmanager
def door(code: int = FAILED) -> Iterator[None]:
    """Where errors become words and an exit code. The last line of defense: what nobody foresaw is told without a traceback."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Refused as refused:
        show_faults(refused.faults)
        raise typer.Exit(code) from None
    except BrokenPipeError:
        raise typer.Exit(FAILED) from None
    except OSError as wrong:
        what = wrong.strerror or type(wrong).__name__
        show_faults([Fault("io", what, str(wrong.filename or "input or output"), "check the path, permissions and free space")])
        raise typer.Exit(FAILED) from None
    except Exception as wrong:  # noqa: BLE001 - the command line is a door: a fault of ours is told, not dumped
        show_faults([Fault("internal", f"a fault of ours: {type(wrong).__name__}", _place(wrong), "report it with this line")])
        raise typer.Exit(FAILED) from None


def confirm(question: str, *, yes: bool) -> None:
    """Ask before a destructive act. Without a terminal to ask at, only ``--yes`` will do. Raises typer.Exit on a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        show_faults([Fault("not_confirmed", question, "--yes", "there is nobody to ask here; add --yes to do it")])
        raise typer.Exit(USAGE)
    if not typer.confirm(question, err=True):
        raise typer.Exit(FAILED)


def read_moment(text: str, option: str, *, may_be_open: bool = False) -> Moment:
    """Read a time given in an option. Raises typer.BadParameter with a sentence."""
    if may_be_open and text == "open":
        return FOREVER
    try:
        return moments.parse(text)
    except (ValueError, OverflowError) as wrong:
        shape = "like 2026-06-12T17:21:00-04:00" + (' or "open"' if may_be_open else "")
        raise typer.BadParameter(f"{text!r} is no time with a zone; write it {shape}", param_hint=option) from wrong


def read_moment_or_none(text: str, option: str) -> Moment | None:
    """Like ``read_moment``; None when the option was not given."""
    return read_moment(text, option) if text else None


def cell(value: object) -> str:
    """A value as text in one cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(cell(each) for each in value)
        case dict():
            return ", ".join(f"{name}={cell(each)}" for name, each in value.items())
        case _:
            return plain(str(value))


def plain(text: str) -> str:
    """Text without control characters: what others wrote may not steer the terminal."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _show_lines(record: Mapping[str, Any], indent: str) -> None:
    width = max((len(name) for name, value in record.items() if not isinstance(value, dict)), default=0)
    for name, value in record.items():
        if isinstance(value, dict):
            typer.echo(f"{indent}{plain(name)}:")
            _show_lines(value, indent + "  ")
        else:
            typer.echo(f"{indent}{plain(name):<{width}}  {cell(value)}".rstrip())


def _place(wrong: BaseException) -> str:
    trace = wrong.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "safeconduct"
