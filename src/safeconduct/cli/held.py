"""``safeconduct held``: requests and tool calls that wait for a human, and what is decided about them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.assembly.held import Waiting, waiting
from safeconduct.assembly.home import existing
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson
from safeconduct.desk.desk import Desk
from safeconduct.office.acts import DeclineHeld, ReleaseHeld
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Held: requests and tool calls that wait for a human.", no_args_is_help=True)

COLUMNS = ("id", "state", "what", "tool", "seen", "model", "organization", "project", "held", "call")
Id = Annotated[str, typer.Argument(help="Id of the held thing, H- and twelve digits; the caller was told it.")]
Reason = Annotated[str, typer.Option("--why", help="The reason, for the history: one line.")]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="What was released or declined, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, oldest first. Of what was held, nothing is shown: read it in a case, by the vault's rules."""
    with desk() as opened:
        now = opened.now()
        rows = [_row(each, now) for each in _found(opened, now) if every or each.state(now) == "waiting"]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Held")


@app.command("show")
def show_(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Show what was seen in one held thing, and what was said about it."""
    with desk() as opened:
        now = opened.now()
        found = _known(opened, id, now)
        word = found.word
        record = {
            **_row(found, now),
            "caller": _caller(opened, found),
            "because": list(found.held.said),
            "rule": found.held.rule,
            "takes": "two officers" if found.restricted else "one officer",
            "decided by": "" if word is None else word.by,
            "agreed": "" if word is None else word.second,
            "until": "" if word is None or not word.until else show(word.until),
            "why": "" if word is None else word.why,
        }
        output.show_record(record, as_json=as_json)


@app.command()
def release(id: Id, why: Reason, as_json: AsJson = False) -> None:  # noqa: A002
    """Let one held thing of its caller pass for an hour. It takes an officer key; two officers for a restricted model.

    To undo: safeconduct held decline.
    """
    with desk() as opened:
        found = _known(opened, id, opened.now())
        act = ReleaseHeld(id, why, found.restricted, found.held.organization, found.held.caller)
        told = f"{id} may pass for an hour, if the same caller sends the same again. Undo: safeconduct held decline {id}"
        do(opened, act, told, as_json=as_json)


@app.command()
def decline(id: Id, why: Reason, as_json: AsJson = False) -> None:  # noqa: A002
    """Let it stay held; a release that runs is over within a second."""
    with desk() as opened:
        found = _known(opened, id, opened.now())
        do(opened, DeclineHeld(id, why, found.held.organization), f"{id} stays held.", as_json=as_json)


def _found(opened: Desk, now: Moment) -> list[Waiting]:
    home = existing()
    return waiting(home, opened.registry, home.settings().gateway.unrestricted_tiers, now)


def _known(opened: Desk, name: str, now: Moment) -> Waiting:
    for each in _found(opened, now):
        if each.held.id == name:
            return each
    raise Refused(Fault("unknown_held", f"nothing is held as {name[:40]!r}", "held", "see: safeconduct held list --all"))


def _caller(opened: Desk, found: Waiting) -> str:
    person = opened.registry.person_called(found.held.organization, found.held.caller)
    return person.id if person is not None else found.held.caller


def _row(each: Waiting, now: Moment) -> dict[str, Any]:
    held = each.held
    return {
        "id": held.id,
        "state": each.state(now),
        "what": held.direction,
        "tool": held.tool,
        "seen": list(held.kinds),
        "model": held.model,
        "organization": held.organization,
        "project": held.project,
        "held": show(held.at),
        "call": held.call,
    }
