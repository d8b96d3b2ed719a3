"""The judge is asked about what the models find doubtful, once they have spoken, and where a rule says so about everything."""

from __future__ import annotations

import pytest

from safeconduct.exchange.doubt import READS, Doubts, awaited, confirmed, doubts, heard_of, judge_of
from safeconduct.exchange.inspecting import inspect
from safeconduct.safeguards import seen
from safeconduct.safeguards.judging import Category, Judgment
from safeconduct.safeguards.ports import About, Enabled, Nothing, Process, Remote, Wanted
from safeconduct.safeguards.seen import CLEAN, Heard, Seen
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding
from support.guards import plan

ME = b"k" * 32
JUDGE = Process("judge", (Remote("judge", "1", READS),))
SORTER = Process("sorter", (Remote("misuse", "1", frozenset({Origin.USER, Origin.DOCUMENT})),))
BOTH = Enabled(Nothing(), {}, processes=(JUDGE, SORTER), gray=0.05)
ALONE = Enabled(Nothing(), {}, processes=(JUDGE,), gray=0.05)
USER = Block("$.a", "from the user", Origin.USER)
DOCUMENT = Block("$.b", "from a document", Origin.DOCUMENT)
ABOUT = About("call_1", "welding")


def models(**chances: float) -> dict[bytes, Heard]:
    """What the models said of the user's text and of the document."""
    by = {"user": USER, "document": DOCUMENT}
    return {
        seen.key(ME, f"sorter\0{SORTER.version}", by[name]): Heard((Finding("misuse", "w", "", chance=chance),))
        for name, chance in chances.items()
    }


def asked(enabled: Enabled, heard: dict[bytes, Heard], *orders: str) -> Doubts:
    return doubts([USER, DOCUMENT], plan(*orders), enabled, Seen(), heard, ME, ABOUT)


def texts(found: list[Wanted]) -> list[str]:
    return [each.text for each in found]


def test_a_text_of_the_gray_zone_waits_and_no_other() -> None:
    found = asked(BOTH, models(user=0.05, document=0.051), "judge request block")
    assert texts(found.waits) == ["from the user"]
    assert not found.later
    assert found.waits[0].about == ABOUT


def test_what_no_model_has_looked_at_is_doubtful() -> None:
    assert texts(asked(ALONE, {}, "judge request hold").waits) == ["from the user", "from a document"]
    assert texts(asked(BOTH, models(user=0.9), "judge request hold").waits) == ["from a document"]


def test_everything_means_what_the_user_says() -> None:
    found = asked(BOTH, models(user=0.9, document=0.9), "judge.all request block")
    assert texts(found.waits) == ["from the user"]


def test_the_stronger_order_says_whether_a_text_waits() -> None:
    found = asked(BOTH, models(user=0.01, document=0.01), "judge request block", "judge.all request log")
    assert texts(found.waits) == ["from the user", "from a document"]
    found = asked(BOTH, models(user=0.01, document=0.01), "judge request log", "judge.all request block")
    assert (texts(found.waits), texts(found.later)) == (["from the user"], ["from a document"])


def test_without_an_order_or_a_judge_nobody_is_asked() -> None:
    assert asked(BOTH, {}, "misuse request block") == Doubts([], [], [])
    assert asked(Enabled.NONE, {}, "judge request block") == Doubts([], [], [])
    assert judge_of(Enabled.NONE) is None


def test_where_nobody_waits_it_is_the_models_that_say_what_is_asked_about() -> None:
    found = asked(BOTH, {}, "judge request log")
    assert not found.waits
    assert [each.if_gray for each in found.later] == [True, True]
    said = {
        (USER.text, USER.origin): Heard((Finding("misuse", "w", "", chance=0.01),)),
        (DOCUMENT.text, DOCUMENT.origin): Heard((Finding("misuse", "w", "", chance=0.2),)),
    }
    assert texts(confirmed(found.later, said, 0.05)) == ["from the user"]
    assert confirmed(found.later, {}, 0.05) == []


def test_a_call_that_waits_for_the_judge_waits_for_the_models_first() -> None:
    assert awaited(plan("judge request log")) == awaited(plan("judge.all request block")) == frozenset()
    assert "misuse" in awaited(plan("judge request warn"))
    orders = plan("judge request block")
    first = inspect([USER], orders, BOTH, Seen(), {}, ME, ABOUT)
    assert [each.process for each in first.waits] == ["sorter"]
    heard = models(user=0.01)
    second = inspect([USER], orders, BOTH, Seen(), heard, ME, ABOUT)
    assert [each.process for each in second.waits] == ["judge"]
    judged = {**heard, second.waits[0].key: Heard((Finding("judge", "cyber", "", chance=0.1),))}
    third = inspect([USER], orders, BOTH, Seen(), judged, ME, ABOUT)
    assert not third.waits
    assert [(each.detector, each.path) for each in third.findings if each.detector == "judge"] == [("judge", "$.a")]


def test_another_purpose_is_another_question() -> None:
    (first,) = doubts([USER], plan("judge request block"), ALONE, Seen(), {}, ME, ABOUT).waits
    (other,) = doubts([USER], plan("judge request block"), ALONE, Seen(), {}, ME, About("call_2", "cooking")).waits
    (again,) = doubts([USER], plan("judge request block"), ALONE, Seen(), {}, ME, About("call_3", "welding")).waits
    assert first.key == again.key != other.key


@pytest.mark.parametrize(
    ("judgments", "kind", "chance"),
    [
        ([(Category.CYBER, 0.25), (Category.FRAUD, 0.75), (Category.NONE, 1.0)], "fraud", 0.25),
        ([(Category.NONE, 0.0), (Category.CBRN, 0.0)], "cbrn", 1.0),
    ],
)
def test_the_surest_judgment_counts(judgments: list[tuple[Category, float]], kind: str, chance: float) -> None:
    (found,) = heard_of([Judgment(*each) for each in judgments]).findings
    assert (found.detector, found.kind, found.chance) == ("judge", kind, chance)


def test_ordinary_work_is_no_finding() -> None:
    assert heard_of([Judgment(Category.NONE, 0.1)]) is CLEAN
