"""Frames: the sizes on disk are a format, and names sort as numbers."""

from __future__ import annotations

from safeconduct.storage.files.frames import COVERED, FRAME_HEAD, SEGMENT_HEAD, segment_name


def test_the_format_does_not_drift() -> None:
    assert (SEGMENT_HEAD.size, FRAME_HEAD.size, COVERED.size) == (16, 8, 17)
    written = FRAME_HEAD.pack(1, 2) + COVERED.pack(3, 2, 4)
    assert written == bytes.fromhex("00000001 00000002 0000000000000003 02 0000000000000004")


def test_names_sort_as_numbers() -> None:
    numbers = [1, 9, 10, 123_456, 2**53 - 1]
    assert sorted(map(segment_name, numbers)) == [segment_name(number) for number in numbers]
