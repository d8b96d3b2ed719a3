"""What does each kind of change do to the state?

One function per kind, kept in one table. A function puts new records into the dictionaries of ``State`` and never edits
a record, so a shallow copy of the state is a true copy. A change that refers to nothing known leaves the state as it is:
the office refuses such acts, and a fold must give the same answer on every machine, not raise on one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from safeconduct.registry import changes as c
from safeconduct.registry.changes import Change, read_body
from safeconduct.registry.records import (
    Agent,
    Authority,
    FactRecord,
    InstrumentRecord,
    Key,
    Membership,
    Organization,
    Person,
    Project,
    Resource,
)
from safeconduct.terms.standing import Model

R = TypeVar("R", Organization, Project, Person, Agent)


@dataclass(slots=True)
class State:
    """Everything that is known, by id. Keys are found by digest; facts are kept per person, in order of recording."""

    version: int = 0
    at: int = 0
    authorities: dict[str, Authority] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    digests: dict[bytes, str] = field(default_factory=dict)
    facts: dict[str, tuple[FactRecord, ...]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    withdrawn_models: dict[str, Model] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    instruments: dict[tuple[str, int], InstrumentRecord] = field(default_factory=dict)

    def copy(self) -> State:
        """A state that can be folded further without touching this one."""
        twin = State(self.version, self.at)
        for name in _TABLES:
            setattr(twin, name, getattr(self, name).copy())
        return twin


_TABLES: Final = tuple(name for name in State.__slots__ if name not in {"version", "at"})


def fold_in(state: State, change: Change) -> None:
    """Let one change take effect. Raises Refused for a change that cannot be read or is out of turn."""
    if change.seq != state.version + 1:
        raise ValueError(f"change {change.seq} cannot follow change {state.version}")
    body = read_body(change)
    _EFFECTS[change.kind](state, change, body)
    state.version = change.seq
    state.at = change.at


def _authority(state: State, change: Change, body: c.AuthorityRegistered) -> None:
    state.authorities.setdefault(change.subject, Authority(change.subject, body.name))


def _organization(state: State, change: Change, body: c.OrganizationRegistered) -> None:
    record = Organization(change.subject, body.name, body.parent, body.programs, body.starts, body.ends, relation=body.relation)
    state.organizations.setdefault(change.subject, record)


def _project(state: State, change: Change, body: c.ProjectRegistered) -> None:
    state.projects.setdefault(
        change.subject,
        Project(change.subject, body.organization, body.name, body.purpose, body.tier, body.hosts, body.starts, body.ends),
    )


def _person(state: State, change: Change, body: c.PersonRegistered) -> None:
    state.people.setdefault(change.subject, Person(change.subject, body.name, body.email, body.starts, body.ends))


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
    def amend(state: State, change: Change, body: c.Body) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            given = {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not None}
            table(state)[change.subject] = msgspec.structs.replace(record, **given)

    return amend


def _ended(table: Callable[[State], dict[str, R]]) -> Callable[[State, Change, c.Ended], None]:
    def end(state: State, change: Change, body: c.Ended) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            table(state)[change.subject] = msgspec.structs.replace(record, ends=min(record.ends, body.ends))

    return end


def _suspended(table: Callable[[State], dict[str, R]], *, to: bool) -> Callable[[State, Change, Any], None]:
    def suspend(state: State, change: Change, _body: c.Body) -> None:
        record = table(state).get(change.subject)
        if record is not None:
            table(state)[change.subject] = msgspec.structs.replace(record, suspended=to)

    return suspend


def _member(state: State, change: Change, body: c.MembershipStarted) -> None:
    person = state.people.get(change.subject)
    if person is not None:
        others = tuple(each for each in person.memberships if each.organization != body.organization)
        member = Membership(body.organization, body.role, body.starts, body.ends)
        state.people[change.subject] = msgspec.structs.replace(person, memberships=(*others, member))


def _member_ended(state: State, change: Change, body: c.MembershipEnded) -> None:
    person = state.people.get(change.subject)
    if person is not None:
        state.people[change.subject] = msgspec.structs.replace(
            person,
            memberships=tuple(
                msgspec.structs.replace(each, ends=min(each.ends, body.ends)) if each.organization == body.organization else each
                for each in person.memberships
            ),
        )


def _key(state: State, change: Change, body: c.KeyIssued) -> None:
    digest = bytes.fromhex(body.digest)
    if change.subject in state.keys or digest in state.digests:
        return
    state.keys[change.subject] = Key(
        id=change.subject,
        digest=digest,
        holder_kind=body.holder_kind,
        holder=body.holder,
        organization=body.organization,
        project=body.project,
        label=body.label,
        starts=body.starts,
        ends=body.ends,
        issued_at=change.at,
    )
    state.digests[digest] = change.subject


def _key_revoked(state: State, change: Change, _body: c.KeyRevoked) -> None:
    key = state.keys.get(change.subject)
    if key is not None and key.revoked_at is None:
        state.keys[change.subject] = msgspec.structs.replace(key, revoked_at=change.at)


def _fact(state: State, change: Change, body: c.FactRecorded) -> None:
    record = FactRecord(
        change.seq,
        body.fact,
        body.value,
        body.source,
        body.verifier,
        body.method,
        body.verified_at,
        body.expires_at,
        body.organization,
    )
    state.facts[change.subject] = (*state.facts.get(change.subject, ()), record)


def _fact_withdrawn(state: State, change: Change, body: c.FactWithdrawn) -> None:
    records = state.facts.get(change.subject, ())
    state.facts[change.subject] = tuple(each for each in records if each.number != body.record)


def _model(state: State, change: Change, body: c.ModelCataloged) -> None:
    _forget_names(state, change.subject)
    model = Model(
        id=change.subject,
        upstream=body.upstream,
        served_as=body.served_as,
        dialects=frozenset(body.dialects),
        tier=body.tier,
        family=body.family,
        display_name=body.display_name,
        aliases=body.aliases,
        max_output_tokens=body.max_output_tokens,
    )
    state.withdrawn_models.pop(model.id, None)
    state.models[model.id] = model
    for name in (model.id, *model.aliases):
        state.names.setdefault(name, model.id)


def _model_withdrawn(state: State, change: Change, _body: c.ModelWithdrawn) -> None:
    model = state.models.pop(change.subject, None)
    if model is not None:
        _forget_names(state, model.id)
        state.withdrawn_models[model.id] = model


def _forget_names(state: State, model: str) -> None:
    for name in [name for name, meant in state.names.items() if meant == model]:
        del state.names[name]


def _resource(state: State, change: Change, body: c.ResourceRecorded) -> None:
    # INVARIANT: the first owner of a stored thing stays its owner; recording it again takes it from nobody.
    state.resources.setdefault(change.subject, Resource(change.subject, body.organization, body.upstream))


def _instrument(state: State, change: Change, body: c.InstrumentEntered) -> None:
    place = (change.subject, body.version)
    state.instruments.setdefault(
        place,
        InstrumentRecord(change.subject, body.version, body.text, body.sha256, body.annexes, "entered", change.at, change.actor),
    )


def _instrument_activated(state: State, change: Change, body: c.InstrumentActivated) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is None or record.status != "entered":
        return
    for place, other in list(state.instruments.items()):
        if other.id == change.subject and other.status == "active":
            state.instruments[place] = msgspec.structs.replace(other, status="withdrawn", withdrawn_at=change.at)
    state.instruments[change.subject, body.version] = msgspec.structs.replace(
        record, status="active", activated_at=change.at, activated_by=change.actor
    )


def _instrument_withdrawn(state: State, change: Change, body: c.InstrumentWithdrawn) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None and record.status != "withdrawn":
        state.instruments[change.subject, body.version] = msgspec.structs.replace(
            record, status="withdrawn", withdrawn_at=change.at
        )


def _organizations(state: State) -> dict[str, Organization]:
    return state.organizations


def _projects(state: State) -> dict[str, Project]:
    return state.projects


def _people(state: State) -> dict[str, Person]:
    return state.people


def _agents(state: State) -> dict[str, Agent]:
    return state.agents


_EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "authority.registered": _authority,
    "organization.registered": _organization,
    "organization.amended": _amended(_organizations),
    "organization.ended": _ended(_organizations),
    "organization.suspended": _suspended(_organizations, to=True),
    "organization.restored": _suspended(_organizations, to=False),
    "project.registered": _project,
    "project.amended": _amended(_projects),
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
    "key.issued": _key,
    "key.revoked": _key_revoked,
    "fact.recorded": _fact,
    "fact.withdrawn": _fact_withdrawn,
    "model.cataloged": _model,
    "model.withdrawn": _model_withdrawn,
    "resource.recorded": _resource,
    "instrument.entered": _instrument,
    "instrument.activated": _instrument_activated,
    "instrument.withdrawn": _instrument_withdrawn,
}
