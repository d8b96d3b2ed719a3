"""Records of sealed content: read as they were written, torn ends told from whole ones, removal that harms no neighbor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.vault.records import MAX_HEAD, MAX_NAME, erased, pack, read_head

KEY, WRAP = b"i" * 16, b"w" * 60


@settings(max_examples=60)
@given(st.text(max_size=60), st.sampled_from(["request", "answer"]), st.integers(0, 2**53), st.binary(max_size=300))
def test_a_record_is_read_as_it_was_written(call: str, part: str, at: int, sealed: bytes) -> None:
    head, found = pack(call, part, at, KEY, WRAP, sealed)
    record = read_head(head + sealed + b"more")
    assert record is not None
    assert (record.call, record.part, record.at, record.key, record.wrap) == (call, part, at, KEY, WRAP)
    assert (record.sha256, record.size, record.head_size, record.gone) == (found, len(sealed), len(head), False)
    assert len(head) <= MAX_HEAD


@settings(max_examples=60)
@given(st.integers(0, 200), st.integers(1, 255))
def test_an_altered_byte_of_what_stays_is_no_record(at: int, by: int) -> None:
    head, _ = pack("call_a_1", "answer", 7, KEY, WRAP, b"sealed")
    record = read_head(head)
    assert record is not None
    altered = bytearray(head)
    at %= record.rest_at
    altered[at] ^= by
    assert read_head(bytes(altered)) is None


def test_every_torn_head_is_no_record() -> None:
    head, _ = pack("call_a_1", "answer", 7, KEY, WRAP, b"sealed")
    assert all(read_head(head[:size]) is None for size in range(len(head)))


def test_what_is_removed_half_way_is_gone_and_the_next_is_found() -> None:
    """However far the zeros got, the record keeps its length."""
    sealed = b"sealed"
    head, _ = pack("call_a_1", "answer", 7, KEY, WRAP, sealed)
    record = read_head(head)
    assert record is not None
    for far in range(1, erased(record) + 1):
        struck = head[: record.rest_at] + bytes(far) + (head + sealed)[record.rest_at + far :]
        found = read_head(struck)
        assert found is not None
        assert found.gone
        assert found.length == record.length


def test_what_does_not_fit_is_refused() -> None:
    for call, key, wrap in (("c" * (MAX_NAME + 1), KEY, WRAP), ("c", KEY[1:], WRAP), ("c", KEY, WRAP[1:])):
        with pytest.raises(ValueError, match="fit"):
            pack(call, "answer", 7, key, wrap, b"")
