"""With which retention classes are rules compiled? Those that are always there, and those of the settings.

Whoever decides, foretells or derives a decision again asks here, so that all of them answer alike.
"""

from __future__ import annotations

from safeconduct.assembly.home import Home
from safeconduct.exchange.rules import Rules
from safeconduct.settings.load import Settings
from safeconduct.terms.content import CLASS_DAYS


def rules_of(settings: Settings) -> Rules:
    """Rules for an installation with these settings."""
    return Rules({**CLASS_DAYS, **{name: each.days for name, each in settings.vault.class_.items()}})


def rules_at(home: Home) -> Rules:
    """Rules for a home as its settings are now. Raises Refused where they cannot be read."""
    return rules_of(home.settings())
