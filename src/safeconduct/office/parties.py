"""May this organization, project, person or agent be registered, amended, ended, suspended or restored?

INVARIANT (P9): a stop is one person's act, and undoing it lowers a safeguard: a second officer has to agree. Only whoever stopped
it may take that back alone, as a slip, within the hour; an account of the operating system never, for several may sit at it.
"""

from __future__ import annotations

from typing import Final

from safeconduct.office import persons
from safeconduct.office.acts import (
    AmendOrganization,
    AmendProject,
    End,
    JoinOrganization,
    LeaveOrganization,
    RegisterAgent,
    RegisterOrganization,
    RegisterPerson,
    RegisterProject,
    Restore,
    Suspend,
)
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import parties as c
from safeconduct.registry.names import is_host, is_text
from safeconduct.registry.records import Agent, Organization, Person, Project, Stop
from safeconduct.registry.standing import MAX_AGENTS, MAX_ORGANIZATIONS
from safeconduct.terms.moments import FOREVER, SECOND, Moment, show
from safeconduct.terms.programs import ProgramTier, widens

SLIP: Final = 3_600 * SECOND  # long enough to notice that the wrong one was stopped, too short to be talked into it
PARTIES: Final = ("organization", "project", "person", "agent")
ASSETS: Final = ("repository", "path", "account", "verb", "batch")  # hosts are held to at each call, in a field of their own


def organization(act: RegisterOrganization, ask: Asking) -> None:
    starts = ask.now if act.starts is None else act.starts
    ask.wants_id("organization", act.id)
    ask.wants_text("name", act.name)
    ask.wants_interval(starts, act.ends)
    for program in act.programs:
        ask.wants_id("program", program)
    _is_new("organization", act.id, act.id in ask.registry.organizations, ask)
    _wants_choice("kind of organization", act.kind, ("company", "agency"), ask)
    _wants_choice("relation", act.relation, ("", "contractor", "subsidiary", "affiliate"), ask)
    relation = act.relation or "contractor"
    if act.parent:
        ask.wants_organization(act.parent)
        if relation == "contractor" and act.ends >= FOREVER:
            ask.refuse("no_end", "a sponsored contractor needs an end date", "say when the contract ends")
        depth, name = 1, act.parent
        while name and depth <= MAX_ORGANIZATIONS:
            above = ask.registry.organizations.get(name)
            depth, name = depth + 1, above.parent if above is not None else ""
        if depth > MAX_ORGANIZATIONS:
            ask.refuse("too_deep", f"more than {MAX_ORGANIZATIONS} organizations above one another", "sponsor it higher up")
    elif act.relation == "contractor":
        ask.refuse("no_sponsor", "a contractor needs the organization that sponsors it", "name its sponsor as the parent")
    elif act.relation:
        article = "an" if act.relation == "affiliate" else "a"
        ask.refuse("no_parent", f"{article} {act.relation} needs the organization it belongs to", "name its parent")
    body = c.OrganizationRegistered(act.name, starts, act.ends, act.parent, act.programs, relation, act.kind)
    ask.change("organization.registered", act.id, body)


def amend_organization(act: AmendOrganization, ask: Asking) -> None:
    ask.wants_organization(act.id)
    ask.wants_text("name", act.name or "")
    found = ask.registry.organizations.get(act.id)
    if found is not None and act.ends is not None:
        _wants_new_end("organization", found, act.ends, ask)
        if found.parent and found.relation == "contractor" and act.ends >= FOREVER:
            ask.refuse("no_end", "a sponsored contractor needs an end date", "say when the contract ends")
        if act.ends > found.ends:
            _undoes(found.ending, f"ended organization {found.id}, which would go on", ask)
    for program in act.programs or ():
        ask.wants_id("program", program)
    if found is not None and (more := sorted(set(act.programs or ()) - set(found.programs))):
        ask.wants_second(f"{found.id} would take part in {', '.join(more)}, which opens more at the provider")
    ask.change("organization.amended", act.id, c.OrganizationAmended(act.name, act.ends, act.programs))


