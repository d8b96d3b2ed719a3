"""Frames come whole out of any pieces they were cut into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.terms.blocks import Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.scans import MAX_FRAME, MOST_CHARACTERS, Asked, Frames, Heard, Said, asked, framed, said, shortened
from safeconduct.terms.signals import Features

HEARD = Heard((Finding("misuse", "encoder", "", chance=0.25),), Features(b"\x01" * 64, (1, -(2**63)), "en", 12))


@given(st.lists(st.text(max_size=40), max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_messages_survive_any_cut(texts: list[str], cuts: list[int]) -> None:
    sent = [Asked(at, bool(at % 2), Origin.USER, shortened(text)) for at, text in enumerate(texts, 1)]
    data = b"".join(map(framed, sent))
    frames, got, at, turn = Frames(), [], 0, 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        got += [asked(each) for each in frames.feed(data[at : at + step])]
        at, turn = at + step, turn + 1
    assert got == sent


def test_answers_come_back_as_they_were() -> None:
    (message,) = Frames().feed(framed(Said(7, HEARD)))
    assert said(message) == Said(7, HEARD)
    (message,) = Frames().feed(framed(Said(8)))
    assert said(message).heard is None


def test_a_message_beyond_the_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than any"):
        Frames().feed((MAX_FRAME + 1).to_bytes(4, "big"))


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    text = "a" * MOST_CHARACTERS + "b" * MOST_CHARACTERS
    short = shortened(text)
    assert len(short) <= MOST_CHARACTERS + 1
    assert short.startswith("aaa")
    assert short.endswith("bbb")
    assert shortened("\ud800 lone") == "? lone"
