"""A watch that was put away and taken out again goes on as if nothing had happened."""

from __future__ import annotations

import msgspec

from safeconduct.watch.machine import Watch
from safeconduct.watch.snapshot import restore, whole_of
from support.behavior import Crowd
from support.watching import Shelf, told, watch


def test_whoever_goes_on_from_a_snapshot_asks_for_the_same() -> None:
    crowd = Crowd(seed=5, days=6).add(30, "ordinary").add(4, "misuse", misuse=0.2)
    signals = list(crowd.signals())
    half = len(signals) // 2
    steady, shelf = watch(), Shelf()
    first = Watch(shelf)
    assert told(steady, signals[:half]) == told(first, signals[:half])
    for who, data in first.memory.changed():
        shelf.put(who, data)
    again = Watch(shelf)
    assert restore(again, whole_of(first))
    again.templates.load(first.templates.dump())
    assert told(again, signals[half:]) == told(steady, signals[half:])


def test_bytes_of_another_version_restore_nothing() -> None:
    over = watch()
    assert not restore(over, b"\xff")
    assert not over.cohorts


def test_what_an_earlier_version_knew_of_organizations_is_taken_over() -> None:
    old = msgspec.msgpack.encode({"flowing": {"acme": {"person/ann": 6.0}}, "upper": {"acme": "low"}, "tokens": 2.0})
    over = watch()
    assert restore(over, old)
    assert over.upward.groups["organization/acme"].people == {"person/ann": 6.0}
    assert over.upward.groups["organization/acme"].band == "low"
