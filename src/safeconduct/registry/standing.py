"""What is the standing of a caller at a moment?

The chain is walked from the credential to the head: key, agents, then the person or the project that sponsors, the
membership, the project, and the organization with every organization above it. Rules, in order:

1. Every link must be alive at the moment; each that is not becomes a lapse, and one lapse is enough for a no.
2. An agent is in the organization (and, if it names one, the project) of its sponsor, never in another: no more rights
   than the sponsor. At most ``MAX_AGENTS`` agents hang one below the other.
3. Facts are those of the person at the head. An agent sponsored by a project has no person: every fact is unknown.
4. Measures on any link count; one that asks for fresh evidence of identity is answered by the person's, and then does not.
5. ``next_change`` is the first moment at which the clock alone could turn any of this; until then the standing holds.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from safeconduct.registry.effects.tables import State
from safeconduct.registry.facts import states_at
from safeconduct.registry.measures import NO_MARKS, Marks, MeasureRecord, answered, in_force, shown
from safeconduct.registry.population import Population
from safeconduct.registry.records import Agent, Key, Living, next_turn, why_not_alive
from safeconduct.terms.measures import BANDS, STEPS, Measure, Step, worse
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactState, Lapse, Standing

MAX_AGENTS: Final = 3  # an agent, its sub-agent and one below that; deeper chains cannot be explained to a person
MAX_ORGANIZATIONS: Final = 8  # an organization and those above it

_encoder = msgspec.json.Encoder(order="sorted")


class Walk:
    """One walk along the chain: collects the lapses, the measures and the next turn of the clock."""

    __slots__ = ("lapses", "measures", "next_change", "now", "population", "risk", "state")

    def __init__(self, state: State, population: Population, now: Moment) -> None:
        self.state = state
        self.population = population
        self.now = now
        self.lapses: list[Lapse] = []
        self.next_change: Moment = FOREVER
        self.measures: list[MeasureRecord] = []
        self.risk = BANDS[0]

    def marked(self, marks: Marks, *, caller: bool = False) -> None:
        """Take in the measures on one link, and of the ``caller``'s own links the risk."""
        if marks is NO_MARKS:
            return
        self.measures += in_force(marks, self.now)
        self.next_change = marks.turn(self.now, self.next_change)
        if caller:
            self.risk = worse(self.risk, marks.band(self.now))

    def unanswered(self, person: str) -> tuple[Measure, ...]:
        """The measures that count, strongest first: those without the ones that the person's fresh evidence answers."""
        found: list[Measure] = []
        for each in self.measures:
            if each.step == Step.STEP_UP and person:
                done, turn = answered(self.population.facts(person), each.since, self.now)
                self.next_change = min(self.next_change, FOREVER if turn is None else turn)
                if done:
                    continue
            found.append(shown(each))
        return tuple(sorted(found, key=lambda each: (-STEPS.index(each.step), each.id)))

    def link(self, kind: str, name: str, record: Living | None) -> None:
        """Hold one link to rule 1; a link that does not exist is a lapse too."""
        if record is None:
            self.lapses.append(Lapse(kind, name, "unknown"))
            return
        why = why_not_alive(record, self.now)
        if why:
            self.lapses.append(Lapse(kind, name, why))
        self.next_change = next_turn(record, self.now, self.next_change)

    def broken(self, kind: str, name: str) -> None:
        """A link that exists, but not in this chain."""
        self.lapses.append(Lapse(kind, name, "unknown"))

    def agents(self, first: str, organization: str) -> tuple[tuple[str, ...], Agent | None]:
        """The ids from the calling agent up to the head, and the head agent (None when the chain has a hole)."""
        ids: list[str] = []
        name = first
        while True:
            ids.append(name)
            agent = self.state.agents.get(name)
            self.link("agent", name, agent)
            if agent is None:
                return tuple(ids), None
            self.marked(agent.marks, caller=True)
            if agent.organization != organization:
                self.broken("agent", name)
            if agent.sponsor_kind != "agent":
                return tuple(ids), agent
            if len(ids) == MAX_AGENTS:
                self.broken("agent", agent.sponsor)
                return tuple(ids), None
            name = agent.sponsor

    def person(self, name: str, organization: str) -> bytes:
        """The person, and the membership that ties the person to the organization. Returns the person's handle."""
        person = self.population.person(name)
        self.link("person", name, person)
        if person is not None:
            self.marked(person.marks, caller=True)
            for membership in person.memberships:
                if membership.organization == organization:
                    self.link("membership", f"{name}@{organization}", membership)
                    return person.handle
            self.broken("membership", f"{name}@{organization}")
        return b"" if person is None else person.handle

    def organizations(self, first: str) -> tuple[str, ...]:
        """The ids above ``first``, nearest first; each must be alive for the one below it to live."""
        above: list[str] = []
        name = first
        while name:
            organization = self.state.organizations.get(name)
            self.link("organization", name, organization)
            if name != first:
                above.append(name)
            if organization is None:
                break
            self.marked(organization.marks)
            name = organization.parent
            if name and len(above) + 1 == MAX_ORGANIZATIONS:
                self.broken("organization", name)
                break
        return tuple(above)


