"""``safeconduct demo``: the four legal states of June 2026 on a small population, told while it happens."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, Any, Self

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from safeconduct.assembly.demo.narration import PROMISED_MS
from safeconduct.assembly.demo.population import FEWEST_ORGANIZATIONS, FEWEST_PEOPLE
from safeconduct.assembly.demo.story import Outcome, tell
from safeconduct.cli import output
from safeconduct.cli.output import AsJson

COLUMNS = ("state", "model", "kept", "cut", "named", "unknown", "expired", "other", "wrong", "ms")


def demo(
    people: Annotated[int, typer.Option(min=FEWEST_PEOPLE, max=1_000_000, help="How many people.")] = 20_000,
    organizations: Annotated[int, typer.Option(min=FEWEST_ORGANIZATIONS, max=5_000, help="How many organizations.")] = 150,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the home folder, to look at its registry and log.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who is cut and who goes on when the law changes, and how long each switch takes. Exit code 1 if anything was wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what we started ends with us, however we are told to end
    with output.door(), _Narrator() as narrator:
        outcome = tell(people, organizations, narrator, keep=keep)
    if as_json:
        output.show_json({**msgspec.to_builtins(outcome), "wrong": outcome.wrong})
    elif sys.stdout.isatty():
        for line in _aligned(_rows(outcome)):
            output.data(line)
    else:
        output.show_rows(COLUMNS, _rows(outcome), as_json=False)
    _conclude(outcome, keep=keep)
    if outcome.wrong:
        raise typer.Exit(output.FAILED)


class _Narrator:
    """Tells the story on stderr, with a bar for what takes long where somebody watches."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_bar()

    def say(self, line: str) -> None:
        self._end_bar()
        output.say(line)

    def progress(self, what: str, done: int, whole: int) -> None:
        if not sys.stderr.isatty():
            return
        if self._bar is None or self._task is None:
            columns = (TextColumn("  deciding everybody, {task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(what, total=whole)
            self._bar.start()
        self._bar.update(self._task, completed=done)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None


def _rows(outcome: Outcome) -> list[dict[str, Any]]:
    """The drill's table: who may and who may not in each state and why, what was wrong, and how long the switch took."""
    return [
        {
            "state": told.state,
            "model": count.model.removeprefix("claude-"),
            "kept": count.permitted,
            "cut": count.denied,
            "named": count.named,
            "unknown": count.unknown,
            "expired": count.expired,
            "other": count.contradicted + count.lapsed + count.hidden,
            "wrong": count.wrong,
            "ms": f"{told.switch_ms:.0f}",
        }
        for told in outcome.states
        for count in told.counts
    ]


def _aligned(rows: list[dict[str, Any]]) -> list[str]:
    """The table for a terminal, in less than 80 columns."""
    cells = [COLUMNS, *(tuple(str(row[column]) for column in COLUMNS) for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(COLUMNS))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def _conclude(outcome: Outcome, *, keep: bool) -> None:
    slowest = max(told.switch_ms for told in outcome.states)
    late = "" if slowest <= PROMISED_MS else f" That is more than the {PROMISED_MS:.0f} ms promised."
    cut = sum(told.cut for told in outcome.states)
    output.say("", f"{cut} live calls were cut as they had to be. The slowest switch took {slowest:.0f} ms.{late}")
    if outcome.wrong:
        output.say(f"{outcome.wrong} things were WRONG; see above.", *outcome.faults)
    else:
        output.say(f"Nobody else was touched, and no answer was wrong. All of it took {outcome.seconds:.0f} s.")
    if keep:
        output.say("", "The home is kept. Look for yourself:", f"  export SAFECONDUCT_HOME={outcome.home}")
        output.say(*(f"  {line}" for line in (*outcome.ask, outcome.verify)))
