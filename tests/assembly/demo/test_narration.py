"""The words of the story say what happened, and say loudly what should not have."""

from __future__ import annotations

from safeconduct.assembly.demo import narration
from safeconduct.assembly.demo.census import Count
from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.chapter import Chapter
from safeconduct.assembly.demo.enrollment import Caller
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import FABLE, MYTHOS, YES, State

WORLD = populate(120, 12)
ONE, OTHER = (Caller(member, False, "sc-key-secret") for member in (WORLD.cast[0], WORLD.cast[-1]))


def test_a_switch_is_told_kind_by_kind_without_secrets() -> None:
    chapter = Chapter(
        State.LETTER, 87.4, cut=[(OTHER, FABLE), (OTHER, MYTHOS)], went_on=[(ONE, MYTHOS)], answers={(ONE, FABLE): YES}
    )
    told = "\n".join(narration.switch(chapter))
    assert "87 ms" in told
    assert f"{OTHER.member.kind}: both models, 2 calls" in told
    assert f"{ONE.member.kind}: {MYTHOS}, 1 calls" in told
    assert "WRONG" not in told
    assert "promised" not in told
    assert "secret" not in told


def test_what_was_wrong_or_late_is_said() -> None:
    told = narration.switch(Chapter(State.LETTER, 1500.0, wrong=[f"mistake {number}" for number in range(25)]))
    assert any("1000 ms promised" in line for line in told)
    assert "  WRONG: mistake 0" in told
    assert "  WRONG: and 5 more" in told


def test_the_population_is_told_in_numbers() -> None:
    told = " ".join(narration.population(WORLD, 125, 321))
    assert "120 people with 125 memberships in 12 organizations" in told
    assert "321 changes" in told


def test_what_an_officer_saw_before_the_approval_is_told() -> None:
    figures = {"seats": 100, "lost": 30, "gained": 2}
    told = " ".join(narration.preview("letter", {"figures": figures, "live": {FABLE: 7}, "readiness": {"share": 0.95}}, 1.2))
    for words in ("Of 100 seats 30 would lose", "2 gain one", "95.0%", "7 live sessions", "in 1.2 s"):
        assert words in " ".join(told.split())


def test_what_deciding_everybody_came_to_is_said_with_what_was_wrong() -> None:
    count = Count(2, FABLE, 70, 30, 25, 3, 2, 0, 0, 0, 1, 1, 0)
    told = narration.counted(Counted([count, count], ["somebody: named instead of yes"], 100, 0, 10, 0, 1.5))
    assert told == [
        "  Beside it all 100 seats were decided for both models in 1.5 s, 10 of them once more one by one; wrong: 2.",
        "  WRONG: somebody: named instead of yes",
    ]


def test_a_log_that_does_not_hold_is_said() -> None:
    assert narration.proof({}, 0, 0) == ["  THE LOG DOES NOT HOLD."]
    found = {"holds": True, "size": 9, "writers": 2, "acts": 1, "decided": 4, "ended": 4, "outcomes": {"cut": 1, "served": 3}}
    told = narration.proof(found, 1, 1)
    assert "  It tells of 1 calls that were cut; the clients saw 1." in told
    assert any("1 cut, 3 served" in line for line in told)
