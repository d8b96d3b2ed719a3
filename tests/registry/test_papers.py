"""Which organization do two persons agree a name is? Nothing counts that one said, or that is disputed."""

from __future__ import annotations

import pytest

from safeconduct.registry.papers import InstrumentRecord, Match


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ((), {}),
        ((("acme", ("one",)),), {}),
        ((("acme", ("one", "two")),), {("a", "Acme"): "acme"}),
        ((("acme", ("one", "two")), ("other", ("three",))), {("a", "Acme"): "acme"}),
        ((("acme", ("one", "two")), ("other", ("three", "four"))), {}),
    ],
)
def test_a_name_counts_once_two_said_the_same_and_no_two_say_otherwise(
    said: tuple[tuple[str, tuple[str, ...]], ...], chosen: dict[tuple[str, str], str]
) -> None:
    matches = tuple(Match("a", "Acme", organization, actors) for organization, actors in said)
    assert InstrumentRecord("x", 1, "", "", {}, "draft", 1, "one", matches=matches).chosen() == chosen
