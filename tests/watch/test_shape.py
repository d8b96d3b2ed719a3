"""What another version packed is put in order by its names, and only by them."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from safeconduct.risk.score import Evidence
from safeconduct.watch import cohort as cohorts
from safeconduct.watch.shape import NOW, Shape, moved_subject, moved_whole, packed, read
from safeconduct.watch.snapshot import restore, whole_of
from safeconduct.watch.subject import Subject, fresh, pack, unpack
from support.watching import DAY, MONDAY, watch


def somebody() -> Subject:
    subject = fresh("person/ann", MONDAY)
    subject.calls, subject.organization, subject.coverage = 7, "acme", b"\1\2"
    subject.evidence["probing"] = Evidence("probing", 2.0, MONDAY, DAY, "Names were tried.", ("call_1",))
    return subject


def as_before(before: Shape) -> bytes:
    """Somebody as a version with that order would have packed them; what it had more of is 5."""
    raw = dict(zip(NOW.subject, msgspec.msgpack.decode(pack(somebody())), strict=True))
    parts = {kind: dict(zip(NOW.evidence, each, strict=True)) for kind, each in raw["evidence"].items()}
    raw["evidence"] = {kind: [each[name] for name in before.evidence] for kind, each in parts.items()}
    return msgspec.msgpack.encode([raw.get(name, 5) for name in before.subject])


def swapped(one: str, other: str) -> tuple[str, ...]:
    turn = {one: other, other: one}
    return tuple(turn.get(name, name) for name in NOW.subject)


def test_todays_order_lies_beside_and_can_be_read_again() -> None:
    assert read(packed()) == NOW
    assert read(b"") is read(b"\xff") is None


@pytest.mark.parametrize(
    "before",
    [
        NOW,
        replace(NOW, subject=NOW.subject[::-1], evidence=NOW.evidence[::-1]),
        replace(NOW, subject=("gone", *NOW.subject, "also_gone")),
        replace(NOW, subject=tuple(name for name in NOW.subject if name not in ("llr", "tools", "stands_until"))),
    ],
    ids=["same", "turned", "more", "fewer"],
)
def test_a_subject_of_another_order_is_the_same_subject(before: Shape) -> None:
    assert unpack(moved_subject(as_before(before), before)) == somebody()


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x90", msgspec.msgpack.encode(["x"] * 200), msgspec.msgpack.encode({"a": 1})])
def test_what_is_no_subject_is_refused(data: bytes) -> None:
    if data == b"\x90":
        assert unpack(moved_subject(data, NOW)).who == "", "nothing is said of anybody"
        return
    with pytest.raises(msgspec.DecodeError):
        moved_subject(data, NOW)


def test_what_has_another_kind_of_value_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        moved_subject(as_before(NOW), replace(NOW, subject=swapped("who", "calls")))
    with pytest.raises(msgspec.DecodeError, match="evidence"):
        moved_subject(as_before(NOW), replace(NOW, subject=swapped("who", "evidence")))


def test_cohorts_of_another_order_are_the_same_cohorts() -> None:
    over = watch()
    over.cohorts = {"acme\ncode": cohorts.fresh("acme\ncode")}
    over.cohorts["acme\ncode"].people = 9
    whole = msgspec.msgpack.decode(whole_of(over))
    whole["cohorts"] = [each[::-1] for each in whole["cohorts"]]
    before = replace(NOW, cohort=NOW.cohort[::-1])
    again = watch()
    assert restore(again, moved_whole(msgspec.msgpack.encode(whole), before))
    assert again.cohorts == over.cohorts
    with pytest.raises(msgspec.DecodeError):
        moved_whole(msgspec.msgpack.encode({"cohorts": 5}), before)
