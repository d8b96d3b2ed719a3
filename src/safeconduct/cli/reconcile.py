"""``safeconduct reconcile``: does the registry, does the vault, does a provider's bill say what the log says?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from safeconduct.assembly.home import existing
from safeconduct.assembly.reconciling import Outcome, last, reconcile
from safeconduct.assembly.usage import Billed, compare_usage
from safeconduct.assembly.walking import Tell
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


class Provider(StrEnum):
    """Whose export it is."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"


class Bucket(StrEnum):
    """How wide the spans are that are compared."""

    HOUR = "1h"
    DAY = "1d"


@app.command("usage")
def usage(
    files: Annotated[list[Path], typer.Argument(help="The provider's usage export, all its pages: JSON of the API, or CSV.")],
    provider: Annotated[Provider, typer.Option(help="Whose export it is.")],
    bucket: Annotated[Bucket, typer.Option(help="How wide the spans are that are compared.")] = Bucket.DAY,
    upstream: Annotated[
        str, typer.Option(help="Whose calls are compared, by its name in the settings. Default: named like the provider.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compare a provider's usage export with the log, and name the spans in which calls passed by the gateway.

    Exit code 0 when both agree, 5 when they do not.
    """
    with output.door():
        with _progress() as tell:
            billed = compare_usage(existing(), os.environ, files, provider, bucket, tell, upstream=upstream)
        if as_json:
            output.show_json(msgspec.to_builtins(billed))
        else:
            _tell_usage(billed)
    if billed.differences:
        raise typer.Exit(output.DIFFERENCES)


def _tell_usage(billed: Billed) -> None:
    ours = f"{billed.calls:,} calls to {output.plain(billed.upstream)}"
    output.data(f"{billed.lines:,} lines of {billed.provider} in {billed.spans:,} spans compared with {ours}")
    if billed.unknown_calls:
        output.data(f"  {billed.unknown_calls:,} of the calls have no known usage: cut, broken off, or answered with an error")
    if not billed.by_model:
        output.data("  the export is not grouped by model: all models are compared together")
    for each in billed.differences:
        output.data(f"  {each.code} {show(each.since)} {output.plain(each.model) or 'all models'}: {each.what}")
        requests = f"{each.provider_requests:,} requests, " if each.provider_requests >= 0 else ""
        output.data(f"      provider: {requests}{each.provider_input:,} tokens in, {each.provider_output:,} out")
        edge = f", and {each.edge_calls:,} calls at its edges" if each.edge_calls else ""
        unknown = f", {each.unknown_calls:,} calls of unknown usage" if each.unknown_calls else ""
        output.data(f"      log: {each.log_calls:,} calls, {each.log_input:,} tokens in, {each.log_output:,} out{edge}{unknown}")
        output.data(f"      {each.mend}")
    output.data("both agree" if not billed.differences else f"{len(billed.differences):,} DIFFERENCES")


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
