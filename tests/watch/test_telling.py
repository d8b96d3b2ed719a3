"""The registry hears of a risk when it is news, and for no longer than it lasts."""

from __future__ import annotations

from safeconduct.risk.score import ENTER, Evidence, Risk
from safeconduct.watch.subject import Subject, fresh
from safeconduct.watch.telling import LEAST_LASTS, MOST_LASTS, RETELL, is_news, lasts_until
from support.watching import DAY, HOUR, MONDAY


def told(band: str = "low", score: float = 1.6, until: int = MONDAY + DAY) -> Subject:
    subject = fresh("person/ann", MONDAY)
    subject.band, subject.told_score, subject.told_until = band, score, until
    return subject


def test_what_moved_grew_or_would_run_out_is_news_and_nothing_else() -> None:
    subject = told()
    assert not is_news(subject, Risk("low", 1.7), MONDAY)
    assert is_news(subject, Risk("elevated", 3.0), MONDAY)
    assert is_news(subject, Risk("none", 0.2), MONDAY)
    assert is_news(subject, Risk("low", 1.6 + RETELL), MONDAY)
    assert is_news(subject, Risk("low", 1.6), MONDAY + DAY - LEAST_LASTS + 1)
    assert not is_news(fresh("person/ben", MONDAY), Risk("none", 0.9), MONDAY + 30 * DAY)


def test_p9_what_stands_from_before_is_told_to_be_higher_and_never_to_be_lower() -> None:
    subject = told("elevated", 0.0)
    subject.stands_until = MONDAY + DAY
    assert not is_news(subject, Risk("low", 1.7), MONDAY)
    assert not is_news(subject, Risk("elevated", 4.0), MONDAY)
    assert is_news(subject, Risk("high", 5.5), MONDAY)
    assert is_news(subject, Risk("low", 1.7), MONDAY + DAY)


def test_it_lasts_until_what_it_rests_on_has_faded_and_within_bounds() -> None:
    subject = told()
    subject.evidence["probing"] = Evidence("probing", 2 * ENTER[1], MONDAY, DAY, "Seen.")
    assert lasts_until(subject, Risk("low", 3.0), MONDAY) == MONDAY + DAY
    assert lasts_until(subject, Risk("none", 0.0), MONDAY) == MONDAY
    subject.evidence["probing"] = Evidence("probing", 3.0, MONDAY, 90 * DAY, "Seen.")
    assert lasts_until(subject, Risk("low", 3.0), MONDAY) == MONDAY + MOST_LASTS
    assert lasts_until(subject, Risk("high", 6.0), MONDAY) == MONDAY + 2 * HOUR
