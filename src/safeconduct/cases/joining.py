"""Which open case does something that was seen belong to? The same subject, the same campaign, the same indicator.

1. A mark that two signals share (a template, an indicator, a device) ties them together, whomever they are about: one campaign.
2. Otherwise the same subject ties them together, for as long as the case is fresh.
3. What many share ties nothing together: a mark that stands in more than ``COMMON`` open cases is everyday.
4. A case that grew too large takes no more; the next signal opens another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from safeconduct.terms.moments import SECOND, Moment

FRESH: Final[Moment] = 14 * 86_400 * SECOND  # a subject's new signal joins a case that something happened in since
CAMPAIGN: Final[Moment] = 60 * 86_400 * SECOND  # campaigns pause for longer than people
COMMON: Final = 5
LARGEST: Final = 2_000  # signals of one case


class Open(msgspec.Struct, frozen=True):
    """An open case, as far as joining asks: whom its signals are about, what they share, and when the last one came."""

    id: str
    about: frozenset[str]
    marks: frozenset[str]
    changed_at: Moment
    signals: int = 1


class Joined(msgspec.Struct, frozen=True):
    """The case to join (empty: open one), and why in one sentence."""

    case: str
    why: str


def joined(who: str, marks: Sequence[str], cases: Iterable[Open], now: Moment) -> Joined:
    """Where a signal about ``who`` with these marks belongs. Of several cases the one that changed last."""
    fit = [case for case in cases if case.signals < LARGEST]
    spread = Counter(mark for case in fit for mark in case.marks)
    telling = frozenset(mark for mark in marks if spread[mark] <= COMMON)
    campaign = [case for case in fit if case.marks & telling and now - case.changed_at <= CAMPAIGN]
    if campaign:
        best = max(campaign, key=lambda case: (len(case.marks & telling), case.changed_at, case.id))
        shared = sorted(best.marks & telling)[0]
        return Joined(best.id, f"it shares {shared} with this case")
    same = [case for case in fit if who in case.about and now - case.changed_at <= FRESH]
    if same:
        best = max(same, key=lambda case: (case.changed_at, case.id))
        return Joined(best.id, f"it is about {who}, as this case is")
    return Joined("", "nothing open is about the same subject or shares a mark")
