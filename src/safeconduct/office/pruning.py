"""May the front of a log go? Two persons have to want it; whether its entries may go at all, the log shows (``assembly.prune``).

The request is the whole act: once both agreed, whoever carries it out names it, within ``DAYS``. Nothing in the registry changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from safeconduct.office.asking import Asking

BUNDLE: Final = 256  # entries go in whole bundles (C2SP tlog-tiles, Pruning)
DAYS: Final = 7  # an agreement that nobody used by then was for another day


@dataclass(frozen=True, slots=True)
class PruneLog:
    """Entries below ``below`` of the tree whose origin is ``id`` go for good; hashes and proofs of the rest stay."""

    act: ClassVar[str] = "log.prune"
    id: str
    below: int
    why: str


def prune(act: PruneLog, ask: Asking) -> None:
    """P9: what goes out of the log cannot be brought back, so nobody takes it out alone."""
    ask.wants_text("origin", act.id)
    ask.wants_text("reason", act.why)
    if not act.why:
        ask.refuse("no_reason", "a log is not pruned without a reason", "give one: --why")
    if act.below <= 0 or act.below % BUNDLE:
        ask.refuse("bad_index", f"{act.below} is no whole number of bundles", f"give a multiple of {BUNDLE}")
    ask.wants_second(f"the entries below {act.below} of {act.id} go for good")
