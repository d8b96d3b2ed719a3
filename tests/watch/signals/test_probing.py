"""Names of models that are not granted, tried within a day."""

from __future__ import annotations

from safeconduct.watch.signals.probing import see
from safeconduct.watch.subject import fresh
from support.watching import DAY, MONDAY, call


def probe(subject: object, name: str, at: int = MONDAY, code: str = "model_not_found") -> float:
    found = see(subject, call(at, requested=name, code=code))  # type: ignore[arg-type]
    return found.weight if found else 0.0


def test_two_names_are_a_typing_error_and_each_further_one_weighs_more() -> None:
    subject = fresh("person/ann", MONDAY)
    assert [probe(subject, name) for name in "aabb"] == [0.0] * 4
    weights = [probe(subject, name) for name in "cdefghij"]
    assert weights == sorted(weights)
    assert weights[0] > 1.0
    assert weights[-1] == 6.0


def test_names_of_yesterday_are_forgotten() -> None:
    subject = fresh("person/ann", MONDAY)
    for name in "abcd":
        probe(subject, name)
    assert probe(subject, "e", MONDAY + 2 * DAY) == 0.0


def test_other_refusals_are_no_probing() -> None:
    subject = fresh("person/ann", MONDAY)
    assert [probe(subject, name, code="not_kept") for name in "abcdef"] == [0.0] * 6
