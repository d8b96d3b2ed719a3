"""A log followed from look to look: quiet over restarts, and every attack named."""

from __future__ import annotations

import copy
from unittest.mock import Mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import monitoring
from safeconduct.audit.entries import LogPruned, ShardClosed, ShardOpened
from safeconduct.audit.monitored import Alarm, Saved
from safeconduct.audit.monitoring import Monitor
from safeconduct.audit.note import Signer
from safeconduct.audit.trust import Trust, compose
from safeconduct.terms.moments import SECOND
from support.audit_samples import T0
from support.books import Book
from support.witnesses import LOG, ORIGIN, W1, W2

PLAIN = Trust.parse(compose([LOG.verifier], []))
WITNESSED = Trust.parse(compose([LOG.verifier], [("w1", W1.verifier)], 1))
MINUTE = 60 * SECOND


def fresh(trust: Trust = PLAIN) -> Monitor:
    return Monitor(Saved(ORIGIN), trust)


def again(monitor: Monitor, trust: Trust = PLAIN) -> Monitor:
    """Another process that goes on from what the first one wrote down."""
    return Monitor(msgspec.json.decode(msgspec.json.encode(monitor.saved()), type=Saved), trust)


def codes(alarms: list[Alarm]) -> list[tuple[str, str, int]]:
    return [(alarm.kind, alarm.code, alarm.index) for alarm in alarms]


@pytest.fixture
def book() -> Book:
    book = Book()
    book.start("w1")
    book.start("w2")
    book.calls("w1", 150)
    book.calls("w2", 150)
    book.sign()
    return book


def test_a_day_with_twenty_restarts_is_quiet() -> None:
    """Writers that stop, writers that die and are closed by a keeper, monitors that start anew: nothing is wrong."""
    book, monitor, now = Book(), fresh(), T0
    book.start("k0", now)
    for life in range(20):
        boot = f"w{life}"
        book.start(boot, now)
        for turn in range(3):
            now += 20 * MINUTE
            book.calls(boot, 7, now)
            left = book.decide(boot, now)
            book.sign()
            assert monitor.look(book, now + SECOND) == []
            monitor = again(monitor)
            if turn < 2:
                book.end(boot, left, now + MINUTE)
        now += 5 * MINUTE
        if life % 2:
            book.start(f"k{life}", now)
            book.end(boot, left, now, by=f"k{life}")
        else:
            book.end(boot, left, now)
            book.stop(boot, now)
        book.sign()
        assert monitor.look(book, now + SECOND) == []
    assert monitor.size == len(book.entries)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=6))
def test_the_root_is_derived_whatever_the_steps(steps: list[int]) -> None:
    book, monitor = Book(), fresh()
    book.start("w")
    for step in steps:
        book.calls("w", step)
        book.sign()
        assert monitor.look(book, T0 + SECOND) == []
        monitor = again(monitor)
        assert monitor.size == len(book.entries)


def test_p7_another_tree_of_the_same_size_is_a_fork(book: Book) -> None:
    monitor = fresh()
    assert monitor.look(book, T0) == []
    other = copy.deepcopy(book)
    other.entries[-1] = other.entries[-1].replace(b'"tokens_in":10', b'"tokens_in":11')
    other.sign()
    assert codes(monitor.look(other, T0)) == [("forked", "fork", -1)]
    assert monitor.look(other, T0) == []  # told once
    assert monitor.look(book, T0) == []
    assert codes(monitor.look(other, T0)) == [("forked", "fork", -1)]  # and again when it comes again


def test_p7_a_tree_that_grew_from_another_one_is_a_fork(book: Book) -> None:
    monitor = fresh()
    assert monitor.look(book, T0) == []
    other = copy.deepcopy(book)
    other.entries[3] = other.entries[3].replace(b'"tokens_in":10', b'"tokens_in":11')
    other.calls("w1", 10)
    other.sign()
    assert codes(again(monitor).look(other, T0)) == [("forked", "fork", -1)]


def test_p7_a_smaller_tree_is_a_rollback_and_a_replayed_checkpoint_too(book: Book) -> None:
    old = copy.deepcopy(book)
    book.calls("w1", 5)
    book.sign()
    monitor = fresh()
    assert monitor.look(book, T0) == []
    assert codes(monitor.look(old, T0)) == [("forked", "rollback", -1)]
    replayed = copy.deepcopy(book)
    replayed.note = old.note
    assert codes(again(monitor).look(replayed, T0)) == [("forked", "rollback", -1)]


def test_p7_an_altered_entry_is_named(book: Book) -> None:
    book.tiles = book._leaves()
    index = next(n for n in range(300, 303) if b'"tokens_in":10' in book.entries[n])
    book.entries[index] = book.entries[index].replace(b'"tokens_in":10', b'"tokens_in":99')
    assert ("altered", "root", index) in codes(fresh().look(book, T0))


def test_p7_a_missing_bundle_is_named(book: Book) -> None:
    book.gone.add(1)
    assert codes(fresh().look(book, T0)) == [("missing", "bundle", 256)]


