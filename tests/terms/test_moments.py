"""Moments are exact, carry zones on the way in, and survive every JSON reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.terms import moments

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=ZONES))  # noqa: DTZ001 - the bounds of a strategy
def test_a_moment_shown_and_read_again_is_the_same(stamp: datetime) -> None:
    at = moments.from_datetime(stamp)
    assert moments.parse(moments.show(at)) == at
    assert moments.from_datetime(stamp.astimezone(UTC)) == at
    assert 0 < at < 2**53


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="no zone"):
        moments.parse("2026-06-12T17:21:00")
    with pytest.raises(ValueError, match="Invalid isoformat"):
        moments.parse("yesterday")


def test_the_letter_of_june_is_shown_in_utc() -> None:
    assert moments.show(moments.parse("2026-06-12T17:21:00-04:00")) == "2026-06-12T21:21:00Z"


def test_forever_sorts_last_and_is_shown_as_open() -> None:
    assert moments.parse("9999-12-31T23:59:59Z") > 0
    assert moments.parse("2199-12-31T23:59:59Z") < moments.FOREVER
    assert moments.show(moments.FOREVER) == "open"
