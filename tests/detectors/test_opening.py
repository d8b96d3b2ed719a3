"""What may leave is never part of a later finding, wherever a text is cut; and ordinary prose is hardly held."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors import opening
from safeconduct.terms.findings import Finding
from support import detecting


def _covered(one: Finding, held_from: int, there: list[Finding]) -> bool:
    """What has left of a later finding was in a finding of the same detector already."""
    return one.start >= held_from or any(
        other.detector == one.detector and other.start <= one.start and other.end >= min(one.end, held_from) for other in there
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_nothing_of_a_later_finding_was_let_out(seed: int) -> None:
    random = Random(seed)
    text = detecting.mixture(random)
    later = detecting.findings(text)
    for cut in sorted(random.sample(range(len(text) + 1), min(8, len(text)))):
        held_from = detecting.rules().open(text[:cut])
        there = detecting.findings(text[:cut])
        for one in later:
            assert _covered(one, held_from, there), (one, held_from, cut, text)


def test_every_sample_is_held_at_every_cut() -> None:
    for sample in detecting.samples(Random(7)):
        text = "as follows: " + sample
        later = detecting.findings(text)
        assert later, sample
        for cut in range(len(text)):
            held_from = detecting.rules().open(text[:cut])
            there = detecting.findings(text[:cut])
            assert all(_covered(one, held_from, there) for one in later), (sample, cut, held_from)


def test_prose_is_held_for_less_than_a_word() -> None:
    text = "the quick brown fox jumps over the lazy dog, and nothing else happens in this quiet sentence. "
    for tail in ("", "noth", "nothing", "nothing "):
        assert len(text + tail) - detecting.rules().open(text + tail) <= 8
    assert opening.run(text + "noth") == len(text)


def test_what_is_held_is_bounded() -> None:
    for flood in ("a", "A ", "1 ", "(", "ghp_a ", "-----BEGIN PRIVATE KEY-----\n", "\u200b", "QUtJ\n"):
        text = flood * (20_000 // len(flood))
        assert len(text) - detecting.rules().open(text) <= opening.LONGEST


def test_a_password_of_several_words_is_held_until_its_quote_closes() -> None:
    text = 'password = "correct horse battery 9" and so on'
    (later,) = detecting.findings(text)
    for cut in range(text.index("correct"), text.index('" and') + 1):
        assert detecting.rules().open(text[:cut]) <= later.start


def test_an_unfinished_key_is_held_from_its_header() -> None:
    text = "here:\n-----BEGIN PRIVATE KEY-----\n" + "QUtJ4z7QUtJ4z7b\n" * 20
    assert 0 <= text.index("-----BEGIN") - detecting.rules().open(text) <= 64
