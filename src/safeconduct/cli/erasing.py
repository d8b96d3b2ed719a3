"""``safeconduct person erase``: what would go, two officers' word for it, and going on with what was cut off."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from safeconduct.assembly.erasing import Look, fresh_name, look
from safeconduct.assembly.home import existing
from safeconduct.cli import output
from safeconduct.cli.acting import desk, tell
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.acts import ErasePerson
from safeconduct.office.erasure import GROUNDS
from safeconduct.terms.moments import show

SHOWN = 20


def erase(
    id: Annotated[str, typer.Argument(help="Id of the person; none with --resume.")] = "",  # noqa: A002
    ground: Annotated[str, typer.Option(help=f"Legal ground: {', '.join(GROUNDS)}.")] = "",
    why: Why = "",
    content_only: Annotated[
        bool, typer.Option("--content-only", help="Destroy the kept content that may go, and leave the person.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with erasures that were cut off.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person from every file, for good. A second officer agrees; the log keeps its proofs and loses the name."""
    if resume == bool(id):
        raise typer.BadParameter("name a person, or resume what was begun", param_hint="ID")
    with desk() as opened:
        if resume:
            waiting = [each for each in opened.registry.erasures.values() if each.done_at is None]
            opened.complete()
            output.say(f"Completed: {len(waiting)}." if waiting else "No erasure is waiting to be completed.")
            return
        found = look(existing(), opened.registry, id)
        act = ErasePerson(id, fresh_name(secrets.token_bytes), ground, why, content_only, found.kept, found.protected)
        opened.preview(act)
        for line in _told(found, content_only=content_only):
            output.say(line)
        what = f"the kept content of {id} that may go" if content_only else f"{id} from every file, log and backup here"
        output.confirm(f"Erase {what}? It cannot be undone, by anybody.", yes=yes)
        tell(opened.perform(act), f"{id} is erased.", as_json=as_json)


def _told(found: Look, *, content_only: bool) -> list[str]:
    lines = [f"Kept content: {found.contents} pieces under {found.keys} keys."]
    lines += [f"  class {name}, kept until {show(until)}" for name, until in found.kept]
    if content_only:
        return lines
    foot = found.footprint
    lines.append(f"Changes that lose all their words: {len(foot.changes)}; that lose their free words: {len(foot.words)}.")
    if foot.agents:
        lines.append(f"Agents that go with the person: {', '.join(foot.agents[:SHOWN])}.")
    if foot.keys:
        lines.append(f"Keys: {len(foot.keys)}.")
    if foot.mentions:
        lines.append(f"{len(foot.mentions)} changes about something else name the person, and stay:")
        lines += [f"  change {each.seq}, {each.kind}: {', '.join(each.where)}" for each in foot.mentions[:SHOWN]]
    return lines
