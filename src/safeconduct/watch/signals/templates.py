"""Do many accounts fill in one template? Shingles that are shared by many accounts and stand in many distinct texts.

A table of fixed size: a shingle's slot has its tag, a day, and three small bitmaps, of accounts, texts and cohorts. A bit is
chosen by a hash, so that bits count distinct ones well enough. A shingle may lie in one of four slots. A slot that many accounts
share stays while it is seen, one of a few for a day after the last of them came; others make room, those that fewest hold first.
Each account may take over so many slots a day, so a handful that works together holds a small part of the table.

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
FEW: Final = 3  # a slot of fewer accounts makes room at once
YOUNG_DAYS: Final = 1
WAYS: Final = 4
SHARE: Final = 4_096  # slots that one account may take over in a day: every text of some hundred calls, 0.8% of the table
TIMES: Final = 2  # texts of one account before it is said
CERTAIN: Final = 4.0
TEAM: Final = 1.2
MOST_KEPT: Final = 200_000
_WORD: Final = 2**64 - 1
_TAG, _ACCOUNTS, _TEXTS, _COHORTS, _DAY = range(5)

_NOWHERE: Final = 1 << 40

Table = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Templates:
    """The shingles of the last week, over everybody."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._mask = np.uint64(slots - 1)
        self._ways = min(WAYS, slots)
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
        tags = (shingles >> np.uint64(24)).astype(np.uint32)
        day = day_of(signal.at)
        places, known = self._places(shingles, tags, day)
        mine = known | self._claimed(~known & (places >= 0), subject, day)
        places, tags, known = places[mine], tags[mine], known[mine]
        rows = self._table[places]
        rows[~known] = 0
        rows[:, _TAG] = tags
        first = (rows[:, _ACCOUNTS] & _bit(subject.who)) == 0
        rows[:, _ACCOUNTS] |= _bit(subject.who)
        rows[:, _TEXTS] |= np.uint32(1 << (int(shingles.sum(dtype=np.uint64)) * 0x9E3779B97F4A7C15 >> 40 & 31))
        rows[:, _COHORTS] |= _bit(cohort_of(subject))
        rows[first | (np.bitwise_count(rows[:, _ACCOUNTS]) >= BITS), _DAY] = day
        self._table[places] = rows
        return rows

    def _places(self, shingles: Words, tags: Table, day: int) -> tuple[Places, Flags]:
        """Where each shingle lies or may lie (-1: nowhere), and whether it lies there already.

        Of its slots the one that fewest accounts hold makes room, the oldest of those; chance decides among equals.
        """
        ways = np.arange(self._ways)
        every = (shingles & self._mask & ~np.uint64(self._ways - 1)).astype(np.int64)[:, None] + ways
        rows = self._table[every]
        same = rows[:, :, _TAG] == tags[:, None]
        held = np.bitwise_count(rows[:, :, _ACCOUNTS]).astype(np.int64)
        age = day - rows[:, :, _DAY].astype(np.int64)
        free = (held < FEW) | ((held < BITS) & (age >= YOUNG_DAYS)) | (age > KEEP_DAYS)
        chance = (tags[:, None] >> (3 * ways).astype(np.uint32)) & np.uint32(7)
        rank = np.where(free, held * 4_096 - np.clip(age, 0, 255) * 8 + chance, _NOWHERE)
        known = same.any(1)
        way = np.where(known, same.argmax(1), rank.argmin(1))
        each = np.arange(len(shingles))
        return np.where(known | free[each, way], every[each, way], -1), known

    @staticmethod
    def _claimed(wanted: Flags, subject: Subject, day: int) -> Flags:
        """Which slots an account may take over: so many a day.

        INVARIANT: a few accounts that work together cannot fill the table, nor push others out of it.
        """
        if subject.template_day != day:
            subject.template_day, subject.template_claims = day, 0
        claims = np.flatnonzero(wanted)
        wanted[claims[max(0, SHARE - subject.template_claims) :]] = False
        subject.template_claims = min(SHARE, subject.template_claims + len(claims))
        return wanted

    def dump(self) -> bytes:
        """The shared slots for a snapshot, those that most share first; what one account alone said is not worth keeping."""
        shared = np.bitwise_count(self._table[:, _ACCOUNTS]).astype(np.int64)
        kept = np.flatnonzero(shared >= 2)
        if len(kept) > MOST_KEPT:
            kept = np.sort(kept[np.argsort(-shared[kept], kind="stable")[:MOST_KEPT]])
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
