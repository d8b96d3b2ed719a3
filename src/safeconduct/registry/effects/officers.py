"""What do changes about officers, keys of authorities and waiting acts do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import officers as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.papers import Need, Officer, Request


def _authority_keyed(state: State, change: Change, body: c.AuthorityKeyed) -> None:
    found = state.authorities.get(change.subject)
    if found is not None:
        state.authorities[change.subject] = msgspec.structs.replace(found, key=body.key)


def _officer(state: State, change: Change, body: c.OfficerAdded) -> None:
    digest = bytes.fromhex(body.digest)
    if change.subject in state.officers or digest in state.officer_digests:
        return
    state.officers[change.subject] = Officer(
        id=change.subject,
        name=body.name,
        authority=body.authority,
        digest=digest,
        issuers=(change.actor,),
        own=False,
        added_at=change.at,
    )
    state.officer_digests[digest] = change.subject


def _officer_keyed(state: State, change: Change, body: c.OfficerKeyed) -> None:
    digest = bytes.fromhex(body.digest)
    found = state.officers.get(change.subject)
    if found is None or digest in state.officer_digests:
        return
    del state.officer_digests[found.digest]
    issuers = tuple(dict.fromkeys((*found.issuers, change.actor)))
    own = change.actor == f"officer:{found.id}"
    state.officers[found.id] = msgspec.structs.replace(found, digest=digest, issuers=issuers, own=own)
    state.officer_digests[digest] = found.id


def _officer_linked(state: State, change: Change, body: c.OfficerLinked) -> None:
    found = state.officers.get(change.subject)
    if found is not None:
        state.officers[found.id] = msgspec.structs.replace(found, person=body.person)


def _officer_ended(state: State, change: Change, _body: c.OfficerEnded) -> None:
    found = state.officers.get(change.subject)
    if found is not None and found.ended_at is None:
        state.officers[found.id] = msgspec.structs.replace(found, ended_at=change.at)


def _opened(state: State, change: Change, body: c.RequestOpened) -> None:
    state.requests.setdefault(
        change.subject,
        Request(
            id=change.subject,
            act=body.act,
            subject=body.target,
            body=body.body,
            asker=change.actor,
            why=body.why,
            needs=tuple(Need(each.why, each.authority) for each in body.needs),
            opened_at=change.at,
            expires=body.expires,
        ),
    )


def _approved(state: State, change: Change, body: c.RequestApproved) -> None:
    found = state.requests.get(change.subject)
    if found is None or found.status != "open":
        return
    approvals = tuple(dict.fromkeys((*found.approvals, change.actor)))
    found = msgspec.structs.replace(found, approvals=approvals)
    if body.done:
        found = msgspec.structs.replace(found, status="done", closed_by=change.actor, closed_at=change.at)
    state.requests[found.id] = found


def _declined(state: State, change: Change, _body: c.RequestDeclined) -> None:
    found = state.requests.get(change.subject)
    if found is not None and found.status == "open":
        state.requests[found.id] = msgspec.structs.replace(found, status="declined", closed_by=change.actor, closed_at=change.at)


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "authority.keyed": _authority_keyed,
    "officer.added": _officer,
    "officer.keyed": _officer_keyed,
    "officer.linked": _officer_linked,
    "officer.ended": _officer_ended,
    "request.opened": _opened,
    "request.approved": _approved,
    "request.declined": _declined,
}
