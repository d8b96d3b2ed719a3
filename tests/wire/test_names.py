from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.wire.names import MAX_NAME, canonical_candidate


@pytest.mark.parametrize("name", ["claude-fable-5", "gpt-5.5-2026-04-01", "anthropic/claude-opus-4-8:batch", "ft:gpt-4@x", "A"])
def test_a_plain_name_is_its_own_candidate(name: str) -> None:
    assert canonical_candidate(name) is name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " claude-fable-5",
        "claude-fable-5 ",
        "claude-fable-5\n",
        "claude-fable-5\x00",
        "claude\u200b-fable-5",
        "cl\u0430ude-fable-5",
        "claude-fable-\uff15",
        "claude\u2011fable-5",
        "claude-fable-5\ufeff",
        "claude%2dfable-5",
        "claude-fable-5?x",
        "x" * (MAX_NAME + 1),
    ],
)
def test_lookalikes_name_nothing(name: str) -> None:
    assert canonical_candidate(name) is None


@given(st.text(max_size=200))
def test_nothing_is_ever_changed(name: str) -> None:
    assert canonical_candidate(name) in (None, name)
    if canonical_candidate(name) is not None:
        assert name.isascii()
        assert name.isprintable()
        assert name == name.strip()
