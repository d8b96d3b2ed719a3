"""What do changes about keys and facts do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import evidence as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.records import (
    FactRecord,
    Key,
)
from safeconduct.terms.moments import Moment


def issued_key(name: str, at: Moment, body: c.KeyIssued) -> Key:
    """The key that a change issues."""
    return Key(
        id=name,
        digest=bytes.fromhex(body.digest),
        holder_kind=body.holder_kind,
        holder=body.holder,
        organization=body.organization,
        project=body.project,
        label=body.label,
        starts=body.starts,
        ends=body.ends,
        issued_at=at,
    )


def _key(state: State, change: Change, body: c.KeyIssued) -> None:
    digest = bytes.fromhex(body.digest)
    if change.subject in state.keys or digest in state.digests:
        return
    state.keys[change.subject] = issued_key(change.subject, change.at, body)
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
    withdrawn = (body.record, body.item)
    state.facts[change.subject] = tuple(each for each in records if (each.number, each.item) != withdrawn)


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "key.issued": _key,
    "key.revoked": _key_revoked,
    "fact.recorded": _fact,
    "fact.withdrawn": _fact_withdrawn,
}