def project(act: RegisterProject, ask: Asking) -> None:
    starts = ask.now if act.starts is None else act.starts
    ask.wants_id("project", act.id)
    _wants_tier(act.tier, ask)
    ask.wants_text("name or purpose", act.name, act.purpose)
    ask.wants_organization(act.organization)
    ask.wants_interval(starts, act.ends)
    if not act.purpose:
        ask.refuse("no_purpose", "a project needs a purpose", "say in one line what it may be used for")
    _wants_hosts(act.hosts, ask)
    _wants_assets(act.assets, ask)
    _is_new("project", act.id, act.id in ask.registry.projects, ask)
    assets = tuple(sorted(set(act.assets)))
    body = c.ProjectRegistered(act.organization, act.name, act.purpose, act.tier, starts, act.ends, act.hosts, assets)
    ask.change("project.registered", act.id, body)


def amend_project(act: AmendProject, ask: Asking) -> None:
    found = ask.registry.projects.get(act.id)
    if found is None:
        ask.refuse("unknown_project", f"there is no project {act.id!r}", "see the list of projects")
    elif act.ends is not None:
        _wants_new_end("project", found, act.ends, ask)
        if act.ends > found.ends:
            _undoes(found.ending, f"ended project {found.id}, which would go on", ask)
    ask.wants_text("name or purpose", act.name or "", act.purpose or "")
    ask.wants_text("reason", act.why)
    if act.purpose == "":
        ask.refuse("no_purpose", "a project needs a purpose", "say in one line what it may be used for")
    _wants_hosts(act.hosts or (), ask)
    _wants_assets(act.assets or (), ask)
    if found is not None and (more := sorted(set(act.hosts or ()) - set(found.hosts))):
        ask.wants_second(f"calls of {found.id} could reach hosts they may not reach now: {', '.join(more)}")
    if act.tier is not None:
        _wants_tier(act.tier, ask)
    assets = None if act.assets is None else tuple(sorted(set(act.assets)))
    body = c.ProjectAmended(act.name, act.purpose, None, act.hosts, act.ends, assets)
    if body != c.ProjectAmended() or act.tier is None:
        ask.change("project.amended", act.id, body)
    if found is not None and act.tier is not None:
        _tier(found, act.tier, act.why, ask)


def _tier(found: Project, tier: str, why: str, ask: Asking) -> None:
    """A change of tier is a change of its own, so that the history shows who let a project do more, and why."""
    if tier == found.tier:
        return
    # INVARIANT (P9): what was judged prohibited is not talked into another tier; another use is another project.
    if found.tier == ProgramTier.PROHIBITED:
        what = f"the use of project {found.id} is prohibited, and that is never unlocked"
        ask.refuse("prohibited_stays", what, "register another project for another use")
    elif widens(found.tier, tier) and not why:
        what = f"{tier} allows more than {found.tier}, and no reason is given"
        ask.refuse("no_reason", what, "say why the project may do more from now on")
    elif widens(found.tier, tier):
        ask.wants_second(f"as {tier} project {found.id} may do more than as {found.tier}")
    ask.change("project.tiered", found.id, c.ProjectTiered(found.tier, tier, why))


def person(act: RegisterPerson, ask: Asking) -> None:
    starts = ask.now if act.starts is None else act.starts
    ask.wants_id("person", act.id)
    ask.wants_text("name, e-mail or role", act.name, act.email, act.role)
    ask.wants_organization(act.organization)
    ask.wants_interval(starts, act.ends)
    _is_new("person", act.id, act.id in ask.registry.people, ask)
    ask.change("person.registered", act.id, c.PersonRegistered(starts, FOREVER, act.name, act.email))
    ask.change("membership.started", act.id, c.MembershipStarted(act.organization, starts, act.ends, act.role))


