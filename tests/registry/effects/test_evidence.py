"""What changes about keys do."""

from __future__ import annotations

from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in
from support.registry_world import T0


def change(seq: int, kind: str, subject: str, **body: object) -> Change:
    return Change(seq, T0, "officer", kind, subject, body)


def test_a_key_id_or_digest_is_taken_once() -> None:
    state = State()
    body = {"digest": "aa" * 32, "holder_kind": "person", "holder": "ann", "organization": "acme", "starts": 0, "ends": 9}
    fold_in(state, change(1, "key.issued", "key-1", **body))
    fold_in(state, change(2, "key.issued", "key-2", **(body | {"holder": "eve"})))
    fold_in(state, change(3, "key.issued", "key-1", **(body | {"digest": "bb" * 32, "holder": "eve"})))
    assert [key.holder for key in state.keys.values()] == ["ann"]
    assert list(state.digests) == [b"\xaa" * 32]
