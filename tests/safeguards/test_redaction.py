"""What was taken out comes back, letter by letter, and only what this very call took out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.safeguards.redaction import Placeholders, count, told
from safeconduct.terms.blocks import Block, Edit, Origin

text = st.text(st.sampled_from("ab []:1redacted\nsecrets"), max_size=40)


def test_the_same_text_has_the_same_placeholder_and_another_another() -> None:
    held = Placeholders()
    assert held.take("secrets", "k1") == "[redacted:secrets:1]"
    assert held.take("secrets", "k2") == "[redacted:secrets:2]"
    assert held.take("secrets", "k1") == "[redacted:secrets:1]"
    assert held.take("personal", "k1") == "[redacted:personal:3]"
    assert len(held) == 3


def test_what_reads_like_a_placeholder_already_is_never_handed_out() -> None:
    held = Placeholders([Block("$", "see [redacted:secrets:1] there", Origin.USER)])
    assert held.take("secrets", "k") == "[redacted:secrets:2]"
    assert held.restore("[redacted:secrets:1] and [redacted:secrets:2]") == "[redacted:secrets:1] and k"


@given(st.lists(st.tuples(text, st.text(min_size=1, max_size=10)), min_size=1, max_size=5), text)
def test_what_was_taken_out_comes_back(pieces: list[tuple[str, str]], tail: str) -> None:
    blocks = [Block("$", before, Origin.USER) for before, _ in pieces] + [Block("$", tail, Origin.USER)]
    held = Placeholders(blocks)
    sent = "".join(before + held.take("secrets", secret) for before, secret in pieces) + tail
    assert held.restore(sent) == "".join(before + secret for before, secret in pieces) + tail or "[redacted:" in tail


@given(st.integers(0, 60))
def test_a_placeholder_that_is_not_whole_yet_is_open(cut: int) -> None:
    held = Placeholders()
    sent = f"before {held.take('secrets', 'k')} and [ after"
    part = sent[:cut]
    at = held.open(part)
    assert held.restore(part[:at]) + held.restore(part[at:] + sent[cut:]) == held.restore(sent)


def test_nothing_is_open_where_nothing_was_taken_out() -> None:
    assert Placeholders().open("a [redacted:") == len("a [redacted:")
    assert Placeholders().restore("[redacted:secrets:1]") == "[redacted:secrets:1]"


def test_what_was_taken_out_is_counted_by_detector() -> None:
    places = Placeholders()
    edits = [
        Edit("$", 0, 1, places.take(name, text)) for name, text in [("b-plug", "x"), ("a", "y"), ("b-plug", "x"), ("a:1", "z")]
    ]
    counts: dict[str, int] = {}
    count(edits, counts)
    assert told(counts) == ("a=1", "a:1=1", "b-plug=2")