def join(act: JoinOrganization, ask: Asking) -> None:
    starts = ask.now if act.starts is None else act.starts
    found = ask.registry.people.get(act.person)
    if found is None:
        ask.refuse("unknown_person", f"there is no person {act.person!r}", "register the person first")
    for member in found.memberships if found is not None else ():
        if member.organization == act.organization and act.ends > member.ends:
            _undoes(member.ending, f"took {act.person} out of {act.organization}", ask)
    ask.wants_organization(act.organization)
    ask.wants_text("role", act.role)
    ask.wants_interval(starts, act.ends)
    ask.change("membership.started", act.person, c.MembershipStarted(act.organization, starts, act.ends, act.role))


def leave(act: LeaveOrganization, ask: Asking) -> None:
    at = ask.now if act.at is None else act.at
    ask.wants_member(act.person, act.organization)
    ask.wants_text("reason", act.why)
    _is_not_past(at, act.at is None, ask)
    ask.change("membership.ended", act.person, c.MembershipEnded(act.organization, at, act.why))


def agent(act: RegisterAgent, ask: Asking) -> None:
    """An agent always has a sponsor, and is where its sponsor is: it can never do more than the sponsor."""
    starts = ask.now if act.starts is None else act.starts
    ask.wants_id("agent", act.id)
    ask.wants_text("name", act.name)
    ask.wants_organization(act.organization)
    ask.wants_project(act.project, act.organization)
    ask.wants_interval(starts, act.ends)
    _is_new("agent", act.id, act.id in ask.registry.agents, ask)
    match act.sponsor_kind:
        case "person" if act.sponsor:
            ask.wants_member(act.sponsor, act.organization)
        case "project" if act.sponsor:
            ask.wants_project(act.sponsor, act.organization)
            if act.project and act.project != act.sponsor:
                what = f"project {act.sponsor} cannot sponsor an agent for project {act.project}"
                ask.refuse("foreign_project", what, "leave the project out, or name the sponsoring one")
        case "agent" if act.sponsor:
            _wants_sponsor_agent(act, ask)
        case _:
            ask.refuse("no_sponsor", "an agent needs a sponsor", "name a person, a project or an agent that answers for it")
    body = c.AgentRegistered(act.organization, act.sponsor_kind, act.sponsor, starts, act.ends, act.name, act.project)
    ask.change("agent.registered", act.id, body)


def end(act: End, ask: Asking) -> None:
    at = ask.now if act.at is None else act.at
    found = _party(act.kind, act.id, ask)
    ask.wants_text("reason", act.why)
    _is_not_past(at, act.at is None, ask)
    if found is not None and found.ends <= at:
        ask.refuse("ends_earlier", f"{act.kind} {act.id} already ends at {show(found.ends)}", "nothing needs to be done")
    if act.kind in PARTIES:
        ask.change(f"{act.kind}.ended", act.id, c.Ended(at, act.why))


def suspend(act: Suspend, ask: Asking) -> None:
    found = _party(act.kind, act.id, ask)
    ask.wants_text("reason", act.why)
    if found is not None and found.suspended:
        ask.refuse("already_suspended", f"{act.kind} {act.id} is suspended already", "nothing needs to be done")
    if act.kind in PARTIES:
        ask.change(f"{act.kind}.suspended", act.id, c.Suspended(act.why))


def restore(act: Restore, ask: Asking) -> None:
    found = _party(act.kind, act.id, ask)
    ask.wants_text("reason", act.why)
    if found is not None and not found.suspended:
        ask.refuse("not_suspended", f"{act.kind} {act.id} is not suspended", "nothing needs to be done")
    elif found is not None:
        _undoes(found.suspension or Stop("", 0), f"suspended {act.kind} {act.id}", ask)
    if act.kind in PARTIES:
        ask.change(f"{act.kind}.restored", act.id, c.Restored(act.why))


def _undoes(stop: Stop | None, what: str, ask: Asking) -> None:
    """A second officer agrees to undoing a stop, unless it is the actor's own slip."""
    if stop is None:
        return
    slip = stop.by == ask.actor and not ask.actor.startswith(persons.ACCOUNT) and ask.now - stop.at <= SLIP
    if not slip:
        ask.wants_second(f"{stop.by or 'somebody else'} {what}; undoing that would lower a safeguard")