def of_key(
    state: State, population: Population, key: Key, pseudonym_key: bytes, now: Moment, wanted: Collection[str] | None = None
) -> Standing:
    """The standing of whoever holds ``key``. ``wanted`` names the facts that may be read, None all of them."""
    walk = Walk(state, population, now)
    if key.revoked_at is not None:
        walk.lapses.append(Lapse("key", key.id, "ended"))
    else:
        walk.link("key", key.id, key)
    walk.marked(key.marks)
    agent = key.holder if key.holder_kind == "agent" else ""
    person = key.holder if key.holder_kind == "person" else ""
    return _standing(walk, pseudonym_key, key.id, (person, agent, key.organization, key.project), wanted)


def of_caller(
    state: State,
    population: Population,
    caller: tuple[str, str, str, str],
    pseudonym_key: bytes,
    now: Moment,
    wanted: Collection[str] | None = None,
) -> Standing:
    """The standing that ``caller`` (person, agent, organization, project; one of the first two is empty) would have."""
    return _standing(Walk(state, population, now), pseudonym_key, "", caller, wanted)


def _standing(
    walk: Walk, pseudonym_key: bytes, credential: str, caller: tuple[str, str, str, str], wanted: Collection[str] | None
) -> Standing:
    state = walk.state
    organization = caller[2]
    person, agents, project, handle = _chain(walk, caller)
    found = state.projects.get(project) if project else None
    if project:
        walk.link("project", project, found)
        if found is not None and found.organization != organization:
            walk.broken("project", project)
        if found is not None:
            walk.marked(found.marks)
    above = walk.organizations(organization)
    # INVARIANT (P10): a fact that no instrument in force needs is not read. Without a person there is nothing to read.
    records = walk.population.facts(person) if person and (wanted is None or wanted) else ()
    facts, turn = states_at(records, organization, walk.now, wanted)
    measures = walk.unanswered(person) if walk.measures else ()
    noted = (walk.risk, [(each.id, each.step) for each in measures]) if measures or walk.risk != BANDS[0] else ()
    record = state.organizations.get(organization)
    head = f"person/{person}" if person else f"agent/{agents[-1] if agents else ''}"
    lapses = tuple(walk.lapses)
    programs = record.programs if record is not None else ()
    relation = record.relation if record is not None else "contractor"
    hosts, assets = (found.hosts, found.assets) if found is not None else ((), ())
    purpose, tier = (found.purpose, found.tier) if found is not None else ("", "")
    salt = _pseudonym(pseudonym_key, "standing", organization, head, handle)
    place = (salt, organization, above, project, purpose, tier, sorted(hosts), person, agents)
    return Standing(
        credential=credential,
        organization=organization,
        organizations_above=above,
        project=project,
        purpose=purpose,
        tier=tier,
        project_hosts=frozenset(hosts),
        person=person,
        agents=agents,
        facts=facts,
        lapses=lapses,
        pseudonym=_pseudonym(pseudonym_key, "provider", organization, head, handle),
        leaf_pseudonym=_pseudonym(pseudonym_key, "leaf", organization, head, handle),
        programs=frozenset(programs),
        hash=_hash(place, facts, lapses, (sorted(programs), relation), (noted, sorted(assets))),
        next_change=min(walk.next_change, turn),
        relation=relation,
        handle=handle,
        measures=measures,
        risk=walk.risk,
        project_assets=frozenset(assets),
    )


