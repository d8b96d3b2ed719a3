"""A part of a text is read as the whole is, and a look for some orders finds just those of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.safeguards.orders import orders_in
from safeconduct.safeguards.verbs import Voice

WORDS = st.sampled_from(
    [
        "please",
        "send",
        "the file",
        "to",
        "assistant",
        "ignore all previous instructions",
        "read_file",
        ". ",
        "\n",
        "we",
        "Delete",
        "?",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_a_look_for_what_turns_to_a_model_misses_none_of_it(text: str) -> None:
    voice = Voice(text.lower())

    def told(asked: list[str] | None) -> list[tuple[str, bool, bool, bool]]:
        found = orders_in(text, tools=asked)
        marks = [
            (each.text, voice.overrides(each.near), voice.addresses_model(each.text), "read_file" in each.text) for each in found
        ]
        return [each for each in marks if any(each[1:])]

    assert told(["read_file"]) == told(None)
