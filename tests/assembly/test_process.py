"""What all processes share: a clock in microseconds, and one name for the same settings."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from safeconduct.assembly.process import clock, settings_hash
from safeconduct.settings.load import LogSettings, Settings
from safeconduct.terms.moments import from_datetime


def test_the_clock_counts_microseconds_since_1970() -> None:
    before = from_datetime(datetime.now(UTC))
    now = clock()
    assert before <= now <= from_datetime(datetime.now(UTC))


def test_settings_have_one_name_and_different_ones_another() -> None:
    settings = Settings(log=LogSettings(node="a"))
    again = msgspec.json.decode(msgspec.json.encode(settings), type=Settings)
    assert settings_hash(settings) == settings_hash(again)
    assert settings_hash(settings) != settings_hash(Settings(log=LogSettings(node="b")))
    assert len(bytes.fromhex(settings_hash(settings))) == 32
