"""What was sealed is recognized, what was altered is not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.upstreams.simulated import seal


@settings(max_examples=50)
@given(st.text(max_size=80), st.text(max_size=80))
def test_a_signature_holds_for_its_own_text_only(text: str, other: str) -> None:
    assert seal.signed(text, seal.sign(text))
    assert seal.signed(other, seal.sign(text)) == (other == text)


@settings(max_examples=50)
@given(st.text(max_size=80), st.data())
def test_an_opaque_item_shows_any_change(text: str, data: st.DataObject) -> None:
    item = seal.wrap(text)
    assert seal.wrapped(item)
    at = data.draw(st.integers(0, len(item) - 5))
    swapped = "A" if item[at] != "A" else "B"
    assert not seal.wrapped(item[:at] + swapped + item[at + 1 :])


def test_what_is_no_seal_at_all_is_not_one() -> None:
    for text in ("", "?", "c2ltdWxhdGVk", "\udc80"):
        assert not seal.wrapped(text)
        assert not seal.signed("x", text)
