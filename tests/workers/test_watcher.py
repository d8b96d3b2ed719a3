"""Signals become acts; a crash loses nothing; what cannot be done now is done later; whoever was erased is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from safeconduct.storage.files.signals import SpoolReader, SpoolWriter
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import Beat, CallSignal, IdentitySignal
from safeconduct.watch import shape
from safeconduct.watch.commands import Alert, MoveRisk, Silent
from safeconduct.watch.machine import Watch
from safeconduct.workers.watcher import (
    AT_ONCE,
    SHAPE,
    SNAPSHOT_EVERY,
    WHOLE,
    Happenings,
    Watcher,
    positions_of,
    taken_over,
)
from support.watcher_place import Place, probes
from support.watching import DAY, MONDAY, call


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_signals_become_acts_and_of_several_words_about_one_only_the_last_is_performed(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcdef"))
    watcher.round(MONDAY + SECOND)
    risks = [each for each in place.desk.done if isinstance(each, MoveRisk) and each.who == "person/ann"]
    assert len(risks) == 1
    assert "6 names" in risks[0].parts[0]
    assert (watcher.status.signals, watcher.status.refused) == (6, 0)


def test_what_cannot_be_done_now_is_done_later(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    place.desk.fails = True
    with pytest.raises(OSError, match="taken"):
        watcher.round(MONDAY + SECOND)
    place.desk.fails = False
    watcher.round(MONDAY + 2 * SECOND)
    assert [each.band for each in place.desk.done if isinstance(each, MoveRisk)] == ["low"]


def test_what_is_refused_is_counted_and_not_tried_again(place: Place) -> None:
    watcher = place.start()
    place.desk.refuses = True
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SECOND)
    watcher.round(MONDAY + 2 * SECOND)
    assert len(place.desk.done) == watcher.status.refused == 1


def test_a_crash_before_the_snapshot_reads_the_same_signals_again(place: Place) -> None:
    place.tell(*probes(*"abc"))
    place.start().round(MONDAY + SECOND)
    assert place.segments == 1
    again = place.start()
    place.tell(*probes("d", at=MONDAY + 2 * SECOND))
    again.round(MONDAY + 3 * SECOND)
    (move,) = [each for each in place.desk.done if isinstance(each, MoveRisk)]
    assert "4 names" in move.parts[0]


def test_a_crash_after_the_snapshot_goes_on_from_there(place: Place) -> None:
    place.tell(*probes(*"abc"))
    place.start().round(MONDAY + SNAPSHOT_EVERY)
    assert place.segments == 0, "what was read is safe and goes"
    again = place.start()
    place.tell(*probes("d", at=MONDAY + 10 * SECOND))
    again.round(MONDAY + 11 * SECOND)
    (move,) = [each for each in place.desk.done if isinstance(each, MoveRisk)]
    assert "4 names" in move.parts[0]


def test_p8_whoever_is_erased_is_forgotten_at_hand_and_on_the_shelf(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SNAPSHOT_EVERY)
    assert place.state.names() == ["person/ann"]
    place.desk.gone.add("person/ann")
    place.desk.heard.append(Happenings(erased=True))
    watcher.round(MONDAY + 2 * SNAPSHOT_EVERY)
    assert place.state.names() == []
    assert watcher.watch.memory.names() == []
    watcher.close(MONDAY + 3 * SNAPSHOT_EVERY)
    assert place.state.names() == []


def test_p8_who_was_erased_while_nobody_watched_is_forgotten_at_the_start(place: Place) -> None:
    place.tell(*probes(*"abcd"))
    place.start().round(MONDAY + SNAPSHOT_EVERY)
    place.desk.gone.add("person/ann")
    place.start()
    assert place.state.names() == []


def test_verdicts_and_declared_batches_reach_the_watch(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SECOND)
    place.desk.heard.append(Happenings(verdicts=(("person/ann", "probing", False),), batch=frozenset({"project/reports"})))
    watcher.round(MONDAY + 2 * SECOND)
    assert watcher.watch.risk("person/ann", MONDAY + SECOND).score == 0.0
    assert watcher.watch.knobs.batch == {"project/reports"}


def test_a_writer_that_dies_is_said(place: Place) -> None:
    watcher = place.start()
    spool = SpoolWriter(place.folder / "signals", "boot")
    spool.put(Beat(MONDAY, "boot"))
    spool.flush()
    watcher.round(MONDAY)
    watcher.round(MONDAY + 20 * SECOND)
    assert [each.why for each in place.desk.done if isinstance(each, Silent)] == ["silent"]


def test_alerts_are_performed_and_counted(place: Place) -> None:
    watcher = place.start()
    place.tell(IdentitySignal(MONDAY, "ann", "credential_leaked"))
    watcher.round(MONDAY + SECOND)
    assert [each.kind for each in place.desk.done if isinstance(each, Alert)] == ["leaked"]
    assert watcher.status.alerts == 1


def test_an_alert_that_is_refused_for_good_counts_as_refused_and_not_as_one_that_was_raised(place: Place) -> None:
    watcher = place.start()
    place.desk.refuses = True
    place.tell(IdentitySignal(MONDAY, "ann", "credential_leaked"))
    watcher.round(MONDAY + SECOND)
    assert [each.kind for each in place.desk.done if isinstance(each, Alert)] == ["leaked"]
    assert (watcher.status.alerts, watcher.status.acts) == (0, 0)
    assert watcher.status.refused == len(place.desk.done)


def test_word_is_left_of_how_it_goes(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SECOND)
    watcher.round(MONDAY + SECOND + 1)
    assert len(place.words) == 1
    assert (place.words[0].signals, place.words[0].held) == (4, 1)


def test_a_beat_of_a_writer_is_not_counted_as_a_signal(place: Place) -> None:
    watcher = place.start()
    place.tell(Beat(MONDAY, "w"), Beat(MONDAY + 1, "w"))
    watcher.round(MONDAY + 2)
    assert watcher.status.signals == 0


def test_damaged_positions_mean_that_all_is_read_again(place: Place) -> None:
    place.state.save([], {"positions": b"\xff\xff"})
    assert positions_of(place.state) == {}


def test_p8_what_was_under_way_when_somebody_was_erased_brings_nothing_back(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"ab"))
    watcher.round(MONDAY + SECOND)
    place.desk.gone.add("person/ann")
    place.desk.heard.append(Happenings(erased=True))
    place.tell(*probes(*"cdef", at=MONDAY + 2 * SECOND))
    watcher.round(MONDAY + 3 * SECOND)
    watcher.close(MONDAY + SNAPSHOT_EVERY)
    assert place.state.names() == []
    assert place.desk.done == []


def test_p8_signals_of_an_agent_that_the_registry_does_not_know_any_more_are_about_nobody(place: Place) -> None:
    watcher = place.start()
    place.desk.gone.add("agent/bot")
    place.tell(*(call(each.at, requested=each.requested, code=each.code, agent="bot") for each in probes(*"abcdef")))
    watcher.round(MONDAY + SECOND)
    watcher.close(MONDAY + SNAPSHOT_EVERY)
    assert place.state.names() == []
    assert place.desk.done == []


def test_p8_the_file_does_not_name_whoever_was_erased_although_nothing_comes_any_more(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcdef"))
    watcher.watch.candidates["person/ann"] = 2.0
    watcher.round(MONDAY + SNAPSHOT_EVERY)
    assert any(b"person/ann" in path.read_bytes() for path in place.folder.glob("state.db*"))
    place.desk.gone.add("person/ann")
    place.desk.heard.append(Happenings(erased=True))
    watcher.round(MONDAY + 2 * SNAPSHOT_EVERY)
    assert not any(b"person/ann" in path.read_bytes() for path in place.folder.glob("state.db*"))


def test_p8_what_could_not_be_forgotten_at_once_is_forgotten_the_next_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SNAPSHOT_EVERY)
    place.desk.gone.add("person/ann")
    place.desk.heard.append(Happenings(erased=True))
    for owner, name in ((place.desk, "known"), (place.state, "settle")):
        with monkeypatch.context() as taken:
            taken.setattr(owner, name, _taken)
            with pytest.raises(OSError, match="taken"):
                watcher.round(MONDAY + 2 * SNAPSHOT_EVERY)
    settled: list[bool] = []
    monkeypatch.setattr(place.state, "settle", lambda: settled.append(True))
    watcher.round(MONDAY + 2 * SNAPSHOT_EVERY)
    watcher.round(MONDAY + 3 * SNAPSHOT_EVERY)
    assert (place.state.names(), watcher.watch.memory.names(), settled) == ([], [], [True])


def _taken(*_: object) -> None:
    raise OSError("taken")


def test_p8_what_is_put_down_of_somebody_after_the_erasure_stays_in_no_spool(place: Place) -> None:
    watcher, writer = place.start(), SpoolWriter(place.folder / "signals", "w")
    for who in ("ann", "ben"):
        writer.put(call(MONDAY, person=who))
    writer.flush()
    place.desk.gone.add("person/ann")
    watcher.round(MONDAY + SECOND)
    (spool,) = place.folder.glob("signals/*.spool")
    assert (b"ann" in spool.read_bytes(), b"ben" in spool.read_bytes()) == (False, True)
    writer.close()


class Retained:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def add(self, signals: Iterable[CallSignal], now: int) -> None:
        self.calls += [each.call for each in signals]

    def flush(self, now: int) -> None: ...
    def tidy(self, now: int, days: int) -> None: ...
    def forget_unknown(self, known: Callable[[str], bool]) -> int:
        return 0


def test_what_was_read_is_retained_although_the_registry_is_taken(place: Place) -> None:
    history, spools = Retained(), SpoolReader(place.folder / "signals")
    watcher = Watcher(Watch(place.state), spools, place.state, place.desk, place.words.append, MONDAY, history, 30)
    place.tell(*probes(*"abcd"))
    place.desk.fails = True
    with pytest.raises(OSError, match="taken"):
        watcher.round(MONDAY + SECOND)
    assert len(history.calls) == 4


def test_what_was_read_goes_only_once_what_came_of_it_is_safe(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = place.start()
    place.tell(*probes(*"ab"))

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(place.state, "save", full)
        with pytest.raises(OSError, match="full"):
            watcher.round(MONDAY + SNAPSHOT_EVERY)
    again = place.start(MONDAY + SNAPSHOT_EVERY)
    place.tell(*probes(*"cd", at=MONDAY + 2 * SECOND))
    again.round(MONDAY + SNAPSHOT_EVERY + SECOND)
    (risk,) = (each for each in place.desk.done if isinstance(each, MoveRisk))
    assert "4 names" in risk.parts[0]


def test_a_snapshot_waits_for_what_was_asked_for(place: Place) -> None:
    watcher = place.start()
    crowd = [IdentitySignal(MONDAY, f"p{number}", "credential_leaked") for number in range(AT_ONCE + 1)]
    place.tell(*crowd)
    watcher.round(MONDAY + SNAPSHOT_EVERY)
    assert place.segments == 1, "a crash now reads again what nobody has acted on yet"
    for number in range(3):
        watcher.round(MONDAY + SNAPSHOT_EVERY + number)
    assert place.segments == 0
    place.tell(*[replace(each, person=f"q{each.person}", at=each.at + SECOND) for each in crowd])
    watcher.round(MONDAY + SNAPSHOT_EVERY + SECOND)
    watcher.close(MONDAY + SNAPSHOT_EVERY + 2 * SECOND)
    assert len({each.who for each in place.desk.done if isinstance(each, Alert)}) == 2 * len(crowd)


def test_a_damaged_file_is_said_and_whoever_is_at_hand_stays(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SECOND)
    watcher.begin_anew(MONDAY + 2 * SECOND)
    watcher.round(MONDAY + 3 * SECOND)
    assert Silent("watch", "damaged", MONDAY + 2 * SECOND) in place.desk.done
    assert (watcher.status.anew_why, watcher.status.anew_at) == ("damaged", MONDAY + 2 * SECOND)
    assert place.state.names() == ["person/ann"]
    place.tell(*probes(*"ef", at=MONDAY + 4 * SECOND), writer="later")
    place.start().round(MONDAY + 5 * SECOND)
    assert "6 names" in [each for each in place.desk.done if isinstance(each, MoveRisk)][-1].parts[0]


def test_p9_a_watch_that_lost_its_memory_tells_nobody_to_be_at_less_risk_than_the_registry_has(place: Place) -> None:
    until = MONDAY + 3 * DAY
    place.desk.standing = [("person/ann", "high", until), ("organization/acme", "elevated", until), ("model/m", "low", until)]
    watcher = place.start(lost="damaged")
    place.tell(*probes(*"abcd"))
    for day in range(3):
        watcher.round(MONDAY + day * DAY + SECOND)
    assert [each for each in place.desk.done if isinstance(each, MoveRisk)] == []
    place.tell(*probes(*"abcd", at=until + SECOND))
    watcher.round(until + 2 * SECOND)
    assert {each.who for each in place.desk.done if isinstance(each, MoveRisk)} >= {"person/ann"}, "then what is seen counts"


def test_what_an_earlier_version_packed_is_put_in_order_by_name(place: Place) -> None:
    watcher = place.start()
    place.tell(*probes(*"abcd"))
    watcher.round(MONDAY + SECOND)
    watcher.save(MONDAY + SECOND)
    turned = replace(shape.NOW, subject=shape.NOW.subject[::-1])
    data = msgspec.msgpack.encode(msgspec.msgpack.decode(place.state.get("person/ann") or b"")[::-1])
    place.state.save([("person/ann", data), ("person/torn", b"x")], {SHAPE: msgspec.msgpack.encode(turned)})
    assert taken_over(place.state) == ""
    place.tell(*probes(*"ef", at=MONDAY + 4 * SECOND), writer="later")
    place.start().round(MONDAY + 5 * SECOND)
    assert "6 names" in [each for each in place.desk.done if isinstance(each, MoveRisk)][-1].parts[0]


@pytest.mark.parametrize("beside", [b"", b"x"])
def test_what_has_no_names_of_its_fields_is_not_guessed_at(place: Place, beside: bytes) -> None:
    assert taken_over(place.state) == "", "nothing was there"
    place.state.save([("person/ann", b"\x91\xa1x")], {SHAPE: beside})
    assert taken_over(place.state) == "version"
    assert place.state.names() == []


def test_pieces_that_are_none_begin_anew(place: Place) -> None:
    older = replace(shape.NOW, cohort=("name",))
    place.state.save([], {SHAPE: msgspec.msgpack.encode(older), WHOLE: msgspec.msgpack.encode({"cohorts": 5})})
    assert taken_over(place.state) == "version"
