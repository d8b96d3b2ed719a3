"""Spools: what is put down is read once, in order, across segments, crashes and damage; what is not is counted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.storage.files import signals
from safeconduct.storage.files.signals import MOST_WAITING, SpoolReader, SpoolWriter, add_signals, blank
from safeconduct.terms.signals import Beat, CallSignal, IdentitySignal, Seen, Signal


def call(number: int) -> CallSignal:
    return CallSignal(number, f"call_{number}", person="ann", shingles=(number, 2**63), seen=(Seen("d", "k", "request", 1, 0.5),))


def numbers(read: list[Signal]) -> list[int]:
    return [signal.at for signal in read]


def put(spool: SpoolWriter, *which: int) -> None:
    for number in which:
        spool.put(call(number))
    spool.flush()


def test_every_kind_of_signal_comes_back_as_it_was(tmp_path: Path) -> None:
    given_ = [call(1), IdentitySignal(2, "ann", "login", "phone", 1.5, -2.5, "FR", "idp"), Beat(3, "w", 1, 2, ("rules",), True)]
    add_signals(tmp_path, "cli", given_)
    assert list(SpoolReader(tmp_path).read()) == given_


def test_each_signal_is_read_once_while_the_writer_goes_on(tmp_path: Path) -> None:
    spool, reader = SpoolWriter(tmp_path, "boot"), SpoolReader(tmp_path)
    put(spool, 1, 2)
    assert numbers(list(reader.read())) == [1, 2]
    assert list(reader.read()) == []
    put(spool, 3)
    assert reader.backlog() > 0
    assert numbers(list(reader.read())) == [3]
    assert reader.backlog() == 0


def test_who_goes_on_from_kept_positions_misses_nothing_and_reads_nothing_twice(tmp_path: Path) -> None:
    spool, first = SpoolWriter(tmp_path, "boot"), SpoolReader(tmp_path)
    put(spool, 1, 2)
    list(first.read())
    kept = dict(first.positions)
    put(spool, 3)
    spool.close()
    assert numbers(list(SpoolReader(tmp_path, kept).read())) == [3]


def test_what_is_put_down_by_a_writer_that_ends_while_it_is_read_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, reader = SpoolWriter(tmp_path, "boot"), SpoolReader(tmp_path)
    put(spool, 1)
    unlocked = signals._unlocked

    def asked_at_the_last_moment(fd: int) -> bool:
        put(spool, 2)
        spool.close()
        return unlocked(fd)

    monkeypatch.setattr(signals, "_unlocked", asked_at_the_last_moment)
    read = list(reader.read())
    monkeypatch.undo()
    reader.forget()
    assert numbers([*read, *reader.read()]) == [1, 2]


def test_a_segment_goes_only_when_it_was_read_and_what_came_of_it_is_safe(tmp_path: Path) -> None:
    spool, reader = SpoolWriter(tmp_path, "boot", segment_bytes=1), SpoolReader(tmp_path)
    for number in range(3):
        put(spool, number)
    assert numbers(list(reader.read())) == [0, 1, 2]
    assert len(list(tmp_path.glob("*.spool"))) == 3
    reader.forget()
    assert len(list(tmp_path.glob("*.spool"))) == 1, "the one that is still being filled stays"
    put(spool, 3)
    spool.close()
    assert numbers(list(reader.read())) == [3]
    reader.forget()
    assert list(tmp_path.glob("*.spool")) == []
    assert reader.positions == {}


def test_while_nobody_reads_the_spool_stays_bounded_and_the_loss_is_counted(tmp_path: Path) -> None:
    spool = SpoolWriter(tmp_path, "boot", segment_bytes=1, most_segments=2)
    for number in range(5):
        put(spool, number)
    assert len(list(tmp_path.glob("*.spool"))) == 2
    assert spool.lost == 3
    reader = SpoolReader(tmp_path)
    assert numbers(list(reader.read())) == [0, 1]
    reader.forget()
    put(spool, 9)
    assert numbers(list(reader.read())) == [9], "it goes on as soon as there is room"


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    spool = SpoolWriter(tmp_path, "boot")
    for number in range(MOST_WAITING + 5):
        spool.put(Beat(number, "w"))
    assert spool.lost == 5


def test_a_signal_beyond_a_frame_is_lost_alone(tmp_path: Path) -> None:
    spool = SpoolWriter(tmp_path, "boot")
    spool.put(CallSignal(1, "x" * 70_000))
    put(spool, 2)
    assert spool.lost == 1
    assert numbers(list(SpoolReader(tmp_path).read())) == [2]


def test_a_full_disk_loses_signals_and_leaves_whole_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, reader = SpoolWriter(tmp_path, "boot"), SpoolReader(tmp_path)
    put(spool, 1)
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    put(spool, 2, 3)
    monkeypatch.setattr(os, "write", write)
    put(spool, 4)
    assert spool.lost == 2
    assert numbers(list(reader.read())) == [1, 4]


def test_a_torn_end_of_a_dead_writer_is_passed_over(tmp_path: Path) -> None:
    spool = SpoolWriter(tmp_path, "boot")
    put(spool, 1)
    spool.close()
    (path,) = tmp_path.glob("*.spool")
    path.write_bytes(path.read_bytes() + b"\x00\x00\x00\x40half")
    reader = SpoolReader(tmp_path)
    assert numbers(list(reader.read())) == [1]
    assert reader.damaged == 1
    reader.forget()
    assert not path.exists()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_damage_ends_reading_and_hurts_no_other_writer(tmp_path_factory: pytest.TempPathFactory, damage: bytes) -> None:
    folder = tmp_path_factory.mktemp("spool")
    (folder / "bad-000000.spool").write_bytes(damage)
    add_signals(folder, "good", [call(7)])
    reader = SpoolReader(folder)
    assert numbers([each for each in reader.read() if each == call(7)]) == [7]
    reader.forget()
    assert list(folder.glob("*.spool")) == []


def test_signals_that_cannot_be_added_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="1 signals"):
        add_signals(tmp_path, "cli", [CallSignal(1, "x" * 70_000)])


def test_p8_signals_that_are_to_go_are_overwritten_where_they_wait_and_all_others_stay(tmp_path: Path) -> None:
    spool, reader = SpoolWriter(tmp_path, "boot"), SpoolReader(tmp_path)
    put(spool, 1)
    assert numbers(list(reader.read())) == [1]
    spool.put(IdentitySignal(2, "telltale", "login", "telltale-phone"))
    put(spool, 3)
    assert blank(tmp_path, lambda signal: getattr(signal, "person", "") == "telltale") == 1
    assert blank(tmp_path, lambda signal: getattr(signal, "person", "") == "telltale") == 0
    put(spool, 4)
    assert numbers(list(reader.read())) == [3, 4]
    assert reader.damaged == 0
    assert not any(b"telltale" in path.read_bytes() for path in tmp_path.iterdir())