def test_p7_a_dropped_entry_is_a_hole_in_its_writers_chain(book: Book) -> None:
    del book.entries[100]
    book.sign()
    found = codes(fresh().look(book, T0))
    assert found[0][0:2] in {("missing", "chain_gap"), ("missing", "closed_unknown")}
    assert found[0][2] == 100


def test_p7_an_entry_that_is_none_is_named(book: Book) -> None:
    book.entries.insert(5, b"words")
    book.entries.insert(9, b'{"type": "writer.stopped","v":1,"at":1}')
    book.sign()
    found = codes(fresh().look(book, T0))
    assert ("altered", "entry", 5) in found
    assert ("altered", "entry", 9) in found


@pytest.mark.parametrize("damage", [lambda note: note.replace(b"\n602\n", b"\n603\n"), lambda note: note[:-9], lambda note: b""])
def test_p7_a_checkpoint_that_nobody_signed_is_named(book: Book, damage: object) -> None:
    book.note = damage(book.note)  # type: ignore[operator]
    kind = "unsigned" if book.note else "unreadable"
    assert codes(fresh().look(book, T0)) == [(kind, "checkpoint", -1)]


def test_p7_the_key_of_another_log_is_no_key_of_this_one(book: Book) -> None:
    other = Signer("log.example/other", bytes([5]) * 32)
    trust = Trust.parse(compose([LOG.verifier, other.verifier], []))
    book.signer = other
    book.sign()
    assert codes(fresh(trust).look(book, T0)) == [("unsigned", "checkpoint", -1)]


def test_late_entries_are_told_and_a_look_after_a_pause_is_not_deceived(book: Book) -> None:
    monitor = fresh()
    assert monitor.look(book, T0 + SECOND) == []  # the first look knows nothing of before
    book.calls("w1", 2, T0 + 2 * MINUTE)
    book.sign()
    monitor = again(monitor)
    assert monitor.look(book, T0 + 60 * MINUTE) == []  # the monitor was away, not the keeper
    book.calls("w2", 2, T0 + 59 * MINUTE)
    book.sign()
    assert monitor.look(book, T0 + 60 * MINUTE + SECOND) == []  # a keeper that just started may still say so
    monitor = again(monitor)
    assert codes(monitor.look(book, T0 + 60 * MINUTE + 2 * SECOND)) == [("late", "late", len(book.entries) - 4)]
    assert monitor.look(book, T0 + 60 * MINUTE + 3 * SECOND) == []


def test_p7_clocks_that_lie_are_told(book: Book) -> None:
    monitor = fresh()
    assert monitor.look(book, T0 + SECOND) == []
    ahead = copy.deepcopy(book)
    ahead.calls("w1", 1, T0 + 60 * MINUTE)
    ahead.sign()
    assert {(kind, code) for kind, code, _ in codes(again(monitor).look(ahead, T0 + 2 * SECOND))} >= {("late", "clock_ahead")}
    book.calls("w1", 1, T0 - 60 * MINUTE)
    book.sign()
    found = {(kind, code) for second in (2, 3) for kind, code, _ in codes(monitor.look(book, T0 + second * SECOND))}
    assert found >= {("late", "clock_back"), ("late", "late")}


def test_calls_without_an_outcome_are_told_once(book: Book) -> None:
    monitor = fresh()
    index = len(book.entries)
    seq = book.decide("w1")
    book.sign()
    assert monitor.look(book, T0 + 59 * MINUTE) == []
    assert codes(monitor.look(book, T0 + 61 * MINUTE)) == [("unclosed", "unclosed", index)]
    assert monitor.look(book, T0 + 62 * MINUTE) == []
    monitor = again(monitor)
    assert codes(monitor.look(book, T0 + 62 * MINUTE)) == [("unclosed", "unclosed", index)]  # a new process tells it anew
    book.end("w1", seq, T0 + 62 * MINUTE)
    book.sign()
    assert monitor.look(book, T0 + 62 * MINUTE) == []
    assert monitor.saved().calls == {}
    assert monitor.saved().told == []


def test_a_closing_whose_call_never_comes_is_told(book: Book) -> None:
    book.start("k")
    index = len(book.entries)
    book.end("w1", 999, by="k")
    book.sign()
    monitor = fresh()
    assert monitor.look(book, T0) == []
    assert codes(again(monitor).look(book, T0 + SECOND)) == [("missing", "closed_unknown", index)]
    assert codes(monitor.look(book, T0 + 2 * SECOND)) == [("missing", "closed_unknown", index)]
    assert monitor.look(book, T0 + 3 * SECOND) == []


def test_p7_without_its_quorum_what_is_new_is_told_after_a_while(book: Book) -> None:
    monitor, now = fresh(WITNESSED), T0
    book.sign(W1)
    assert monitor.look(book, now) == []
    book.calls("w1", 1, now)
    book.sign()
    for _ in range(3):
        monitor = again(monitor, WITNESSED)
        assert monitor.look(book, now) == []
        assert monitor.size == len(book.entries)  # what is new is followed all the same
        now += 25 * SECOND
    assert codes(monitor.look(book, now)) == [("unsigned", "unwitnessed", -1)]
    assert monitor.look(book, now + SECOND) == []
    book.beside = book.note
    book.sign(W1)
    assert monitor.look(book, now + 2 * SECOND) == []


