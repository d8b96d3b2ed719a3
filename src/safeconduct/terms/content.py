"""Kept content: what a rule may ask to have kept, for how long, and what the vault says of what it took.

Sealing and storing are the vault's; which rule asks for what is the policy's.
"""

from __future__ import annotations

from typing import Final

import msgspec

RETAIN: Final = "retain"
"""The duty that asks for content to be kept. Its value names a retention class, or is ``BANNED``."""

BANNED: Final = "none"
"""The value of a ``retain`` duty that forbids keeping. It is no class."""

CLASS_DAYS: Final = {"standard": 30, "flagged": 730, "export": 1826}
"""The classes that are always there, in days. The settings may add others."""

PROTECTED: Final = frozenset({"export"})
"""Those of them that erasing may not shorten: records that a law makes us keep (15 CFR 762.6, 22 CFR 122.5: five years)."""

REQUEST: Final = "request"
ANSWER: Final = "answer"


class Kept(msgspec.Struct, frozen=True):
    """What was sealed. ``sha256`` is that of the ciphertext, in hex; ``place`` is where in the vault it lies."""

    sha256: str
    place: str
