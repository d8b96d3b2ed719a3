"""Program tiers: how dangerous may the use be that a project was approved for? The one list, from harmless to forbidden.

A tier is what a project was judged to be, and rules ask for it as ``principal.tier``. It is no model's tier.
"""

from __future__ import annotations

from enum import StrEnum


class ProgramTier(StrEnum):
    """In order of what is allowed to the ones approved for it; ``prohibited`` stands outside: it allows nothing, ever."""

    BENIGN = "benign"
    LOW_RISK_DUAL_USE = "low-risk-dual-use"
    HIGH_RISK_DUAL_USE = "high-risk-dual-use"
    PROHIBITED = "prohibited"


REACH: tuple[str, ...] = (ProgramTier.BENIGN, ProgramTier.LOW_RISK_DUAL_USE, ProgramTier.HIGH_RISK_DUAL_USE)
"""The tiers that allow something; each later one allows what the earlier ones do not."""


def widens(before: str, after: str) -> bool:
    """Whether a project that was ``before`` may do more once it is ``after``: then a safeguard is lowered.

    A tier that is not in the list (from an old history) is taken for the least: any tier that allows something widens it.
    """
    if after not in REACH:
        return False
    return before not in REACH or REACH.index(after) > REACH.index(before)
