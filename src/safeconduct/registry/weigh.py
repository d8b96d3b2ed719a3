"""What do several pieces of evidence about one thing add up to at a moment?

Rules, in order:

1. Evidence counts from ``verified_at``; until then it is as if it were not there.
2. Evidence is in force in the half-open interval ``[verified_at, expires_at)``.
3. Two pieces that say different things and were ever in force at the same moment contradict each other. Time does not heal
   that, and neither does a renewal: only a person who withdraws the wrong piece can tell which it is.
4. Otherwise the pieces in force agree, and what they say is known until the last of them expires.
5. Evidence of which nothing is in force any more is expired; no evidence at all is unknown.

What a piece says is for the caller to read out of a record; which fact rests on what is for ``facts`` and ``derive``.

INVARIANT (P1): only evidence that is verified, unexpired and uncontradicted makes a thing known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactState, FactStatus, FactValue

UNKNOWN: Final = FactState(FactStatus.UNKNOWN)
CONTRADICTED: Final = FactState(FactStatus.CONTRADICTED)

Piece = tuple[Moment, Moment, FactValue]
"""One piece of evidence: verified at, expires at, what it says."""


def weigh(pieces: Sequence[Piece], now: Moment) -> FactState:
    """The state that pieces of evidence, all verified by ``now``, add up to. Order does not matter."""
    if len(pieces) == 1:
        _, expires, value = pieces[0]
        return FactState(FactStatus.KNOWN, value, expires) if now < expires else FactState(FactStatus.EXPIRED, None, expires)
    if not pieces:
        return UNKNOWN
    if contradict(pieces):
        return CONTRADICTED
    last = max(pieces, key=_expires)
    if now < last[1]:
        return FactState(FactStatus.KNOWN, last[2], last[1])
    return FactState(FactStatus.EXPIRED, None, last[1])


def contradict(pieces: Sequence[Piece]) -> bool:
    """Whether two pieces that say different things were ever in force at the same moment (rule 3)."""
    ends: dict[FactValue, Moment] = {}
    for verified, expires, value in sorted(pieces, key=_verified):
        if any(end > verified and other != value for other, end in ends.items()):
            return True
        ends[value] = max(expires, ends.get(value, expires))
    return False


def _verified(piece: Piece) -> Moment:
    return piece[0]


def _expires(piece: Piece) -> Moment:
    return piece[1]
