"""What do changes about authorities, organizations, projects, people, memberships and agents do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from safeconduct.registry.bodies import parties as c
from safeconduct.registry.bodies.body import Body
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.records import (
    Agent,
    Authority,
    Membership,
    Organization,
    Person,
    Project,
    Stop,
    Tiering,
)

R = TypeVar("R", Organization, Project, Person, Agent)


def _authority(state: State, change: Change, body: c.AuthorityRegistered) -> None:
    state.authorities.setdefault(change.subject, Authority(change.subject, body.name))


def _organization(state: State, change: Change, body: c.OrganizationRegistered) -> None:
    life = (body.starts, body.ends)
    record = Organization(change.subject, body.name, body.parent, body.programs, *life, relation=body.relation, kind=body.kind)
    state.organizations.setdefault(change.subject, record)


def _project(state: State, change: Change, body: c.ProjectRegistered) -> None:
    what = (body.name, body.purpose, body.tier, body.hosts)
    record = Project(change.subject, body.organization, *what, body.starts, body.ends, assets=body.assets)
    state.projects.setdefault(change.subject, record)


def _tiered(state: State, change: Change, body: c.ProjectTiered) -> None:
    record = state.projects.get(change.subject)
    if record is not None:
        tiering = Tiering(change.at, change.actor, body.before, body.tier, body.why)
        state.projects[change.subject] = msgspec.structs.replace(record, tier=body.tier, tierings=(*record.tierings, tiering))


def _person(state: State, change: Change, body: c.PersonRegistered) -> None:
    person = Person(change.subject, body.name, body.email, body.starts, body.ends, handle=change.salt)
    state.people.setdefault(change.subject, person)


def _agent(state: State, change: Change, body: c.AgentRegistered) -> None:
    state.agents.setdefault(
        change.subject,
        Agent(
            change.subject,
            body.organization,
            body.sponsor_kind,
            body.sponsor,
            body.name,
            body.project,
            body.starts,
            body.ends,
        ),
    )


def _amended(table: Callable[[State], dict[str, R]]) -> Callable[[State, Change, Any], None]:
    def amend(state: State, change: Change, body: Body) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            given = {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not None}
            if given.get("ends", record.ends) > record.ends:
                given["ending"] = None
            table(state)[change.subject] = msgspec.structs.replace(record, **given)

    return amend


def _ended(table: Callable[[State], dict[str, R]]) -> Callable[[State, Change, c.Ended], None]:
    def end(state: State, change: Change, body: c.Ended) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            ending = _stop(record.ending, change)
            table(state)[change.subject] = msgspec.structs.replace(record, ends=min(record.ends, body.ends), ending=ending)

    return end


def _suspended(table: Callable[[State], dict[str, R]], *, to: bool) -> Callable[[State, Change, Any], None]:
    def suspend(state: State, change: Change, _body: Body) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            suspension = _stop(record.suspension, change) if to else None
            table(state)[change.subject] = msgspec.structs.replace(record, suspended=to, suspension=suspension)

    return suspend


def _member(state: State, change: Change, body: c.MembershipStarted) -> None:
    person = state.people.get(change.subject)
    if person is not None:
        others = tuple(each for each in person.memberships if each.organization != body.organization)
        before = next((each for each in person.memberships if each.organization == body.organization), None)
        ending = before.ending if before is not None and body.ends <= before.ends else None
        member = Membership(body.organization, body.role, body.starts, body.ends, ending=ending)
        state.people[change.subject] = msgspec.structs.replace(person, memberships=(*others, member))


def _member_ended(state: State, change: Change, body: c.MembershipEnded) -> None:
    person = state.people.get(change.subject)
    if person is not None:
        members = tuple(
            msgspec.structs.replace(each, ends=min(each.ends, body.ends), ending=_stop(each.ending, change))
            if each.organization == body.organization
            else each
            for each in person.memberships
        )
        state.people[change.subject] = msgspec.structs.replace(person, memberships=members)


def _stop(before: Stop | None, change: Change) -> Stop:
    """The stop that is on record after this one: the first moment counts, and one actor only where there is no other."""
    if before is None:
        return Stop(change.actor, change.at)
    return before if before.by == change.actor else Stop("", before.at)


def _organizations(state: State) -> dict[str, Organization]:
    return state.organizations


def _projects(state: State) -> dict[str, Project]:
    return state.projects


def _people(state: State) -> dict[str, Person]:
    return state.people


def _agents(state: State) -> dict[str, Agent]:
    return state.agents


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "authority.registered": _authority,
    "organization.registered": _organization,
    "organization.amended": _amended(_organizations),
    "organization.ended": _ended(_organizations),
    "organization.suspended": _suspended(_organizations, to=True),
    "organization.restored": _suspended(_organizations, to=False),
    "project.registered": _project,
    "project.amended": _amended(_projects),
    "project.tiered": _tiered,
    "project.ended": _ended(_projects),
    "project.suspended": _suspended(_projects, to=True),
    "project.restored": _suspended(_projects, to=False),
    "person.registered": _person,
    "person.amended": _amended(_people),
    "person.ended": _ended(_people),
    "person.suspended": _suspended(_people, to=True),
    "person.restored": _suspended(_people, to=False),
    "membership.started": _member,
    "membership.ended": _member_ended,
    "agent.registered": _agent,
    "agent.ended": _ended(_agents),
    "agent.suspended": _suspended(_agents, to=True),
    "agent.restored": _suspended(_agents, to=False),
}
