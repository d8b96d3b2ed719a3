"""``safeconduct key``: keys are shown once, when they are issued, and can only be revoked after that."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Starts, desk, do, until
from safeconduct.cli.listing import LISTED, Limit, show_first
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.desk.desk import Desk
from safeconduct.office.acts import RevokeKey
from safeconduct.registry.records import Key
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Keys that people and agents call with.", no_args_is_help=True)

COLUMNS = ("id", "holder", "organization", "project", "state", "issued", "ends", "label")


@app.command()
def issue(
    person: Annotated[str, typer.Option(help="Holder: id of a person.")] = "",
    agent: Annotated[str, typer.Option(help="Holder: id of an agent.")] = "",
    org: Annotated[
        str, typer.Option("--org", "--organization", help="Id of the organization; may be left out when there is only one.")
    ] = "",
    project: Annotated[str, typer.Option(help="The one project it is good for.")] = "",
    label: Annotated[str, typer.Option(help="A word to tell it from other keys.")] = "",
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Issue a key. It is written to stdout now and never again."""
    if bool(person) == bool(agent):
        raise typer.BadParameter("name either a person or an agent", param_hint="--person or --agent")
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        organization = org or _only_organization(opened, person, agent)
        issued = opened.issue_key(
            holder_kind="person" if person else "agent",
            holder=person or agent,
            organization=organization,
            project=project,
            label=label,
            starts=begin,
            ends=end,
        )
        if as_json:
            output.show_json({"id": issued.id, "key": issued.text, "organization": organization, "ends": until(end)})
        else:
            output.data(issued.text)
        output.say(f"Key {issued.id} for {person or agent} in {organization}. It is shown this once: keep it safe.")


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", "--organization", help="Only keys for this organization.")] = "",
    holder: Annotated[str, typer.Option(help="Only keys of this person or agent.")] = "",
    limit: Limit = LISTED,
    as_json: AsJson = False,
) -> None:
    """List keys by id; the keys themselves are stored nowhere."""
    with desk() as opened:
        now = opened.now()
        every = opened.registry.every_key()
        found = (each for each in every if (not org or each.organization == org) and (not holder or each.holder == holder))
        whole = opened.registry.population.count_keys() if not org and not holder else None
        show_first(COLUMNS, found, lambda each: row(each, now), limit, whole, as_json=as_json, title="Keys")


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="Id of the key (not the key itself).")],  # noqa: A002
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a key for good."""
    with desk() as opened:
        act = RevokeKey(id, why)
        opened.preview(act)
        output.confirm(f"Revoke key {id}? Calls with it stop within a second; it never works again.", yes=yes)
        do(opened, act, f"Key {id} is revoked.", as_json=as_json)


def row(key: Key, now: Moment) -> dict[str, Any]:
    """One key as a row."""
    state = "active"
    if key.revoked_at is not None:
        state = "revoked"
    elif now < key.starts:
        state = "not yet"
    elif now >= key.ends:
        state = "ended"
    return {
        "id": key.id,
        "holder": f"{key.holder_kind} {key.holder}",
        "organization": key.organization,
        "project": key.project,
        "state": state,
        "issued": show(key.issued_at),
        "ends": until(key.ends),
        "label": key.label,
    }


def _only_organization(opened: Desk, person: str, agent: str) -> str:
    registry = opened.registry
    found: list[str] = []
    if person and person in registry.people:
        found = [each.organization for each in registry.people[person].memberships]
    elif agent in registry.agents:
        found = [registry.agents[agent].organization]
    if len(found) > 1:
        raise typer.BadParameter(f"{person} is in {', '.join(found)}; name one of them", param_hint="--org")
    if not found:
        what = f"there is no {'person' if person else 'agent'} {person or agent} in any organization"
        mend = f"see: safeconduct {'person' if person else 'agent'} list"
        raise Refused(Fault("unknown_holder", what, "--person" if person else "--agent", mend))
    return found[0]
