"""Evidence as an officer records it: what makes somebody a U.S. person or a foreign person under every regime."""

from __future__ import annotations

from safeconduct.terms.standing import FactValue

CITIZEN: tuple[tuple[str, FactValue], ...] = (("us_citizen", "yes"),)
FOREIGN: tuple[tuple[str, FactValue], ...] = (
    ("us_citizen", "no"),
    ("permanent_residence", "none"),
    ("protected_individual", "none"),
)
