"""``safeconduct audit report``: counts of calls that may be handed on without telling what one person did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly.bundle import Tree
from safeconduct.assembly.exporting import trees
from safeconduct.audit.aggregate import COLUMNS, Counted, Counting, Group
from safeconduct.cli import output
from safeconduct.cli.auditing import LogFolder, door, home, opened, progress
from safeconduct.cli.output import AsJson
from safeconduct.terms.moments import FOREVER


def report_command(
    by: Annotated[str, typer.Option(help=f"Columns, with commas between: {', '.join(COLUMNS)}.")] = "organization,model,outcome",
    k: Annotated[int, typer.Option("--k", help="How many different callers a group must have to be told.", min=2)] = 5,
    since: Annotated[str, typer.Option(help="Only calls from this time on, with a zone.")] = "",
    until: Annotated[str, typer.Option(help="Only calls before this time, with a zone.")] = "",
    log: LogFolder = None,
    as_json: AsJson = False,
) -> None:
    """Count. What is withheld cannot be found by subtracting within one report; several reports can still be compared."""
    begin = output.read_moment_or_none(since, "--since") or 0
    end = output.read_moment_or_none(until, "--until") or FOREVER
    with door():
        counting = Counting([each.strip() for each in by.split(",") if each.strip()], k, begin, end)
        for tree in _trees(log):
            with progress() as tell:
                for index, data in tree.entries(0, tree.head.size):
                    counting.read(data)
                    if not index % 4096:
                        tell(index, tree.head.size)
        _tell(counting.finish(), as_json=as_json)


def _trees(log: Path | None) -> list[Tree]:
    if log is None:
        return trees(home())
    opened(log, "", "")
    found = Tree.open(log)
    return [] if found is None else [found]


def _tell(found: Counted, *, as_json: bool) -> None:
    columns = (*found.columns, "calls", "tokens_in", "tokens_out")
    rows = [{**dict(zip(found.columns, key, strict=True)), **_numbers(group)} for key, group in found.rows]
    total = _numbers(found.total) if found.total is not None else None
    if as_json:
        output.show_json(
            {
                "by": list(found.columns),
                "k": found.k,
                "rows": rows,
                "total": total,
                "withheld_groups": found.withheld,
                "arrivals_of_nobody_known": found.unknown,
                "note": found.sentence(),
            }
        )
        return
    output.show_rows(columns, rows, as_json=False, title="Calls")
    if total is not None:
        output.say(f"Total: {total['calls']:,} calls, {total['tokens_in']:,} tokens in, {total['tokens_out']:,} out.")
    output.say(found.sentence())
    if found.unknown:
        output.say(f"{found.unknown:,} arrivals were refused before anybody was known; they are in no group.")


def _numbers(group: Group) -> dict[str, int]:
    return {"calls": group.calls, "tokens_in": group.tokens_in, "tokens_out": group.tokens_out}