def test_a_witness_that_is_always_a_second_behind_is_no_alarm(book: Book) -> None:
    monitor = fresh(WITNESSED)
    for second in range(200):
        now = T0 + second * SECOND
        book.beside = book.sign(W1, at=1)
        book.calls("w1", 1, now)
        book.sign()
        assert monitor.look(book, now) == []


def test_p7_a_stolen_key_without_the_witness_is_not_followed_far(book: Book) -> None:
    """Two heads: the witnessed one beside the log, and another one signed with the log's key alone."""
    monitor = fresh(WITNESSED)
    book.beside = book.sign(W1)
    assert monitor.look(book, T0) == []
    thief = copy.deepcopy(book)
    thief.entries[-1] = thief.entries[-1].replace(b'"tokens_in":10', b'"tokens_in":11')
    thief.sign()
    assert codes(again(monitor, WITNESSED).look(thief, T0)) == [("forked", "fork", -1)]
    assert codes(fresh(WITNESSED).look(thief, T0)) == [("forked", "fork", -1)]  # even one that never saw the true one
    thief.beside = None
    new = fresh(WITNESSED)
    assert new.look(thief, T0) == []
    assert codes(new.look(thief, T0 + 61 * SECOND)) == [("unsigned", "unwitnessed", -1)]


def test_p7_a_witnessed_checkpoint_of_another_tree_is_a_fork(book: Book) -> None:
    other = copy.deepcopy(book)
    other.entries[7] = (
        other.entries[7].replace(b'"tokens_in":10', b'"tokens_in":11').replace(b'"body_length":2048', b'"body_length":1')
    )
    book.beside = other.sign(W1)
    book.calls("w1", 3)
    book.sign()
    assert codes(fresh(WITNESSED).look(book, T0))[-1] == ("forked", "fork", -1)
    seen = fresh(WITNESSED)
    book.beside = None
    assert seen.look(book, T0) == []
    book.beside = other.note
    assert codes(seen.look(book, T0)) == [("forked", "fork", -1)]


def test_cosignatures_of_others_are_passed_over(book: Book) -> None:
    book.sign(W2, W1)
    assert fresh(WITNESSED).look(book, T0) == []


def test_a_pruned_log_is_followed_from_its_minimum_index(book: Book) -> None:
    book.start("desk")
    book.add("desk", LogPruned(at=T0, minimum_index=256))
    book.sign()
    book.floor = 256
    monitor = fresh()
    assert monitor.look(book, T0) == []
    book.calls("w2", 300)
    book.sign()
    assert again(monitor).look(book, T0) == []


def test_what_the_root_log_says_about_shards_is_kept(book: Book) -> None:
    book.start("k")
    book.add("k", ShardOpened(at=T0, origin=f"{ORIGIN}/2027", vkey="key"))
    book.add("k", ShardClosed(at=T0, origin=ORIGIN, root="00" * 32, size=9))
    book.sign()
    monitor = fresh()
    monitor.look(book, T0)
    assert again(monitor).saved().opened == {f"{ORIGIN}/2027": "key"}
    assert again(monitor).saved().closed == {ORIGIN: (9, "00" * 32)}


def test_memory_does_not_grow_with_writers_or_calls(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "MAX_WRITERS", 10)
    monitor = fresh()
    for life in range(60):
        book.start(f"l{life}")
        book.calls(f"l{life}", 2)
        book.stop(f"l{life}")
        book.sign()
        assert monitor.look(book, T0) == []
    saved = monitor.saved()
    assert len(saved.ledger["writers"]) == 10
    assert {"w1", "w2"} <= saved.ledger["writers"].keys()  # those that still run
    assert saved.calls == {}


def test_a_state_that_does_not_fit_itself_is_refused(book: Book) -> None:
    monitor = fresh()
    monitor.look(book, T0)
    for wrong in ({"root": "00" * 32}, {"size": 3}, {"edge": ["00"]}, {"ledger": {"writers": 5}}):
        with pytest.raises((ValueError, msgspec.ValidationError)):
            Monitor(msgspec.structs.replace(monitor.saved(), **wrong), PLAIN)


def test_a_line_that_fails_is_told_and_forgotten(book: Book) -> None:
    monitor = fresh()
    assert monitor.look(book, T0) == []
    book.checkpoint = Mock(side_effect=ConnectionRefusedError(111, "refused"))  # type: ignore[method-assign]
    assert codes(monitor.look(book, T0)) == [("unreadable", "checkpoint", -1)]
    assert monitor.look(book, T0) == []
    del book.checkpoint  # type: ignore[method-assign]
    book.calls("w1", 1)
    book.sign()
    assert monitor.look(book, T0) == []
    assert monitor.size == len(book.entries)
