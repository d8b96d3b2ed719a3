"""An event is like the one before only where nothing but its text differs; whatever else comes is read thoroughly."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.wire.patterns import MAX_PADDING, Pattern, learned

CHAT = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"%s"},"logprobs":null}]}\n\n'
PADDED = b'data: {"choices":[{"delta":{"content":"%s"}}],"obfuscation":"%s"}\n\n'
NUMBERED = b'data: {"type":"d","sequence_number":%s,"item_id":"i","delta":"%s","logprobs":[]}\n\n'
SPACED = b'data: {"index":0,"delta":{"type":"text_delta","text":"%s"}%s}\n\n'


def of(event: bytes, marker: bytes, text: str, padding: str = "") -> Pattern:
    found = learned(event, marker, text, padding)
    assert found is not None
    return found


def inside(text: str) -> bytes:
    return msgspec.json.encode(text)[1:-1]


@given(st.text(), st.text())
def test_the_text_of_an_event_of_the_same_pattern_is_read_as_json_says(first: str, then: str) -> None:
    assert of(CHAT % inside(first), b'"content":"', first).text(CHAT % inside(then)) == then
    padded = of(PADDED % (inside(first), b"aZ9"), b'"content":"', first, "aZ9")
    assert padded.text(PADDED % (inside(then), b"bb")) == then
    assert padded.text(PADDED % (inside(then), b"")) == then
    numbered = of(NUMBERED % (b"4", inside(first)), b'"delta":"', first)
    assert numbered.text(NUMBERED % (b"5678", inside(then))) == then
    spaced = of(SPACED % (inside(first), b""), b'"text":"', first)
    assert spaced.text(SPACED % (inside(then), b"      ")) == then


PATTERN = of(CHAT % b"one", b'"content":"', "one")
WITH_PADDING = of(PADDED % (b"one", b"abc"), b'"content":"', "one", "abc")
WITH_NUMBER = of(NUMBERED % (b"1", b"one"), b'"delta":"', "one")


@pytest.mark.parametrize(
    "said",
    [b'a","content":"b', b'a"', b"a\\", b'a\\","x":"b', b"a\nb", b"\xff", b"a\\q", b'","content":"'],
)
def test_p3_nothing_that_could_end_the_string_is_taken_for_text(said: bytes) -> None:
    assert PATTERN.text(CHAT % said) is None
    assert WITH_PADDING.text(PADDED % (said, b"abc")) is None
    assert WITH_NUMBER.text(NUMBERED % (b"1", said)) is None


def test_p3_other_bytes_around_the_text_are_another_pattern() -> None:
    assert PATTERN.text((CHAT % b"x").replace(b'"logprobs":null', b'"note":"secret"')) is None
    assert PATTERN.text((CHAT % b"x").replace(b'"id":"c"', b'"id":"d"')) is None
    assert PATTERN.text((CHAT % b"x").replace(b"\n\n", b"\r\n\r\n")) is None
    assert PATTERN.text(b"") is None
    for padding in (b'a","b":"c', b"two words", b"x" * (MAX_PADDING + 1), b"\\u0041"):
        assert WITH_PADDING.text(PADDED % (b"x", padding)) is None
    for number in (b"", b"1.5", b"-1", b'1,"delta":"secret"', b"1" * 30):
        assert WITH_NUMBER.text(NUMBERED % (number, b"x")) is None


def test_what_is_spelled_in_no_usual_way_is_not_learned() -> None:
    assert learned(CHAT % b"\\u0041", b'"content":"', "A", "") is None
    assert learned(CHAT % b"x", b'"text":"', "x", "") is None
    assert learned(PADDED % (b"x", b"a b"), b'"content":"', "x", "a b") is None
