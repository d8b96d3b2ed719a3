"""Do many accounts fill in one template? Shingles that are shared by many accounts and stand in many distinct texts.

A table of fixed size: a shingle's slot has its tag and three small bitmaps, of accounts, of texts and of organizations. A bit is
chosen by a hash, so that bits count distinct ones well enough. A slot that several accounts share stays; others make room.

One account's own repetition is nothing here, and neither is one text that many send: it takes both. A template that one team
shares is weaker evidence than one that runs across organizations; a declared batch application is none at all.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import day_of
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.subject import Subject, note

KIND: Final = "templates"
SLOTS: Final = 1 << 20  # 20 MB; half a million shingles find room beside each other
ACCOUNTS: Final = 8
TEXTS: Final = 8
BITS: Final = 7  # of 32 that eight distinct ones set, on the average
HOT: Final = 12  # shingles of one text
PART: Final = 0.25  # of its shingles
KEEP_DAYS: Final = 7
TIMES: Final = 2  # texts of one account before it is said
CERTAIN: Final = 4.0
TEAM: Final = 1.5

_WORD: Final = 2**64 - 1
Table = npt.NDArray[np.uint32]


class Templates:
    """The shingles of the last week, over everybody."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._mask = np.uint64(slots - 1)
        self._tags: Table = np.zeros(slots, np.uint32)
        self._accounts: Table = np.zeros(slots, np.uint32)
        self._texts: Table = np.zeros(slots, np.uint32)
        self._organizations: Table = np.zeros(slots, np.uint32)
        self._days: npt.NDArray[np.uint16] = np.zeros(slots, np.uint16)

    def see(self, subject: Subject, signal: CallSignal) -> Detected | None:
        """Look at one text, and remember its shingles."""
        shingles = np.array([each & _WORD for each in signal.shingles], np.uint64)  # they may come signed
        hot, shared, everywhere, name = self._taken(shingles, subject, signal)
        if hot < HOT or hot < PART * len(shingles):
            return None
        note(subject.template_calls, signal.call)
        subject.template_hits = min(9_999, subject.template_hits + 1)
        subject.template = name
        if subject.template_hits < TIMES:
            return None
        said = f"{subject.template_hits} texts fill in a template that at least {shared} accounts share"
        calls = tuple(reversed(subject.template_calls))
        if everywhere:
            return Detected(KIND, CERTAIN, f"{said}, across organizations.", calls, 7 * DAY, certain=True, campaign=name)
        return Detected(KIND, TEAM, f"{said}, all of one organization.", calls, 3 * DAY, campaign=name)

    def _taken(self, shingles: npt.NDArray[np.uint64], subject: Subject, signal: CallSignal) -> tuple[int, int, bool, str]:
        """Mark the shingles; how many of them are hot, how many accounts share them, across organizations or not."""
        places = (shingles & self._mask).astype(np.int64)
        tags = (shingles >> np.uint64(24)).astype(np.uint32)
        day = day_of(signal.at) & 0xFFFF
        same = self._tags[places] == tags
        if not same.all():
            self._make_room(places[~same], tags[~same], day)
            same = self._tags[places] == tags
        mine, mine_tags = places[same], tags[same]
        account, text = _bit(subject.who), np.uint32(1 << int(shingles.sum(dtype=np.uint64) >> np.uint64(59)))
        accounts = self._accounts[mine] | account
        texts = self._texts[mine] | text
        organizations = self._organizations[mine] | _bit(signal.organization)
        self._accounts[mine], self._texts[mine], self._organizations[mine] = accounts, texts, organizations
        self._days[mine] = day
        shared = np.bitwise_count(accounts)
        hot = (shared >= BITS) & (np.bitwise_count(texts) >= BITS)
        count = int(hot.sum())
        if not count:
            return 0, 0, False, ""
        wide = int((np.bitwise_count(organizations[hot]) >= 2).sum())
        return count, int(np.median(shared[hot])), 2 * wide >= count, f"T-{int(mine_tags[hot].min()):08x}"

    def _make_room(self, places: npt.NDArray[np.int64], tags: Table, day: int) -> None:
        """Slots that nobody shares, or that are old, are taken over."""
        old = ((day - self._days[places].astype(np.int64)) & 0xFFFF) > KEEP_DAYS
        free = (np.bitwise_count(self._accounts[places]) < 3) | old
        taken = places[free]
        self._tags[taken] = tags[free]
        self._accounts[taken] = self._texts[taken] = self._organizations[taken] = 0
        self._days[taken] = day

    def dump(self) -> bytes:
        """The shared slots, for a snapshot; what one account alone said is not worth keeping."""
        kept = np.flatnonzero(np.bitwise_count(self._accounts) >= 2)[:200_000]
        tables = (kept.astype(np.uint32), self._tags[kept], self._accounts[kept], self._texts[kept], self._organizations[kept])
        return b"".join(table.astype("<u4").tobytes() for table in (*tables, self._days[kept].astype(np.uint32)))

    def load(self, data: bytes) -> None:
        """Take back what ``dump`` gave. What is not of its form is let go."""
        count = len(data) // 24
        if not count or len(data) % 24:
            return
        rows = np.frombuffer(data, "<u4").reshape(6, count)
        places = rows[0].astype(np.int64)
        if int(places.max()) > int(self._mask):
            return
        self._tags[places], self._accounts[places], self._texts[places] = rows[1], rows[2], rows[3]
        self._organizations[places], self._days[places] = rows[4], rows[5].astype(np.uint16)


def _bit(name: str) -> np.uint32:
    return np.uint32(1 << (crc32(name.encode("utf-8", "replace")) * 2_654_435_761 >> 7 & 31))
