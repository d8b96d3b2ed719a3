"""``safeconduct watch``: how is the watch over calls doing, and whom did it show?"""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.watch_reading import alerts, status
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.terms.moments import show

app = typer.Typer(help="See how the watch over calls is doing, and whom it showed.", no_args_is_help=True)


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Say how far the watch has read, and what it has done. Exit code 1 when it does not run."""
    with output.door():
        found, running = status(existing())
        if as_json:
            output.show_json({**msgspec.to_builtins(found), "running": running})
        else:
            output.data(f"{'watching' if running else 'NOT RUNNING'} since {show(found.started_at)}, looked at {show(found.at)}")
            output.data(
                f"  {found.signals:,} signals read, {found.behind_ms / 1000:.1f} s behind, {found.backlog_bytes:,} bytes wait"
            )
            if found.anew_at:
                output.data(f"  BEGAN ANEW {show(found.anew_at)}: what it remembered before was lost ({found.anew_why})")
            output.data(f"  {found.acts:,} acts performed, {found.refused:,} refused, {found.pending:,} wait")
            output.data(f"  {found.alerts:,} alerts raised; {found.held:,} people and agents at hand")
    if not running:
        raise typer.Exit(output.FAILED)


@app.command("alerts")
def show_alerts(
    who: Annotated[str, typer.Option(help="Only about one subject, as KIND/ID.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the last alerts, the newest first."""
    with output.door():
        found = alerts(existing(), who, limit)
        if as_json:
            output.show_json(msgspec.to_builtins(found))
            return
        for each in found:
            case = f" [{each.case}]" if each.case else ""
            output.data(
                f"{show(each.at)} {output.plain(each.who)} {each.kind} {each.score:.1f}{case}: {output.plain(each.sentence)}"
            )
        if not found:
            output.data("no alerts")
