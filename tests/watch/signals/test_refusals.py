"""The same thing tried again and again, and more refusals than the cohort has."""

from __future__ import annotations

from typing import Any

from safeconduct.exchange import no
from safeconduct.terms.moments import SECOND
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals import refusals
from safeconduct.watch.signals.refusals import see
from safeconduct.watch.subject import fresh
from support.watching import HOUR, MONDAY, call

SKETCH, OTHER = bytes([90, 10] * 32), bytes([10, 246] * 32)


def run(*signals: dict[str, Any], every: int = 30 * SECOND) -> list[float]:
    subject, cohort = fresh("person/ann", MONDAY), team("code")
    cohort.asked, cohort.refused = 5_000.0, 50.0
    found = []
    for number, fields in enumerate(signals):
        seen = see(subject, call(MONDAY + number * every, **fields), cohort)
        found.append(seen.weight if seen else 0.0)
    return found


def test_a_run_of_like_tries_weighs_more_than_a_run_of_unlike_ones() -> None:
    like = run(*[{"refused": True, "sketch": SKETCH}] * 8)
    unlike = run(*[{"refused": True, "sketch": sketch} for sketch in (SKETCH, OTHER)] * 4)
    assert like[0] == like[1] == 0.0
    assert like[-1] > 2.0
    assert like[4] >= unlike[4]


def test_blocks_by_safeguards_are_tries_too() -> None:
    assert run(*[{"code": "safeguard_secrets"}] * 8)[-1] > 1.0
    assert run(*[{"action": "block"}] * 8)[-1] > 1.0
    assert run(*[{"action": "log"}] * 8) == [0.0] * 8


def test_an_outage_of_detectors_speaks_against_nobody() -> None:
    assert refusals.OURS == no.UNAVAILABLE
    assert run(*[{"code": no.UNAVAILABLE, "action": "redact"}] * 50) == [0.0] * 50
    assert not refusals.turned_down(call(MONDAY, code=no.UNAVAILABLE))


def test_single_refusals_over_days_are_ordinary() -> None:
    assert max(run(*([{"refused": True}] + [{}] * 60) * 3, every=HOUR)) == 0.0


def test_more_refusals_than_the_cohort_has_are_said() -> None:
    assert max(run(*([{"refused": True}] + [{}] * 4) * 12, every=HOUR)) > 2.0
