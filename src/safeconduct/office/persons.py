"""Are two actors two persons, and may this one agree to what another one asks?

INVARIANT (P9): nobody agrees to his own act.

1. An account of the operating system (``os:``) may ask, never agree: nothing tells who sat at it.
2. An officer may not agree to what he asked himself, nor to what was asked by an actor who ever issued one of his keys (who
   issued it saw it, and could have acted with it), nor to what he asked whose key he issued.
3. Two officers who are linked to one person of the registry are that person, and no second one of each other.
4. An officer's first key opens nothing but its own replacement, so that only the officer knows the one that counts.

What this cannot tell, and what the log shows instead, is in docs/adr/0016-two-persons-on-one-host.md.
"""

from __future__ import annotations

from typing import Final

from safeconduct.registry.papers import Officer
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault

OFFICER: Final = "officer:"
ACCOUNT: Final = "os:"


def officer_named(registry: Registry, actor: str) -> Officer | None:
    """The officer that an actor is; None for any other actor."""
    return registry.officers.get(actor.removeprefix(OFFICER)) if actor.startswith(OFFICER) else None


def is_of(registry: Registry, actor: str, authority: str) -> bool:
    """Whether the actor is an officer of this authority."""
    found = officer_named(registry, actor)
    return found is not None and found.authority == authority


def same_person(registry: Registry, one: str, other: str) -> bool:
    """Whether the two may be one person. Whoever issued a key of an officer counts as that officer; two who are linked to one
    person of the registry are that person.
    """
    if one == other or _linked(registry, one, other):
        return True
    return any(_issued(registry, issuer, officer) for issuer, officer in ((one, other), (other, one)))


def not_alive(registry: Registry, actor: str, *, rotating: str, where: str) -> Fault | None:
    """Why this actor may not act at all: an officer who is unknown, ended, or has the first key. ``rotating`` names the
    officer whose key the act replaces, if it does.
    """
    if not actor.startswith(OFFICER):
        return None
    found = officer_named(registry, actor)
    if found is None or found.ended_at is not None:
        return Fault("no_officer", f"{actor} is no officer any more", where, "ask another officer")
    if not found.own and rotating != found.id:
        mend = "replace it by one that only you know: safeconduct officer rotate"
        return Fault("first_key", "a first officer key opens nothing: whoever issued it has seen it", where, mend)
    return None


def may_not_agree(registry: Registry, actor: str, asker: str, where: str, what: str = "this") -> Fault | None:
    """Why this actor may not agree to what ``asker`` did or asked; None when he may."""
    if actor.startswith(ACCOUNT):
        mend = "act with an officer key (SAFECONDUCT_OFFICER_KEY_FILE); see: safeconduct officer add"
        return Fault("officer_wanted", f"{actor} is an account, not a person who could agree", where, mend)
    if actor == asker:
        return Fault("own_work", f"{what} is your own work, and nobody approves that himself", where, "ask another officer")
    if _linked(registry, actor, asker):
        what = f"{actor} and {asker} are one person: both are linked to the same one"
        return Fault("own_work", what, where, "ask an officer who is somebody else")
    if same_person(registry, actor, asker):
        what = f"{actor} and {asker} count as one person: one of them issued a key of the other"
        mend = "ask an officer whose keys neither of them issued"
        if asker.startswith(ACCOUNT):
            mend += "; or decline it, and let an officer ask anew with a key of his own"
        return Fault("own_work", what, where, mend)
    return None


def _issued(registry: Registry, issuer: str, actor: str) -> bool:
    found = officer_named(registry, actor)
    return found is not None and issuer in found.issuers


def _linked(registry: Registry, one: str, other: str) -> bool:
    found = [officer.person for each in (one, other) if (officer := officer_named(registry, each)) is not None]
    return len(found) == 2 and found[0] == found[1] != ""
