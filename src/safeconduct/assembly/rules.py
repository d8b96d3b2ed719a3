"""With which settings are rules compiled? Retention classes: those that are always there, and those of the settings; and tiers.

Whoever decides, foretells or derives a decision again asks here, so that all of them answer alike.
"""

from __future__ import annotations

from safeconduct.assembly.home import Home
from safeconduct.exchange.rules import Rules
from safeconduct.settings.load import Settings
from safeconduct.terms.content import CLASS_DAYS


def rules_of(settings: Settings) -> Rules:
    """Rules for an installation with these settings."""
    classes = {**CLASS_DAYS, **{name: each.days for name, each in settings.vault.class_.items()}}
    return Rules(classes, settings.gateway.unrestricted_tiers)


def rules_at(home: Home) -> Rules:
    """Rules for a home as its settings are now. Raises Refused where they cannot be read."""
    return rules_of(home.settings())
