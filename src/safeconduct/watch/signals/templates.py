"""Do many accounts fill in one template? Shingles that are shared by many accounts and stand in many distinct texts.

A table of fixed size: a shingle's slot has its tag, the day it was last seen, and three small bitmaps, of accounts, of texts and
of cohorts. A bit is chosen by a hash, so that bits count distinct ones well enough. A slot that several accounts share stays;
others make room.

One account's own repetition is nothing here, and neither is one text that many send: it takes both. A template that one team
shares is weaker evidence than one that runs across teams or organizations, or that more use than a team has; a declared batch
application is none at all.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import cohort_of, day_of
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.subject import Subject, note

KIND: Final = "templates"
SLOTS: Final = 1 << 19  # 10 MB; a quarter of a million shingles find room beside each other
BITS: Final = 7  # of 32: what eight distinct accounts, or texts, set on the average
CROWD: Final = 21  # of 32: what 35 accounts set; more than a team
COHORTS: Final = 2
HOT: Final = 12  # shingles of one text
PART: Final = 0.25  # of its shingles
MOSTLY: Final = 0.5  # of them, where nothing but the crowd speaks
KEEP_DAYS: Final = 7
TIMES: Final = 2  # texts of one account before it is said
CERTAIN: Final = 4.0
TEAM: Final = 1.2
MOST_KEPT: Final = 200_000
_WORD: Final = 2**64 - 1
_TAG, _ACCOUNTS, _TEXTS, _COHORTS, _DAY = range(5)

Table = npt.NDArray[np.uint32]


class Templates:
    """The shingles of the last week, over everybody."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._mask = np.uint64(slots - 1)
        self._table: Table = np.zeros((slots, 5), np.uint32)

    def see(self, subject: Subject, signal: CallSignal) -> Detected | None:
        """Look at one text, and remember its shingles."""
        count = len(signal.shingles)
        if count < HOT:
            return None
        rows = self._taken(signal, subject)
        shared = np.bitwise_count(rows[:, _ACCOUNTS])
        hot = (shared >= BITS) & (np.bitwise_count(rows[:, _TEXTS]) >= BITS)
        found = int(hot.sum())
        if found < HOT or found < PART * count:
            return None
        note(subject.template_calls, signal.call)
        subject.template_hits = min(9_999, subject.template_hits + 1)
        subject.template = name = f"T-{int(rows[hot, _TAG].min()):08x}"
        if subject.template_hits < TIMES:
            return None
        accounts = int(np.median(shared[hot]))
        wide = int((np.bitwise_count(rows[hot, _COHORTS]) >= COHORTS).sum()) * 2 >= found
        crowd = accounts >= CROWD and found >= MOSTLY * count
        calls = tuple(reversed(subject.template_calls))
        said = f"{subject.template_hits} texts fill in a template that at least {accounts} accounts share"
        if wide or crowd:
            where = "across teams or organizations" if wide else "more than a team has"
            return Detected(KIND, CERTAIN, f"{said}, {where}.", calls, 7 * DAY, certain=True, campaign=name)
        return Detected(KIND, TEAM, f"{said}, all of one team.", calls, 3 * DAY, campaign=name)

    def _taken(self, signal: CallSignal, subject: Subject) -> Table:
        """Mark the shingles of a text; the rows of those that have a slot."""
        shingles = np.array([each & _WORD for each in signal.shingles], np.uint64)  # they may come signed
        places = (shingles & self._mask).astype(np.int64)
        tags = (shingles >> np.uint64(24)).astype(np.uint32)
        day = day_of(signal.at)
        rows = self._table[places]
        same = rows[:, _TAG] == tags
        if not same.all():  # slots that nobody shares, or that are old, are taken over
            free = ~same & ((np.bitwise_count(rows[:, _ACCOUNTS]) < 3) | (rows[:, _DAY].astype(np.int64) + KEEP_DAYS < day))
            rows[free] = 0
            rows[free, _TAG] = tags[free]
            mine = same | free
            rows, places = rows[mine], places[mine]
        rows[:, _ACCOUNTS] |= _bit(subject.who)
        rows[:, _TEXTS] |= np.uint32(1 << (int(shingles.sum(dtype=np.uint64)) * 0x9E3779B97F4A7C15 >> 40 & 31))
        rows[:, _COHORTS] |= _bit(cohort_of(subject))
        rows[:, _DAY] = day
        self._table[places] = rows
        return rows

    def dump(self) -> bytes:
        """The shared slots, for a snapshot; what one account alone said is not worth keeping."""
        kept = np.flatnonzero(np.bitwise_count(self._table[:, _ACCOUNTS]) >= 2)[:MOST_KEPT]
        whole = np.column_stack((kept.astype(np.uint32), self._table[kept]))
        return whole.astype("<u4").tobytes()

    def load(self, data: bytes) -> None:
        """Take back what ``dump`` gave. What is not of its form is let go."""
        if not data or len(data) % 24:
            return
        rows = np.frombuffer(data, "<u4").reshape(-1, 6)
        places = rows[:, 0].astype(np.int64)
        if int(places.max()) <= int(self._mask):
            self._table[places] = rows[:, 1:]


def _bit(name: str) -> np.uint32:
    return np.uint32(1 << (crc32(name.encode("utf-8", "replace")) * 2_654_435_761 >> 7 & 31))
