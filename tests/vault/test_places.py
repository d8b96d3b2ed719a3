"""Places in the vault: one way to write each, and no text that leads elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.vault.places import Place, read_place, writer_of

LEADING_ELSEWHERE = (
    "",
    "standard/2026-06/a:",
    "standard/2026-06/a:-1",
    "standard/2026-06/a:01",
    "standard/2026-06/a:1 ",
    "standard/2026-06/a:٣",
    "standard/2026-06/../../x:8",
    "../2026-06/a:8",
    "standard/../a:8",
    "/standard/2026-06/a:8",
    "standard//a:8",
    "standard/2026-06/a/b:8",
    "standard/2026-06/.:8",
    "standard/2026-06/a\x00:8",
    "standard/2026-06/a.blobs:8",
    "standard/2026-06/a:99999999999999999",
    "Standard/2026-06/a:8",
)


@pytest.mark.parametrize("text", LEADING_ELSEWHERE)
def test_a_text_that_would_lead_elsewhere_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"vault|beyond"):
        read_place(text)


@settings(max_examples=100)
@given(
    st.sampled_from(["standard", "a-b"]),
    st.sampled_from(["2026-06", "1999-12"]),
    st.from_regex(r"[a-z0-9-]{1,72}", fullmatch=True),
    st.integers(0, 2**53),
)
def test_what_is_written_is_read_again(kept_class: str, month: str, writer: str, offset: int) -> None:
    place = Place(kept_class, month, writer, offset)
    assert read_place(str(place)) == place


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_a_place_written_in_one_way_or_none(text: str) -> None:
    try:
        place = read_place(text)
    except ValueError:
        return
    assert str(place) == text


def test_the_writer_of_a_call_is_its_boot() -> None:
    assert writer_of("call_a1b2c3_1f") == "a1b2c3"
    for other in ("", "call_", "call__1", "call_a/b_1", "other_a_1", "call_a"):
        assert writer_of(other) == ""