def _party(kind: str, name: str, ask: Asking) -> Organization | Project | Person | Agent | None:
    found: Organization | Project | Person | Agent | None
    match kind:
        case "organization":
            found = ask.registry.organizations.get(name)
        case "project":
            found = ask.registry.projects.get(name)
        case "person":
            found = ask.registry.people.get(name)
        case "agent":
            found = ask.registry.agents.get(name)
        case _:
            ask.refuse("bad_kind", f"{kind!r} is none of {', '.join(PARTIES)}", "name one of these")
            return None
    if found is None:
        ask.refuse(f"unknown_{kind}", f"there is no {kind} {name!r}", f"see the list of every {kind}")
    return found


def _wants_sponsor_agent(act: RegisterAgent, ask: Asking) -> None:
    depth, name = 1, act.sponsor
    while depth <= MAX_AGENTS:
        sponsor = ask.registry.agents.get(name)
        if sponsor is None:
            ask.refuse("unknown_agent", f"there is no agent {name!r}", "register the sponsoring agent first")
            return
        if sponsor.organization != act.organization:
            what = f"agent {name} belongs to {sponsor.organization}, not to {act.organization}"
            ask.refuse("foreign_agent", what, f"name an agent of {act.organization}")
        bound = sponsor.sponsor if sponsor.sponsor_kind == "project" else sponsor.project
        if act.project and bound and act.project != bound:
            what = f"agent {name} works for project {bound}, not for {act.project}"
            ask.refuse("foreign_project", what, "leave the project out, or name the sponsor's")
        depth += 1
        if sponsor.sponsor_kind != "agent":
            break
        name = sponsor.sponsor
    if depth > MAX_AGENTS:
        ask.refuse("too_deep", f"more than {MAX_AGENTS} agents one below the other", "sponsor it by a person or a project")


def _wants_hosts(hosts: tuple[str, ...], ask: Asking) -> None:
    for host in hosts:
        if not is_host(host):
            ask.refuse("bad_host", f"{host[:80]!r} is no host name", "write it in lower case without scheme, port or path")


def _wants_tier(tier: str, ask: Asking) -> None:
    if tier not in set(ProgramTier):
        ask.refuse("unknown_tier", f"{tier[:80]!r} is no program tier", f"choose one of {', '.join(ProgramTier)}")


def _wants_assets(assets: tuple[str, ...], ask: Asking) -> None:
    for asset in assets:
        kind, colon, value = asset.partition(":")
        if not colon or kind not in ASSETS or not value or not is_text(asset) or value != value.strip():
            ask.refuse("bad_asset", f"{asset[:80]!r} is no asset", f"write kind:value; the kind is one of {', '.join(ASSETS)}")


def _wants_choice(what: str, text: str, choices: tuple[str, ...], ask: Asking) -> None:
    if text not in choices:
        known = ", ".join(choice for choice in choices if choice)
        ask.refuse("bad_choice", f"{text[:80]!r} is no {what}", f"choose one of {known}")


def _wants_new_end(kind: str, found: Organization | Project, ends: Moment, ask: Asking) -> None:
    """An end that lies ahead can be moved, earlier or later; one that has passed is final (P6)."""
    ask.wants_interval(found.starts, ends)
    if found.ends <= ask.now:
        what = f"{kind} {found.id} ended at {show(found.ends)}, and an end is final"
        ask.refuse("already_ended", what, f"register another {kind}")
    _is_not_past(ends, False, ask)


def _is_new(kind: str, name: str, known: bool, ask: Asking) -> None:
    if known:
        ask.refuse("duplicate_id", f"the id {name!r} already names one {kind}", "choose another id; an id is never used twice")


def _is_not_past(at: int, now: bool, ask: Asking) -> None:
    if not now and at < ask.now:
        what = f"{show(at)} is past, and what was allowed until now stays as it was"
        ask.refuse("past_moment", what, "leave the moment out to end it now, or name a later one")
