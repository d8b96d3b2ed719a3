"""Would this act stop callers whom an instrument protects, and whose approval does that take?

An instrument in force may guard a cohort: suspending it, ending it or taking its keys then waits for the named authority. Asked
of every single caller that the act would stop; one guarded caller is enough. A caller whose cohort cannot be told counts as
guarded: a wrong stop of mission-critical use is worse than one more question. Guards on callers whom a *letter* would cut are
found by its preview.
"""

from __future__ import annotations

from collections.abc import Iterator

from safeconduct.instruments.compile import compile_rules
from safeconduct.office import letters
from safeconduct.office.acts import (
    Act,
    AmendOrganization,
    AmendProject,
    End,
    JoinOrganization,
    LeaveOrganization,
    RevokeKey,
    Suspend,
)
from safeconduct.office.asking import Asking
from safeconduct.policy.guarded import Guards
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment
from safeconduct.terms.programs import ProgramTier

Caller = tuple[str, str, str, str]  # person, agent, organization, project


def wants_leave(act: Act, ask: Asking) -> None:
    """Ask for the approval of every authority that protects somebody whom the act would stop. Raises Refused when an instrument
    in force cannot be read.
    """
    if not isinstance(act, Suspend | End | RevokeKey | LeaveOrganization) and not _shortens(act, ask.registry, ask.now):
        return
    if not _any_guards(ask.registry):
        return
    compiled = compile_rules(letters.held(ask.registry), ask.now, letters.packs_of(ask.registry))
    guards, missing = Guards(compiled), {each.id for each in compiled.guards}
    for person, agent, organization, project in _stopped(act, ask.registry):
        if not missing:
            return
        standing = ask.registry.standing_for(
            organization=organization, now=ask.now, person=person, agent=agent, project=project, wanted=guards.facts
        )
        try:
            hit = guards.of(standing, ask.now)
        except ValueError:
            hit = compiled.guards
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


def _any_guards(registry: Registry) -> bool:
    """Cheap, so that a stop is fast where nobody is guarded."""
    return any(each.status in ("active", "superseded") and "guard" in each.text for each in registry.instruments())


def _stopped(act: Act, registry: Registry) -> Iterator[Caller]:
    match act:
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
    for agent in registry.agents.values():
        if agent.organization == organization and (agent.sponsor_kind, agent.sponsor) == ("person", person):
            yield "", agent.id, organization, agent.project


def _of_organizations(registry: Registry, organizations: set[str], project: str) -> Iterator[Caller]:
    """Every agent first, they are few; then everybody."""
    for agent in registry.agents.values():
        bound = agent.sponsor if agent.sponsor_kind == "project" else agent.project
        if agent.organization in organizations and project in ("", bound):
            yield "", agent.id, agent.organization, bound
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
