"""``safeconduct ask``: who can reach a model, what can somebody reach, whose access ends, which approvals rest on what?

Why somebody may not, and the least that would change it, is ``safeconduct decide``.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated, TypeVar

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import until
from safeconduct.cli.inquiring import DAY, At, Days, InOrg, Limit, asking, model_named, organization_known, progress
from safeconduct.cli.output import AsJson
from safeconduct.inquiry import questions
from safeconduct.inquiry.census import AGENT, PERSON, SeatClass
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Questions over everybody: who can reach what, until when, and what it rests on.", no_args_is_help=True)

LISTED = 50
Line = TypeVar("Line")
Model = Annotated[str, typer.Option(help="Model, by canonical name or alias.")]


@app.command()
def who(
    model: Model,
    org: InOrg = "",
    at: At = "",
    count: Annotated[bool, typer.Option("--count", help="Count by organization instead of naming anybody.")] = False,
    limit: Limit = LISTED,
    as_json: AsJson = False,
) -> None:
    """Who can reach a model, and by which rule?"""
    with asking() as asked:
        moment = output.read_moment_or_none(at, "--at") or asked.now
        registry = asked.registry(moment)
        organization_known(registry, org)
        name = model_named(registry, model)
        (rulings,) = asked.sides((registry, moment))
        with progress(registry.people, silent=as_json) as tell:
            census = asked.census(rulings, keep=0 if count else limit, tell=tell)
        counts = [each for each in questions.who(census, rulings, name) if org in ("", each.organization)]
        if count:
            columns: tuple[str, ...] = ("organization", "project", "kind", "seats", "rules")
            rows = [{key: getattr(each, key) for key in columns} for each in counts]
        else:
            columns = ("kind", "id", "organization", "project")
            found = (one for one in questions.names(census, rulings, name, -1) if org in ("", one[2]))
            rows = [dict(zip(columns, one, strict=True)) for one in islice(found, None if limit < 0 else limit)]
        output.show_rows(columns, rows, as_json=as_json, title=f"Who can reach {name} at {show(moment)}")
        output.say(f"{questions.total(counts):,} of {census.seats:,} seats can reach {name} at {show(moment)}.")


@app.command()
def reach(
    person: Annotated[str, typer.Option(help="Id of the person.")] = "",
    agent: Annotated[str, typer.Option(help="Id of the agent, instead of a person.")] = "",
    org: Annotated[str, typer.Option("--org", "--organization", help="Id of the organization; all of them when left out.")] = "",
    project: Annotated[str, typer.Option(help="Id of the project the calls are for.")] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """What can somebody reach, by which rule, and until when?"""
    if bool(person) == bool(agent):
        raise typer.BadParameter("give either a person or an agent", param_hint="--person or --agent")
    with asking() as asked:
        moment = output.read_moment_or_none(at, "--at") or asked.now
        registry = asked.registry(moment)
        columns = ("organization", "model", "decision", "code", "until", "then", "rules")
        rows = []
        for place in _places(registry, person, agent, org):
            seat = SeatClass(AGENT if agent else PERSON, place, project, (), ())
            for each in questions.reach(seat, agent or person, asked.judge, moment):
                told = {"decision": "permit" if each.permits else "deny", "until": until(each.until)}
                facts = {"organization": place, "model": each.model, "code": each.code, "then": each.then}
                rows.append({**facts, **told, "rules": list(each.rules)})
        output.show_rows(columns, rows, as_json=as_json, title=f"What {agent or person} can reach at {show(moment)}")
        output.say("Why not, and what would change it: safeconduct decide")


@app.command()
def ending(
    days: Days = 30,
    org: InOrg = "",
    names: Annotated[
        bool, typer.Option("--names", help="Name the people and agents, with the moment their access ends.")
    ] = False,
    limit: Limit = LISTED,
    as_json: AsJson = False,
) -> None:
    """Whose access ends soon, and by what: a fact, a membership, an instrument, an organization?"""
    with asking() as asked:
        organization_known(asked.today, org)
        now, then = asked.sides((asked.today, asked.now), (asked.today, asked.now + days * DAY))
        with progress(asked.today.people, silent=as_json) as tell:
            census = asked.census(now, then, keep=limit if names else 0, tell=tell)
        found = [each for each in questions.ending(census, now, then) if org in ("", each.organization)]
        if names:
            columns: tuple[str, ...] = ("kind", "id", "organization", "project", "model", "code", "rule", "ends")
            rows: list[dict[str, object]] = []
            for seat, name, model, later in questions.ended(census, now, then, -1):
                if org not in ("", seat.organization) or 0 <= limit <= len(rows):
                    continue
                end, _ = questions.end_of(seat, name, model, asked.judge, asked.now)
                place = {"kind": seat.kind, "id": name, "organization": seat.organization, "project": seat.project}
                rows.append({**place, "model": model, "code": later.code, "rule": later.rule, "ends": until(end)})
        else:
            columns = ("organization", "project", "model", "code", "rule", "seats")
            rows = [{key: getattr(each, key) for key in columns} for each in _limited(found, limit)]
        output.show_rows(columns, rows, as_json=as_json, title=f"Access that ends within {days} days")
        output.say(f"{questions.total(found):,} accesses of {census.seats:,} seats end within {days} days.")


@app.command()
def expiring(days: Days = 30, org: InOrg = "", limit: Limit = LISTED, as_json: AsJson = False) -> None:
    """Which approvals rest on facts that expire soon, and do they end with them?"""
    with asking() as asked:
        organization_known(asked.today, org)
        now, then = asked.sides((asked.today, asked.now), (asked.today, asked.now + days * DAY))
        with progress(asked.today.people, silent=as_json) as tell:
            census = asked.census(now, then, tell=tell)
        found = [each for each in questions.resting(census, now, then) if org in ("", each.organization)]
        columns = ("rule", "organization", "model", "fact", "then", "ends", "seats")
        rows = [{key: getattr(each, key) for key in columns} for each in _limited(found, limit)]
        output.show_rows(columns, rows, as_json=as_json, title=f"Approvals resting on facts that expire within {days} days")
        output.say("Where another basis holds longer, an expiry changes nothing: column ends says whether access ends with it.")


def _places(registry: Registry, person: str, agent: str, org: str) -> list[str]:
    if agent:
        if agent not in registry.agents:
            raise Refused(Fault("unknown_caller", f"there is no agent {agent}", "--agent", "see: safeconduct agent list"))
        return [registry.agents[agent].organization]
    found = registry.people.get(person)
    if found is None:
        raise Refused(Fault("unknown_caller", f"there is no person {person}", "--person", "see: safeconduct person list"))
    return [org] if org else [each.organization for each in found.memberships]


def _limited(lines: list[Line], limit: int) -> list[Line]:
    return lines if limit < 0 else lines[:limit]
