"""Would this act stop callers whom an instrument protects, and whose approval does that take?

An instrument in force may guard a cohort: suspending it, by hand or by a measure, ending it or taking its keys then waits for
the named authority. Asked of every single caller that the act would stop; one guarded caller is enough. A caller whose cohort
cannot be told counts as guarded: a wrong stop of mission-critical use is worse than one more question. Callers that no rule can
tell apart are asked about once. Guards on callers whom a *letter* would cut are found by its preview; withdrawing a letter or a
model is judged here, for every guarded caller who may use a model before it and not after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from safeconduct.instruments.compile import compile_rules
from safeconduct.office import letters, losses
from safeconduct.office.acts import (
    Act,
    AmendOrganization,
    AmendProject,
    End,
    JoinOrganization,
    LeaveOrganization,
    RevokeKey,
    Suspend,
    TakeMeasure,
    WithdrawInstrument,
    WithdrawModel,
)
from safeconduct.office.asking import Asking
from safeconduct.office.measures import STOPPING
from safeconduct.policy.guarded import Guards
from safeconduct.registry.facts import evidence_of
from safeconduct.registry.records import why_not_alive
from safeconduct.registry.state import Registry
from safeconduct.terms.measures import Step
from safeconduct.terms.moments import Moment
from safeconduct.terms.programs import ProgramTier

STOPS: Final = (Suspend, End, RevokeKey, LeaveOrganization, WithdrawInstrument, WithdrawModel)
Caller = tuple[str, str, str, str]  # person, agent, organization, project


def wants_leave(act: Act, ask: Asking) -> None:
    """Ask for the approval of every authority that protects somebody whom the act would stop. Raises Refused when an instrument
    in force cannot be read.
    """
    registry, now = ask.registry, ask.now
    if not isinstance(act, STOPS) and not _shortens(act, registry, now) and not _measures(act):
        return
    if not _any_guards(registry):
        return
    compiled = compile_rules(letters.held(registry), now, letters.packs_of(registry))
    if not compiled.guards:
        return
    guards, missing = Guards(compiled), {each.id for each in compiled.guards}
    lost = losses.of(act, registry, compiled, now) if isinstance(act, WithdrawInstrument | WithdrawModel) else None
    if lost is not None and not lost.models:
        return
    wanted = guards.facts | (lost.wanted if lost is not None else frozenset())
    for person, agent, organization, project in _alike(_stopped(act, registry), registry, wanted, now):
        if not missing:
            return
        standing = registry.standing_for(
            organization=organization, now=now, person=person, agent=agent, project=project, wanted=wanted
        )
        try:
            hit = guards.of(standing, now)
        except ValueError:
            hit = compiled.guards
        if not hit or (lost is not None and not lost.any_for(standing, now)):
            continue
        for guard in hit:
            missing.discard(guard.id)
            ask.wants_authority(guard.authority, f"{guard.say} ({guard.id})")


def _shortens(act: Act, registry: Registry, now: Moment) -> bool:
    """Whether an amendment or new dates are a stop by another name: an earlier end, a later start, a use that is prohibited."""
    match act:
        case AmendOrganization(id=name, ends=int(ends)) if (organization := registry.organizations.get(name)) is not None:
            return ends < organization.ends
        case AmendProject(id=name, ends=ends, tier=tier) if (project := registry.projects.get(name)) is not None:
            return (ends is not None and ends < project.ends) or (tier == ProgramTier.PROHIBITED and tier != project.tier)
        case JoinOrganization(person=name, organization=place) if (person := registry.people.get(name)) is not None:
            known = next((each for each in person.memberships if each.organization == place), None)
            starts = now if act.starts is None else act.starts
            return known is not None and (act.ends < known.ends or (starts > known.starts and starts > now))
        case _:
            return False


def _measures(act: Act) -> bool:
    """Whether a measure stops callers altogether, or hinders them without that a person decided it; a rehearsal does neither.

    INVARIANT (P9): no measure that a guarded caller would notice is taken by the watch alone, whatever ladders allow.
    """
    if not isinstance(act, TakeMeasure) or act.rehearsal:
        return False
    return act.step in STOPPING or (act.automatic and act.step != Step.WATCH)


def _alike(callers: Iterable[Caller], registry: Registry, wanted: frozenset[str], now: Moment) -> Iterator[Caller]:
    """One caller of each kind that the wanted facts tell apart; agents are few and come all. No rule names a person by id."""
    read, seen = evidence_of(wanted), set[tuple[object, ...]]()
    last, kind = "", tuple[object, ...]()
    for caller in callers:
        person, agent, organization, project = caller
        if agent:
            yield caller
            continue
        if person != last:
            last, kind = person, _kind(person, registry, read, now)
        if (organization, project, kind) not in seen:
            seen.add((organization, project, kind))
            yield caller


def _kind(person: str, registry: Registry, read: frozenset[str], now: Moment) -> tuple[object, ...]:
    """Everything about a person that rules could read: life, memberships and evidence. What lies ahead says nothing yet."""
    found = registry.people.get(person)
    if found is None:
        return (person,)
    members = tuple((each.organization, why_not_alive(each, now)) for each in found.memberships)
    records = [each for each in registry.facts_of(person) if each.name in read and each.verified_at <= now]
    if any(each.expires_at <= now for each in records):
        return (person,)  # what has expired is weighed with its dates, so this one is asked about alone
    return (why_not_alive(found, now), members, *((each.name, each.value, each.organization) for each in records))


def _any_guards(registry: Registry) -> bool:
    """Cheap, so that a stop is fast where nobody is guarded."""
    return any(each.status in ("active", "superseded") and "guard" in each.text for each in registry.instruments())


def _stopped(act: Act, registry: Registry) -> Iterator[Caller]:
    match act:
        case TakeMeasure(who=who):
            kind, _, name = who.partition("/")
            if kind == "model":
                yield from _of_organizations(registry, set(registry.organizations), "")
            else:
                yield from _stopped(RevokeKey(name) if kind == "key" else Suspend(kind, name), registry)
        case WithdrawInstrument() | WithdrawModel():
            yield from _of_organizations(registry, set(registry.organizations), "")
        case RevokeKey(id=name):
            key = registry.keys.get(name)
            if key is not None:
                person, agent = (key.holder, "") if key.holder_kind == "person" else ("", key.holder)
                yield person, agent, key.organization, key.project
        case (
            LeaveOrganization(person=person, organization=organization)
            | JoinOrganization(person=person, organization=organization)
        ):
            yield from _of_person(registry, person, organization)
        case Suspend(kind="person", id=name) | End(kind="person", id=name):
            found = registry.people.get(name)
            for member in found.memberships if found is not None else ():
                yield from _of_person(registry, name, member.organization)
        case Suspend(kind="agent", id=name) | End(kind="agent", id=name):
            agent_ = registry.agents.get(name)
            if agent_ is not None:
                yield "", name, agent_.organization, agent_.project
                yield from _agents_below(registry, "agent", name, agent_.organization)
        case Suspend(kind="project", id=name) | End(kind="project", id=name) | AmendProject(id=name):
            project = registry.projects.get(name)
            if project is not None:
                yield from _of_organizations(registry, {project.organization}, name)
        case Suspend(kind="organization", id=name) | End(kind="organization", id=name) | AmendOrganization(id=name):
            yield from _of_organizations(registry, _beneath(registry, name), "")


def _of_person(registry: Registry, person: str, organization: str) -> Iterator[Caller]:
    """The person with and without each project of the organization, and the agents that answer to the person there."""
    yield person, "", organization, ""
    for project in registry.projects.values():
        if project.organization == organization:
            yield person, "", organization, project.id
    yield from _agents_below(registry, "person", person, organization)


def _agents_below(registry: Registry, kind: str, name: str, organization: str) -> Iterator[Caller]:
    """Every agent that lives only while this sponsor does, however far below it."""
    found, grown = {(kind, name)}, True
    while grown:
        grown = False
        for agent in registry.agents.values():
            below = agent.organization == organization and (agent.sponsor_kind, agent.sponsor) in found
            if below and ("agent", agent.id) not in found:
                found.add(("agent", agent.id))
                grown = True
                yield "", agent.id, organization, agent.project


def _of_organizations(registry: Registry, organizations: set[str], project: str) -> Iterator[Caller]:
    """Every agent first, they are few; then everybody."""
    for organization in organizations if project else ():
        yield from _agents_below(registry, "project", project, organization)
    for agent in registry.agents.values():
        if agent.organization in organizations and project in ("", agent.project):
            yield "", agent.id, agent.organization, agent.project
    projects = [each for each in registry.projects.values() if each.organization in organizations and project in ("", each.id)]
    for person, _ in registry.everyone():
        for member in person.memberships:
            if member.organization in organizations:
                if not project:
                    yield person.id, "", member.organization, ""
                for each in projects:
                    if each.organization == member.organization:
                        yield person.id, "", member.organization, each.id


def _beneath(registry: Registry, name: str) -> set[str]:
    """The organization and all that live only while it lives."""
    found = {name}
    grown = True
    while grown:
        more = {each.id for each in registry.organizations.values() if each.parent in found} - found
        found |= more
        grown = bool(more)
    return found
