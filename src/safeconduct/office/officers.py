"""May this officer be added, get a key, end? May this authority sign with another key?

Whoever makes officers makes second persons: once two officers are there, one more takes a second officer's agreement (P9).
"""

from __future__ import annotations

from safeconduct.instruments.signature import read_key
from safeconduct.office import persons
from safeconduct.office.acts import AddOfficer, EndOfficer, KeyAuthority, KeyOfficer, LinkOfficer, RegisterAuthority
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import officers as c
from safeconduct.registry.bodies import parties
from safeconduct.terms.faults import Refused


def register_authority(act: RegisterAuthority, ask: Asking) -> None:
    ask.wants_id("authority", act.id)
    ask.wants_text("name", act.name)
    if act.id in ask.registry.authorities:
        ask.refuse("duplicate_id", f"the id {act.id!r} already names one authority", "choose another id")
    ask.change("authority.registered", act.id, parties.AuthorityRegistered(act.name))
    if act.key:
        ask.change("authority.keyed", act.id, c.AuthorityKeyed(_key(act.key, ask)))


def key_authority(act: KeyAuthority, ask: Asking) -> None:
    found = ask.registry.authorities.get(act.id)
    key = _key(act.key, ask) if act.key else ""
    if found is None:
        mend = "see: safeconduct authority list"
        ask.refuse("unknown_authority", f"there is no authority {act.id!r}", mend)
    elif found.key == key:
        ask.refuse("same_key", f"this is the key of {act.id} already", "nothing needs to be done")
    if _active(ask) > 1:
        ask.wants_second(f"with another key of {act.id}, other letters would be taken for its own")
    ask.change("authority.keyed", act.id, c.AuthorityKeyed(key))


def add(act: AddOfficer, ask: Asking) -> None:
    ask.wants_id("officer", act.id)
    ask.wants_text("name", act.name)
    _wants_new(act.digest, ask)
    if act.id in ask.registry.officers:
        ask.refuse("duplicate_id", f"the id {act.id!r} already names one officer", "choose another id; an id is never used twice")
    if act.authority and act.authority not in ask.registry.authorities:
        mend = f"run: safeconduct authority add {act.authority} --name NAME"
        ask.refuse("unknown_authority", f"there is no authority {act.authority!r}", mend)
    if _active(ask) > 1:
        ask.wants_second(f"with {act.id} there is one more person whose agreement counts")
    ask.change("officer.added", act.id, c.OfficerAdded(act.digest.hex(), act.name, act.authority))


def key(act: KeyOfficer, ask: Asking) -> None:
    found = ask.registry.officers.get(act.id)
    _wants_new(act.digest, ask)
    if found is None or found.ended_at is not None:
        ask.refuse("unknown_officer", f"there is no officer {act.id!r}", "see: safeconduct officer list")
    elif ask.actor != f"{persons.OFFICER}{act.id}" and _active(ask, besides=act.id) > 1:
        ask.wants_second(f"whoever issues a first key of {act.id} could act as {act.id} until it is replaced")
    ask.change("officer.keyed", act.id, c.OfficerKeyed(act.digest.hex()))


def link(act: LinkOfficer, ask: Asking) -> None:
    """A first link binds the officer, so one says it; another one, or none, would set him free and takes a second officer."""
    ask.wants_text("reason", act.why)
    found = ask.registry.officers.get(act.id)
    if found is None or found.ended_at is not None:
        ask.refuse("unknown_officer", f"there is no officer {act.id!r}", "see: safeconduct officer list")
        return
    if act.person and act.person not in ask.registry.people:
        ask.refuse("unknown_person", f"there is no person {act.person[:80]!r}", "see: safeconduct person list")
    for each in ask.registry.officers.values():
        if act.person and each.person == act.person and each.id != act.id and each.ended_at is None:
            # INVARIANT (P9): one person is one officer, or the second whose agreement counts would be the first again.
            mend = f"take another person; or end one of them: safeconduct officer end {each.id}"
            ask.refuse("duplicate_link", f"{each.id} is {act.person} already, and one person is one officer", mend)
    if found.person and act.person != found.person:
        ask.wants_second(f"{act.id} could lift what lies on the person whom he is now")
    if act.person != found.person:
        ask.change("officer.linked", act.id, c.OfficerLinked(act.person, act.why))


def end(act: EndOfficer, ask: Asking) -> None:
    """Ending is one person's act and takes effect at once, like a suspension."""
    ask.wants_text("reason", act.why)
    found = ask.registry.officers.get(act.id)
    if found is None:
        ask.refuse("unknown_officer", f"there is no officer {act.id!r}", "see: safeconduct officer list")
    elif found.ended_at is not None:
        ask.refuse("already_ended", f"{act.id} is no officer any more", "nothing needs to be done")
    ask.change("officer.ended", act.id, c.OfficerEnded(act.why))


def _active(ask: Asking, *, besides: str = "") -> int:
    """How many officers of the operator could agree to something."""
    found = ask.registry.officers.values()
    return sum(each.ended_at is None and not each.authority and each.id != besides for each in found)


def _wants_new(digest: bytes, ask: Asking) -> None:
    if ask.registry.officer_of(digest) is not None or ask.registry.has_digest(digest):
        ask.refuse("duplicate_key", "this key was issued before", "issue another one")


def _key(text: str, ask: Asking) -> str:
    try:
        return read_key(text).text
    except Refused as refused:
        ask.faults.extend(refused.faults)
        return ""
