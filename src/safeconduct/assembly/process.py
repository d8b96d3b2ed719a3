"""What do our processes agree on? The clock they read, how they name their settings in the log, and how they end."""

from __future__ import annotations

import hashlib
import time

import msgspec

from safeconduct.settings.load import Settings
from safeconduct.terms.moments import Moment

UNFIT = 2  # exit code: what was given cannot be worked with; the process has said why, and starting again will not help


def clock() -> Moment:
    """Now, in microseconds UTC."""
    return time.time_ns() // 1_000


def settings_hash(settings: Settings) -> str:
    """The sha256, in hex, that the first entry of a writer carries for the settings it runs with."""
    return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()
