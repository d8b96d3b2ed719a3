"""The text of a checkpoint: three lines, strictly written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.head import Checkpoint, NoteInvalid, decimal, digest, unbase64
from safeconduct.audit.tree import MAX_SIZE


@settings(max_examples=50, deadline=None)
@given(st.integers(0, MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_a_text_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("log.example/a", size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@pytest.mark.parametrize("text", ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "٣", "9" * 17, str(MAX_SIZE + 1)])
def test_a_size_is_written_one_way(text: str) -> None:
    with pytest.raises(NoteInvalid):
        decimal(text)


@pytest.mark.parametrize("text", ["A", "AB==", "AA=", "AA==\n", "A A=", "_-8="])
def test_base64_is_written_one_way(text: str) -> None:
    with pytest.raises(NoteInvalid):
        unbase64(text)


def test_a_hash_has_32_bytes() -> None:
    with pytest.raises(NoteInvalid, match="32 bytes"):
        digest("AAAA")
