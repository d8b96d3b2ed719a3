"""Restricted answers that reappear: found verbatim and edited, and no ordinary text beside them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors import reuse as module
from safeconduct.detectors.reuse import GRAM, WINDOW, Asker, Match, Reuse, Source

KEY = bytes(range(32))
WORDS = [
    f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ten", "sur") for b in ("ri", "do", "pa", "vel") for c in ("n", "st", "r", "m", "k")
]


class Memory:
    def __init__(self):
        self.kept = []

    def add(self, source, prints, at):
        self.kept.append((source, set(prints)))

    def matches(self, prints, least):
        wanted = set(prints)
        found = [Match(source, len(kept & wanted)) for source, kept in self.kept]
        return [match for match in found if match.common >= least]


def prose(seed: int, words: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(words))


def where(**over):
    return Asker(**{"organization": "other", "project": "p", "model": "open", **over})


def answered(text: str, prompt: str = "") -> Reuse:
    reuse = Reuse(KEY, Memory())
    reuse.answered(Source("call_1", "acme", "weld", "restricted", "leaf"), [text], [prompt], 1)
    return reuse


def test_a_passage_of_an_answer_is_found_in_a_prompt_elsewhere():
    answer = prose(1, 400)
    reuse = answered(answer)
    asked = prose(2, 60) + "\n" + answer[300:700] + "\n" + prose(3, 60)
    (match,) = reuse.seen(asked, where())
    assert match.source.call == "call_1"
    assert match.common >= 2


def test_layout_and_case_do_not_hide_it():
    answer = prose(4, 200)
    asked = answer.upper().replace(" ", "\n   * ")
    assert answered(answer).seen(asked, where())


def test_the_same_project_and_model_may_quote_its_own_answer():
    answer = prose(5, 200)
    assert not answered(answer).seen(answer, Asker("acme", "weld", "restricted", "another"))
    assert answered(answer).seen(answer, Asker("acme", "other", "restricted", "leaf"))


def test_who_hands_an_answer_to_another_model_within_the_project_may_and_others_may_not():
    answer = prose(5, 200)
    assert not answered(answer).seen(answer, Asker("acme", "weld", "open", "leaf"))
    assert answered(answer).seen(answer, Asker("acme", "weld", "open", "another"))


def test_of_what_the_prompt_said_not_even_the_edges_are_remembered():
    """A quote within other words has other neighbors than in the prompt, and so other fingerprints at its edges."""
    for seed in range(40):
        quoted = prose(seed, 60)
        reuse = answered(f"{prose(1000 + seed, 9)} {quoted} {prose(2000 + seed, 9)}", prompt=quoted)
        assert not reuse.seen(f"{prose(3000 + seed, 9)} {quoted} {prose(4000 + seed, 9)}", where())


def test_texts_that_everybody_has_leave_no_print():
    text = prose(9, 300)
    common = Reuse(KEY, Memory(), module.fingerprints(text))
    assert Reuse(KEY, Memory()).prints(text)
    assert common.prints(text) == []
    around = prose(10, 20), prose(11, 20)
    alone = sum(len(common.prints(each)) for each in around)
    assert len(common.prints(text.join(around))) <= alone + 16, "what surrounds it, and where they meet"
    shipped = module.everybodys()
    assert len(shipped) > 10_000
    assert (shipped[1:] > shipped[:-1]).all()


def test_the_more_is_repeated_the_rarer_it_is_among_benign_prompts():
    chances = [module.chance(common) for common in (0, 1, 2, 3, 4, 9, 100)]
    assert chances == sorted(chances, reverse=True)
    assert (chances[1], chances[2]) == (1.0, max(module.CHANCES.values()))


def test_what_the_prompt_said_itself_is_not_remembered():
    quoted = prose(6, 200)
    reuse = answered(quoted, prompt=quoted)
    assert not reuse.seen(quoted, where())


def test_other_texts_are_not_found():
    reuse = answered(prose(7, 500))
    assert not any(reuse.seen(prose(100 + seed, 300), where()) for seed in range(50))


def test_p8_without_the_key_nothing_can_be_tried():
    text = prose(8, 100)
    assert not set(Reuse(KEY, Memory()).prints(text)) & set(Reuse(KEY[::-1], Memory()).prints(text))


def test_short_keys_are_refused():
    with pytest.raises(ValueError, match="fewer than 16"):
        Reuse(b"short", Memory())


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.integers(0, 10_000))
def test_whatever_two_texts_share_for_long_enough_leaves_a_common_print(before, after, seed):
    shared = prose(seed, 40)
    reuse = Reuse(KEY, Memory())
    assert len(shared.replace(" ", "")) >= GRAM + WINDOW
    assert set(reuse.prints(shared)) & set(reuse.prints(f"{before} {shared} {after}"))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=3000))
def test_any_text_has_prints_that_fit_a_signed_number(text):
    prints = Reuse(KEY, Memory()).prints(text)
    assert prints == sorted(set(prints))
    assert all(-(2**63) <= one < 2**63 for one in prints)
