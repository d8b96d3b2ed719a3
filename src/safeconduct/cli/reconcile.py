"""``safeconduct reconcile``: does the registry, does the vault, does a provider's bill say what the log says?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from safeconduct.assembly.home import existing
from safeconduct.assembly.reconciling import Outcome, Tell, last, reconcile
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.inquiry.reconciling import Difference
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(
    help="Compare the registry, the vault and a provider's usage with the log, and name what differs.", no_args_is_help=True
)


@app.command("run")
def run(
    trust_log: Annotated[
        bool, typer.Option("--trust-log", help="Do not hash every entry against the signed root first. Faster.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare registry and vault with the log, now. Each night it is done by itself (reconcile.at in the settings).

    Exit code 0 when nothing differs, 5 with each difference named when something does.
    """
    with output.door():
        with _progress() as tell:
            outcome = reconcile(existing(), os.environ, trust_log=trust_log, tell=tell)
        _show(outcome, as_json=as_json)
    if outcome.found:
        raise typer.Exit(output.DIFFERENCES)


@app.command("last")
def show_last(as_json: AsJson = False) -> None:
    """Show what the last comparison found. Exit code 5 when it found something."""
    with output.door():
        outcome = last(existing())
        if outcome is None:
            mend = "run: safeconduct reconcile run"
            raise Refused(Fault("never_compared", "nothing was compared in this home yet", "run/reconcile.json", mend))
        _show(outcome, as_json=as_json)
    if outcome.found:
        raise typer.Exit(output.DIFFERENCES)


def _show(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        output.show_json(msgspec.to_builtins(outcome))
        return
    output.data(
        f"{show(outcome.done_at)}: {outcome.acts:,} acts with {outcome.changes:,} changes and {outcome.contents:,} contents "
        f"compared with {outcome.size:,} signed entries"
    )
    for note in outcome.notes[:20]:
        output.data(f"  note: {output.plain(note)}")
    for each in outcome.differences:
        output.data(f"  {each.code}{_place(each)}: {output.plain(each.what)}")
        output.data(f"      {each.mend}")
    if (more := outcome.found - len(outcome.differences)) > 0:
        output.data(f"  and {more:,} more")
    output.data("nothing differs" if not outcome.found else f"{outcome.found:,} DIFFERENCES")


def _place(each: Difference) -> str:
    """Where it is, as far as that is known."""
    parts = []
    if each.seq:
        parts.append(f"change {each.seq}" if each.until in (0, each.seq) else f"changes {each.seq} to {each.until}")
    if each.index >= 0:
        parts.append(f"entry {each.index}" + (f" of {each.shard}" if each.shard else ""))
    if each.place:
        parts.append(output.plain(each.place))
    return f" ({', '.join(parts)})" if parts else ""


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on stderr, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("entries"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("entries", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
