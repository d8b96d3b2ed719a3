"""Two devices at two places faster than anybody travels, and credentials that were reported as leaked."""

from __future__ import annotations

from typing import Any

import pytest

from safeconduct.terms.signals import IdentitySignal
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.signals.travel import distance, see
from safeconduct.watch.subject import Subject, fresh
from support.watching import DAY, HOUR, MONDAY

PARIS, TOKYO, LYON = (48.85, 2.35), (35.68, 139.69), (45.76, 4.84)


def login(subject: Subject, at: int, place: tuple[float, float], device: str, knobs: Knobs | None = None, **more: Any) -> float:
    found = see(subject, IdentitySignal(at, "ann", "login", device, *place, **more), knobs or Knobs())
    return found.weight if found else 0.0


def settled() -> Subject:
    subject = fresh("person/ann", MONDAY)
    login(subject, MONDAY - 30 * DAY, PARIS, "laptop")
    login(subject, MONDAY - 29 * DAY, PARIS, "phone")
    return subject


def test_a_new_device_far_away_within_an_hour_weighs_more_than_a_known_one() -> None:
    known, new = settled(), settled()
    assert login(known, MONDAY, PARIS, "laptop") == 0.0
    login(new, MONDAY, PARIS, "laptop")
    assert login(new, MONDAY + HOUR, TOKYO, "stranger") > login(known, MONDAY + HOUR, TOKYO, "phone") > 2.0


def test_a_flight_a_train_and_a_device_that_is_at_two_places_are_no_impossible_travel() -> None:
    subject = settled()
    login(subject, MONDAY, PARIS, "laptop")
    assert login(subject, MONDAY + HOUR, TOKYO, "laptop") == 0.0
    login(subject, MONDAY + DAY, PARIS, "laptop")
    assert login(subject, MONDAY + DAY + 14 * HOUR, TOKYO, "phone") == 0.0
    login(subject, MONDAY + 3 * DAY, PARIS, "laptop")
    assert login(subject, MONDAY + 3 * DAY + 2 * HOUR, LYON, "phone") == 0.0


def test_logins_through_a_companys_egress_say_nothing_about_a_place() -> None:
    subject, knobs = settled(), Knobs(egress=frozenset({"vpn", "SG"}))
    login(subject, MONDAY, PARIS, "laptop")
    assert login(subject, MONDAY + HOUR, TOKYO, "stranger", knobs, source="vpn") == 0.0
    assert login(subject, MONDAY + HOUR, TOKYO, "stranger", knobs, country="SG") == 0.0


def test_a_login_without_a_place_or_a_device_says_nothing() -> None:
    subject = settled()
    assert see(subject, IdentitySignal(MONDAY, "ann", "login", "new"), Knobs()) is None
    assert login(subject, MONDAY, TOKYO, "") == 0.0
    assert see(subject, IdentitySignal(MONDAY, "ann", "device_changed", "new"), Knobs()) is None


def test_a_leaked_credential_is_certain() -> None:
    found = see(settled(), IdentitySignal(MONDAY, "ann", "credential_leaked"), Knobs())
    assert found is not None
    assert found.certain


def test_distances_are_those_of_the_globe() -> None:
    assert distance(*PARIS, *TOKYO) == pytest.approx(9_712, rel=0.01)
    assert distance(*PARIS, *PARIS) == 0.0
    assert distance(0, 0, 0, 180) == pytest.approx(20_015, rel=0.01)
