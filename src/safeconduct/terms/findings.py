"""A finding: what a detector saw in a text; and what is to be done about findings."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

SAFEGUARD: Final = "safeguard"
"""The duty that asks for a safeguard. Its value is ``DETECTOR[.KIND] DIRECTION ACTION[ at RATE]``, for example
``secrets request redact`` or ``misuse both hold at 0.001``; DIRECTION is ``request``, ``answer`` or ``both``."""


SEVERAL: Final = "several"
"""The kind of a finding that stands for more than can be told or read one by one: an order about any kind counts for it."""


class Action(IntEnum):
    """What is done about a finding, in order of strength. The strongest that any rule asks for is done."""

    LOG = 0
    WARN = 1  # the caller is told, and goes on
    REDACT = 2  # taken out on the way, put back in the answer
    JUSTIFY = 3  # refused unless the caller says why
    HOLD = 4  # refused until a human released it
    BLOCK = 5
    CUT = 6  # an answer under way is ended


class Finding(msgspec.Struct, frozen=True):
    """``kind`` is the detector's own name for what it saw (``aws_access_key``). ``start`` and ``end`` are code points in the
    text at ``path``; both 0 where the whole text is meant. ``chance`` is the share of benign texts that look so, 0.0 for an
    exact match. ``said`` describes it in a few words, never by its content.
    """

    detector: str
    kind: str
    path: str
    start: int = 0
    end: int = 0
    chance: float = 0.0
    said: str = ""