def _hash(
    place: tuple[object, ...],
    facts: Mapping[str, FactState],
    lapses: tuple[Lapse, ...],
    terms: tuple[object, ...],
    later: tuple[object, ...],
) -> str:
    """What identifies a standing. ``later`` is what standings did not tell from the beginning: where a caller has nothing of it,
    the hash is the one that it was before.

    INVARIANT (P8): the hash goes into the log, so ``place`` begins with a salt, a secret of this caller: nobody can guess facts.
    """
    known = [(name, each.status, each.value) for name, each in facts.items()]
    decisive = (*place, known, [(lapse.kind, lapse.id, lapse.why) for lapse in lapses], *terms, *filter(None, later))
    return sha256(_encoder.encode(decisive)).hexdigest()


def _chain(walk: Walk, caller: tuple[str, str, str, str]) -> tuple[str, tuple[str, ...], str, bytes]:
    """The person at the head (empty where a project sponsors), the agents from the caller upward, the project, the handle."""
    person, agent, organization, project = caller
    agents: tuple[str, ...] = ()
    if agent:
        sponsor_project = ""
        agents, head = walk.agents(agent, organization)
        if head is not None and head.sponsor_kind == "person":
            person = head.sponsor
        elif head is not None:
            sponsor_project = head.sponsor
        project = _agents_project(walk, agents, sponsor_project, project)
    handle = walk.person(person, organization) if person else b""
    return person, agents, project, handle


def _agents_project(walk: Walk, agents: tuple[str, ...], sponsor_project: str, asked: str) -> str:
    """The one project of a chain of agents. Where the chain names a project, nothing below it may name another (rule 2)."""
    bound = sponsor_project
    for name in reversed(agents):
        agent = walk.state.agents.get(name)
        if agent is None or not agent.project:
            continue
        if bound and agent.project != bound:
            walk.broken("project", agent.project)
        bound = bound or agent.project
    if bound and asked and asked != bound:
        walk.broken("project", asked)
    return bound or asked


def leaf_pseudonym(pseudonym_key: bytes, organization: str, person: str, handle: bytes) -> str:
    """The id that log entries carry for a person in an organization. ``handle`` is that of the person's record."""
    return _pseudonym(pseudonym_key, "leaf", organization, f"person/{person}", handle)


def backup_subject(pseudonym_key: bytes, person: str, handle: bytes) -> str:
    """What the store of backup keys calls a person, whatever organization. ``handle`` is that of the person's record."""
    return _pseudonym(pseudonym_key, "backup", "", f"person/{person}", handle)


def _pseudonym(pseudonym_key: bytes, use: str, organization: str, head: str, handle: bytes) -> str:
    """A stable id that tells nothing without the key; ids hold no colon, so the parts cannot run into each other.

    160 bits: no two callers meet, and the whole stays below the 64 characters that providers take for such an id.

    INVARIANT (P8): it cannot be derived without the handle either, which is erased with the person: then not even the operator,
    who knows the key and guesses the id, can tell whose it was. Records of before there were handles derive without.
    """
    words = f"{use}:{organization}:{head}".encode()
    return "sc_" + hmac.digest(pseudonym_key, words + b":" + handle if handle else words, "sha256")[:20].hex()
