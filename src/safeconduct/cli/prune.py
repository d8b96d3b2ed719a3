"""``safeconduct audit prune``: let the front of the log go, once its time is over and a second officer agreed."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.prune import carry_out, front
from safeconduct.cli import output
from safeconduct.cli.acting import tell
from safeconduct.cli.auditing import ShardName, door, home, progress
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.pruning import DAYS, PruneLog
from safeconduct.terms.moments import SECOND, show


def prune_command(
    below: Annotated[int, typer.Option(help="The first entry that stays: a multiple of 256.", min=0)] = 0,
    older_than: Annotated[int, typer.Option(help="Instead: everything that is older than so many days.", min=0)] = 0,
    request: Annotated[str, typer.Option(help="Carry out this request, which another officer agreed to.")] = "",
    shard: ShardName = "",
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask for it, or with --request carry it out. Nothing goes before a signed checkpoint covers the entry that says so."""
    if sum(map(bool, (below, older_than, request))) != 1:
        raise typer.BadParameter("give one of them", param_hint="--below, --older-than or --request")
    with door(), open_desk() as desk:
        if request:
            output.confirm(f"Carry out request {request}? The entries go for good; there is no undo.", yes=yes)
            done, files = carry_out(home(), desk, request, progress, time.sleep)
            if as_json:
                output.show_json({"origin": done.origin, "minimum_index": done.below, "files": files})
            else:
                output.data(f"{done.origin}: the entries below {done.below:,} are gone, in {files:,} files")
            return
        origin = f"{home().settings().log.origin}/{shard}" if shard else ""
        before = desk.now() - older_than * 86_400 * SECOND if older_than else 0
        found = front(home(), origin, below, before, desk.now(), progress)
        output.say(
            f"{found.below - found.minimum:,} entries of {found.origin} would go, the newest of {show(found.newest)}; "
            f"what stays begins at {found.below:,}"
        )
        act = PruneLog(found.origin, found.below, why)
        tell(desk.perform(act), f"once agreed: safeconduct audit prune --request ID, within {DAYS} days", as_json=as_json)
