"""Features tell equal texts apart from different ones, and hold none of their words."""

from __future__ import annotations

from safeconduct.assembly.features import MOST_SHINGLES, features


def test_shingles_are_of_eight_words_and_no_more_than_are_kept() -> None:
    words = " ".join(f"word{at}" for at in range(9))
    assert len(features(words, b"", "en").shingles) == 2
    assert features("too few words for one shingle", b"", "en").shingles == ()
    long = features(" ".join(f"w{at}" for at in range(500)), b"s", "en")
    assert len(long.shingles) == MOST_SHINGLES
    assert all(-(2**63) <= each < 2**63 for each in long.shingles)


def test_case_and_space_do_not_matter_and_words_do() -> None:
    one = features("Write the eight words that make a shingle", b"", "")
    assert features("write  the eight words\nthat make A shingle", b"", "").shingles == one.shingles
    assert features("write the nine words that make a shingle", b"", "").shingles != one.shingles
    assert features("é", b"x", "fr").text_bytes == 2
