"""Who may read kept content, and what may nobody erase? Rules about reads, flags and holds.

1. Content is read in a case that is open and about it, for a reason, by an officer: an account of the system is nobody who could
   answer for it.
2. Content of a restricted model is read after a second officer agreed: he gives leave for one part of one call, good for one
   read within the hour. Asking and reading are two acts, so that each stands in the log by itself.
3. A hold is placed by one officer at once, and released by two: releasing lets content go that somebody wanted kept.

INVARIANT (P9): no read without its act, and none of a restricted model by the will of one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from safeconduct.office import persons
from safeconduct.office.asking import Asking
from safeconduct.office.cases import open_case_of, wants_call, wants_officer, wants_reason
from safeconduct.office.content_acts import (
    AskReading,
    FlagContent,
    PlaceHold,
    ReadContent,
    ReleaseHold,
)
from safeconduct.registry.bodies import cases as c
from safeconduct.registry.cases import Permission
from safeconduct.registry.state import Registry
from safeconduct.terms.content import ANSWER, REQUEST
from safeconduct.terms.moments import SECOND, Moment, show

LEAVE: Final[Moment] = 3600 * SECOND  # how long leave to read lasts: an hour's work, not a standing right
HELD_KINDS: Final = ("case", "person", "call", "organization")


@dataclass(frozen=True, slots=True)
class Held:
    """What holds that last cover: organizations with all beneath them, people, and calls."""

    organizations: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()


def ask_reading(act: AskReading, ask: Asking) -> None:
    _wants_readable(act, ask)
    if act.reader != ask.actor:
        ask.refuse("not_yours", f"{ask.actor} cannot ask for leave of {act.reader}", "ask for yourself")
    if _leave(act, ask) is not None:
        ask.refuse("leave_given", "a second officer agreed to this already", "read it now, before the hour is over")
    ask.wants_second("content of a restricted model is read by nobody alone")
    second = next((each for each in sorted(ask.agreed) if not persons.same_person(ask.registry, each, ask.actor)), "")
    body = c.ReadingPermitted(act.case, act.part, ask.now + LEAVE, second, act.organization, act.why)
    ask.change("content.permitted", act.id, body)


def read(act: ReadContent, ask: Asking) -> None:
    _wants_readable(act, ask)
    leave = _leave(act, ask) if act.restricted else None
    if act.restricted and leave is None:
        what = f"nobody gave {ask.actor} leave to read this, or it was used, or is over"
        ask.refuse("second_wanted", what, f"ask for it: safeconduct vault read {act.id} --case {act.case} asks a second officer")
    number, second = (leave.number, leave.second) if leave is not None else (0, "")
    ask.second = second
    ask.change("content.read", act.id, c.ContentRead(act.case, act.part, act.why, act.organization, number, second))


def flag(act: FlagContent, ask: Asking) -> None:
    wants_officer(ask, "flag content")
    wants_reason(act.why, ask)
    wants_call(act.id, ask)
    ask.change("content.flagged", act.id, c.ContentFlagged(act.kept_class, act.why, act.organization))


def place_hold(act: PlaceHold, ask: Asking) -> None:
    wants_officer(ask, "place a hold")
    ask.wants_id("hold", act.id)
    wants_reason(act.why, ask)
    if act.id in ask.registry.holds:
        ask.refuse("duplicate_id", f"the id {act.id!r} already names one hold", "choose another id")
    known: dict[str, Collection[str]] = {
        "case": ask.registry.cases,
        "person": ask.registry.people,
        "organization": ask.registry.organizations,
    }
    if act.kind not in HELD_KINDS:
        ask.refuse("bad_hold", f"a hold is on a {', a '.join(HELD_KINDS)}", "name one of them")
    elif act.kind == "call":
        wants_call(act.target, ask)
    elif act.target not in known[act.kind]:
        ask.refuse(f"unknown_{act.kind}", f"there is no {act.kind} {act.target!r}", f"see: safeconduct {act.kind} list")
    ask.organization = act.target if act.kind == "organization" else ""
    ask.change("hold.placed", act.id, c.HoldPlaced(act.kind, act.target, act.why))


def release_hold(act: ReleaseHold, ask: Asking) -> None:
    wants_reason(act.why, ask)
    found = ask.registry.holds.get(act.id)
    if found is None:
        ask.refuse("unknown_hold", f"there is no hold {act.id!r}", "see: safeconduct vault holds")
    elif found.released_at is not None:
        ask.refuse("released_already", f"hold {act.id} was released at {show(found.released_at)}", "nothing needs to be done")
    else:
        ask.organization = found.target if found.kind == "organization" else ""
    ask.wants_second("what is held may be erased once the hold is released")
    ask.change("hold.released", act.id, c.HoldReleased(act.why))


def held(registry: Registry) -> Held:
    """What nothing may erase now."""
    organizations, people, calls = set[str](), set[str](), set[str]()
    for hold in registry.holds.values():
        if hold.released_at is not None:
            continue
        if hold.kind == "case" and (case := registry.cases.get(hold.target)) is not None:
            organizations |= {case.organization} - {""}
            calls.update(case.calls)
        elif hold.kind == "organization":
            organizations.add(hold.target)
        elif hold.kind == "person":
            people.add(hold.target)
        elif hold.kind == "call":
            calls.add(hold.target)
    grown = True
    while grown:
        more = {each.id for each in registry.organizations.values() if each.parent in organizations} - organizations
        organizations |= more
        grown = bool(more)
    return Held(frozenset(organizations), frozenset(people), frozenset(calls))


def holds_person(registry: Registry, person: str) -> str:
    """The hold that keeps content of a person, by the person or an organization of theirs; empty when none does."""
    now_held = held(registry)
    found = registry.people.get(person)
    organizations = {each.organization for each in found.memberships} if found is not None else set[str]()
    if person not in now_held.people and not organizations & now_held.organizations:
        return ""
    for hold in registry.holds.values():
        if hold.released_at is None and _covers(registry, hold.kind, hold.target, person, organizations):
            return hold.id
    return ""


def is_restricted(registry: Registry, model: str, unrestricted_tiers: Collection[str]) -> bool:
    """Whether content of this model takes a second person to read. A model that nobody knows any more is restricted."""
    found = registry.resolve_model(model) or registry.resolve_withdrawn(model)
    return found is None or found.tier not in unrestricted_tiers


def _covers(registry: Registry, kind: str, target: str, person: str, organizations: set[str]) -> bool:
    if kind == "person":
        return target == person
    if kind == "case":
        case = registry.cases.get(target)
        target = case.organization if case is not None else ""
    if kind not in ("case", "organization"):
        return False
    for name in organizations:
        above: str = name
        while above and above != target:
            parent = registry.organizations.get(above)
            above = parent.parent if parent is not None else ""
        if above:
            return True
    return False


def _wants_readable(act: AskReading | ReadContent, ask: Asking) -> None:
    """Everything that both acts take: an officer, a reason, a part, and a case that is open and about the call."""
    wants_officer(ask, "read content")
    wants_reason(act.why, ask)
    wants_call(act.id, ask)
    if act.part not in (REQUEST, ANSWER):
        ask.refuse("bad_part", f"{act.part[:40]!r} is no part of a call", f"name {REQUEST} or {ANSWER}")
    case = open_case_of(act.case, ask)
    if case is not None and not case.covers(act.organization, act.id):
        what = f"case {case.id} is about {case.organization or 'single calls'}, not about this call of {act.organization}"
        ask.refuse("foreign_case", what, f"open a case about {act.organization}, or about this call")
    ask.organization = act.organization


def _leave(act: AskReading | ReadContent, ask: Asking) -> Permission | None:
    """The leave that lets this actor read this now, for the reason that was agreed to; the one that lasts longest."""
    wanted = (act.id, act.part, act.case, ask.actor)
    found = [
        each
        for each in ask.registry.permissions.values()
        if not each.used
        and ask.now < each.until
        and each.why in ("", act.why)
        and (each.call, each.part, each.case, each.reader) == wanted
    ]
    return max(found, key=lambda each: each.until, default=None)
