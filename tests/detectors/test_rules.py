"""All detectors in one pass: places in code points, over blocks, in every form, in linear time and bounded."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors import canaries
from safeconduct.detectors.rules import ALL, MOST, MOST_READ, Rules
from safeconduct.terms.blocks import Block, Origin
from support import detecting

_KEY = "ghp_4z7hwIWPxs66XOuILzCcT9AWzUR8BXLiHMA7"


def test_places_are_code_points_of_the_block() -> None:
    texts = ("ordinary", f"schlüssel 🙂: {_KEY}!", "日本語 a.b@rhyta.com")
    found = detecting.rules().scan(detecting.blocks(*texts))
    assert [(one.path, one.kind) for one in found] == [("$[1]", "github_token"), ("$[2]", "email")]
    assert texts[1][found[0].start : found[0].end] == _KEY
    assert texts[2][found[1].start : found[1].end] == "a.b@rhyta.com"


def test_only_wanted_detectors_are_asked() -> None:
    texts = detecting.blocks(f"{_KEY} a.b@rhyta.com")
    assert {one.detector for one in detecting.rules().scan(texts, ALL)} == {"secrets", "personal"}
    assert {one.detector for one in detecting.rules().scan(texts, frozenset({"personal"}))} == {"personal"}
    assert detecting.rules().scan(texts, frozenset()) == []


@pytest.mark.parametrize("cut", [2, 3, 6, 20, 36])
def test_p4_a_secret_in_two_blocks_is_found_in_both(cut: int) -> None:
    texts = detecting.blocks(f"it is {_KEY[:cut]}", f"{_KEY[cut:]} as I said")
    found = detecting.rules().scan(texts)
    assert [(one.path, one.start, one.end) for one in found] == [("$[0]", 6, 6 + cut), ("$[1]", 0, len(_KEY) - cut)]


def test_p4_a_secret_in_two_messages_is_found_over_the_answer_between() -> None:
    first, answer, second = detecting.blocks(f"first half {_KEY[:20]}", "go on", _KEY[20:])
    between = Block(answer.path, answer.text, Origin.ASSISTANT, 1)
    assert [one.path for one in detecting.rules().scan([first, between, second])] == ["$[0]", "$[2]"]


@pytest.mark.parametrize("place", range(len(detecting.samples(Random(1)))))
def test_p4_every_form_is_found_between_other_words(place: int) -> None:
    sample = detecting.samples(Random(place))[place]
    assert detecting.findings(sample)
    around = detecting.findings(f"Äußerst wichtig: \n{sample}\nund so weiter")
    assert around, sample


def test_findings_carry_nothing_of_the_content() -> None:
    for sample in detecting.samples(Random(3)):
        for one in detecting.findings(sample):
            assert sample[one.start : one.end] not in one.said


def test_many_findings_are_told_as_one_more() -> None:
    text = " ".join(f"a{place}@rhyta.com" for place in range(500))
    found = detecting.findings(text)
    assert len(found) == MOST + 1
    assert (found[-1].start, found[-1].end) == (text.index(f"a{MOST}@"), len(text))


@pytest.mark.parametrize("flood", ["TOP SECRET// ", "password is ", "a@b.co ", "Authorization: Bearer "])
def test_p4_what_nobody_has_time_to_read_counts_as_found(flood: str) -> None:
    hidden = " ghp_R7k2Qw9ZxT4mVb8NcY1uHs6JfLp3Da5EgK0o"
    text = flood * (3 * MOST_READ) + hidden
    found = Rules().scan([Block("$.first", "harmless", Origin.USER), Block("$.long", text, Origin.USER)])
    assert any(each.detector == "secrets" and each.path == "$.long" and each.end == len(text) for each in found)
    assert not [each for each in found if each.path == "$.first" and each.detector == "secrets"]


def test_lone_surrogates_are_read_like_anything_else() -> None:
    text = f"\ud800 {_KEY} \udfff"
    assert detecting.seen(text) == [("github_token", _KEY)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_nothing_raises_and_spans_are_within(text: str) -> None:
    for one in detecting.findings(text):
        assert 0 <= one.start < one.end <= len(text)
    assert 0 <= detecting.rules().open(text) <= len(text)


@pytest.mark.parametrize(
    "flood",
    [
        "\nAKIA",
        "(",
        "QUtJ",
        "QUtJ\n",
        "4 1 ",
        "a@b.c ",
        "%41",
        '"+"',
        "password is ",
        "\u200ba",
        "eyJ.",
        "%41 ",
        "&#65;",
        "\\u0041",
        "=41=41 ",
        "\\x41\\x41\\x41\\x41 ",
    ],
)
def test_a_flood_takes_linear_time(flood: str) -> None:
    spent = []
    for size in (60_000, 480_000):
        text = flood * (size // len(flood))
        start = time.process_time()
        detecting.findings(text)
        spent.append(max(time.process_time() - start, 0.02))
    assert spent[1] < spent[0] * 8 * 3


def test_the_version_tells_the_tables_and_the_lists() -> None:
    plain = Rules()
    assert plain.version == Rules().version
    assert plain.version != Rules(legends=["Project X"]).version
    one, other = (canaries.of(b"k" * 16, [word]) for word in ("canary-0000-aa", "canary-0000-bb"))
    assert plain.renewed(canaries=one, legends=[]).version != plain.renewed(canaries=other, legends=[]).version
    assert [one.name for one in plain.manifests()] == ["secrets", "markings", "personal"]


def test_open_is_the_same_for_a_text_that_was_scanned_and_one_that_was_not() -> None:
    text = f"so {_KEY[:20]}"
    fresh = detecting.rules().open("".join(text))
    detecting.findings(text)
    assert detecting.rules().open(text) == fresh == 3
