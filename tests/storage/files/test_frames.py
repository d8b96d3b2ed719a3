"""Frames: the bytes on disk are a format, and names sort as numbers."""

from __future__ import annotations

from zlib import crc32

from safeconduct.audit.chain import CLOSES, LENGTH_MASK, MARK_MASK, MARK_SHIFT, REF_SHIFT
from safeconduct.storage.files.frames import GROUP_HEAD, ROW_BYTES, SEGMENT_HEAD, pack_group, segment_name


def test_the_format_does_not_drift() -> None:
    assert (SEGMENT_HEAD.size, GROUP_HEAD.size, ROW_BYTES) == (16, 24, 40)
    words = [4 << REF_SHIFT | CLOSES << MARK_SHIFT | 3, 5]
    table = (
        bytes.fromhex(
            "00000002 0000000000000007 0000000000000008"  # count, first seq, length
            "0000000000120003 0000000000000005"
        )
        + bytes(32)
        + b"\xff" * 32
    )
    assert pack_group(7, words, [bytes(32), b"\xff" * 32], [b"abc", b"defgh"]) == (
        crc32(table).to_bytes(4, "big") + table + b"abcdefgh"
    )


def test_a_word_holds_three_numbers() -> None:
    word = 77 << REF_SHIFT | CLOSES << MARK_SHIFT | LENGTH_MASK
    assert (word >> REF_SHIFT, word >> MARK_SHIFT & MARK_MASK, word & LENGTH_MASK) == (77, CLOSES, 65_535)


def test_names_sort_as_numbers() -> None:
    numbers = [1, 9, 10, 123_456, 2**53 - 1]
    assert sorted(map(segment_name, numbers)) == [segment_name(number) for number in numbers]
