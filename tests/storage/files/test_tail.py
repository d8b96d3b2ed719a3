"""Following another process's journal: whole frames in order, torn ends passed over, gaps never."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.entries import MAX_ENTRY_BYTES
from safeconduct.storage.files.frames import GROUP_HEAD, ROW_BYTES, segment_name
from safeconduct.storage.files.tail import JournalDamaged, JournalFolder, JournalTail
from support.audit_home import LogHome, call, crash
from support.audit_samples import decided


def seqs(tail: JournalTail) -> list[int]:
    found = []
    while groups := tail.read():
        for first, words, _, _ in groups:
            found += range(first, first + len(words))
    return found


def test_a_tail_follows_as_the_writer_writes(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    tail = JournalTail(home.journal / "w")
    assert seqs(tail) == [1]
    assert seqs(tail) == []
    for number in range(20):
        call(writer, f"c{number}")
        assert seqs(tail) == [2 * number + 2, 2 * number + 3]
    writer.close()
    assert seqs(tail) == [42]


@pytest.mark.parametrize("after", [0, 1, 5, 20, 41, 42])
def test_a_tail_starts_anywhere(tmp_path: Path, after: int) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    for number in range(20):
        call(writer, f"c{number}")
    writer.close()
    assert seqs(JournalTail(home.journal / "w", after)) == list(range(after + 1, 43))


@pytest.mark.parametrize("keep", [0, 1, 7, 8, 24, 25, 300])
def test_a_torn_last_frame_is_not_read(tmp_path: Path, keep: int) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w", segment_bytes=65_536)
    call(writer, "a")
    end = writer._offset
    call(writer, "torn", None)
    crash(writer)
    path = home.journal / "w" / segment_name(1)
    data = path.read_bytes()
    path.write_bytes(data[: end + keep] + bytes(len(data) - end - keep))
    assert seqs(JournalTail(home.journal / "w")) == [1, 2, 3]


def test_groups_larger_than_one_reading_are_read(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w", segment_bytes=32 * 1024 * 1024)
    large = decided()
    large.rules = ("x" * (MAX_ENTRY_BYTES - 1000),)
    writer.append_sync(*(decided() for _ in range(300)), *[large] * 300)
    writer.append_sync(decided())
    tail = JournalTail(home.journal / "w")
    assert seqs(tail) == list(range(1, 603))
    writer.append_sync(decided())
    assert seqs(tail) == [603]


def test_a_flipped_bit_ends_the_reading(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w", segment_bytes=65_536)
    begin = writer._offset
    call(writer, "a")
    crash(writer)
    path = home.journal / "w" / segment_name(1)
    entry = begin + GROUP_HEAD.size + ROW_BYTES
    for place in (*range(begin, entry + 40, 3), entry + 300):  # CRC, count, seq, length, word, leaf hash, entry
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)
        assert seqs(JournalTail(home.journal / "w")) == [1]
        data[place] ^= 1
        path.write_bytes(data)
    assert seqs(JournalTail(home.journal / "w")) == [1, 2, 3]


def test_p2_a_lost_segment_is_damage_and_not_the_end(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    for number in range(20):
        call(writer, f"c{number}")
    crash(writer)
    segments = sorted((home.journal / "w").glob("*.wal"))
    segments[1].unlink()
    with pytest.raises(JournalDamaged, match="lacks entries"):
        seqs(JournalTail(home.journal / "w"))
    segments[0].unlink()
    with pytest.raises(JournalDamaged, match="lacks entries 1 to"):
        seqs(JournalTail(home.journal / "w"))


def test_left_segments_are_released_and_never_too_many(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    for number in range(20):
        call(writer, f"c{number}")
    tail = JournalTail(home.journal / "w")
    tail.release(20)
    assert seqs(JournalTail(home.journal / "w", 20)) == list(range(21, 42))
    tail.release(41)
    assert len(list((home.journal / "w").glob("*.wal"))) == 1
    call(writer, "later")
    assert seqs(JournalTail(home.journal / "w", 41)) == [42, 43]


def test_a_folder_lists_boots_and_nothing_else(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    folder = JournalFolder(home.journal)
    assert folder.boots() == []
    home.writer("b")
    home.writer("a").close()
    (home.journal / ".half-made").mkdir()
    (home.journal / "a-file").write_text("")
    assert folder.boots() == ["a", "b"]
    tail = folder.follow("a", 0)
    assert not tail.alive()
    tail.remove()
    assert folder.boots() == ["b"]
    assert not tail.alive()


def test_a_segment_begun_and_not_written_is_nothing_yet(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    crash(writer)
    (home.journal / "w" / segment_name(2)).write_bytes(bytes(64))
    assert seqs(JournalTail(home.journal / "w")) == [1]


def test_a_journal_is_read_from_the_oldest_entry_that_still_lies_there(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w", segment_bytes=512)
    for number in range(40):
        call(writer, f"c{number}")
    folder = JournalFolder(home.journal)
    assert seqs(folder.oldest("w")) == list(range(1, 82))
    folder.follow("w", 0).release(30)
    tail = folder.oldest("w")
    assert 0 < tail.after <= 30
    assert seqs(folder.oldest("w")) == list(range(tail.after + 1, 82))
