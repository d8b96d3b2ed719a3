"""Do the registry's rows say what the log says was done? The comparison of both, act by act and row by row; no I/O.

The log leads: each act that it records names the place of its first change, how many there are, and a digest that only those
changes make. Three streams are walked side by side, in order of place: the log's acts, the registry's acts, the registry's rows.

1. A row whose words do not make its hash was edited. Where the act's entry names the hashes, so is one whose hash is another.
2. The hashes of an act's rows make the digest in the entry, or one of them was edited.
3. What no entry speaks of was put in behind the log's back; what an entry speaks of and is not there was taken out.
4. A row without words has to be listed by an erasure that the log knows, and what is listed has to be without words.
5. Once an entry named hashes, no later row is of a version that had none: else whoever takes them out could edit at will.

Memory does not grow with either side. INVARIANT (P6): what differs is named with its place; an honest history never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

from safeconduct.inquiry.differing import RESTORE as RESTORE
from safeconduct.inquiry.differing import ActRow as ActRow
from safeconduct.inquiry.differing import Difference as Difference
from safeconduct.inquiry.differing import Performed as Performed
from safeconduct.inquiry.differing import Row as Row
from safeconduct.inquiry.erased_rows import ERASED, Erasures
from safeconduct.registry.changes import Digest, FirstDigest, row_hash, salt_proof
from safeconduct.terms.moments import Moment

REDACTED: Final = "redacted"
"""The last step of an erasure, which comes after ``erasure.done``."""
Item = TypeVar("Item")


class Comparison:
    """See the module. ``differences`` walks once; ``acts`` and ``rows`` count what was compared."""

    def __init__(
        self,
        performed: Iterable[Performed],
        acts: Iterable[ActRow],
        rows: Iterable[Row],
        erased: Iterable[int] = (),
        since: int = 1,
    ) -> None:
        """``since`` is the first place that the log still speaks of (more than 1 after pruning); ``erased`` as in Erasures."""
        self._performed = performed
        self._acts = _Ahead(acts)
        self._rows = _Ahead(rows)
        self._erasures = Erasures(list(erased))
        self._next = since
        self._moment: Moment = 0  # of the last row that was found as recorded
        self._hashed = False  # whether the walk is past the acts of versions whose rows had no hashes
        self.acts = 0
        self.rows = 0

    def differences(self) -> Iterator[Difference]:
        """Everything that differs, in order of place."""
        self._pass_over()
        for entry in self._performed:
            if entry.count < 1 or entry.first < self._next:
                what = f"the entry claims changes {entry.first} to {entry.last}, which another entry stands for"
                yield _of(entry, "entry_overlaps", what, "compare with a copy of the log made earlier")
                continue
            yield from self._before(entry.first)
            if entry.first > self._next:
                what = f"changes {self._next} to {entry.first - 1} are neither in the log nor in the registry"
                yield Difference(code="gap", what=what, mend=RESTORE, seq=self._next, until=entry.first - 1)
            yield from self._compared(entry)
            self._next = entry.last + 1
        yield from self._before(None)
        yield from self._erasures.differences()

    def _pass_over(self) -> None:
        """What the log does not speak of any more."""
        while (act := self._acts.head) is not None and act.first < self._next:
            self._acts.take()
        while (row := self._rows.head) is not None and row.seq < self._next:
            self._rows.take()

    def _before(self, first: int | None) -> Iterator[Difference]:
        """What stands in the registry before the next recorded act, or behind the last one: no entry speaks of it."""
        while (act := self._acts.head) is not None and (first is None or act.first < first):
            self._acts.take()
            what = f"the act {act.name[:64]!r} ({_places(act.first, act.last)} its own) stands in the registry and not in the log"
            mend = "find out who wrote into the registry's file, and restore it"
            yield Difference(code="act_unrecorded", what=what, mend=mend, seq=act.first, until=act.last, act=act.name[:64])
        started, last = 0, 0
        while (row := self._rows.head) is not None and (first is None or row.seq < first):
            self._rows.take()
            started, last = started or row.seq, row.seq
        if started:
            what = f"{_places(started, last)} in the registry, and the log knows nothing of it"
            mend = "find out who wrote into the registry's file, and restore it"
            yield Difference(code="row_unrecorded", what=what, mend=mend, seq=started, until=last)

    def _compared(self, entry: Performed) -> Iterator[Difference]:
        self.acts += 1
        self._hashed = self._hashed or bool(entry.hashes)
        act, whole = self._acts.head, False
        if act is not None and act.first == entry.first:
            self._acts.take()
            whole = (act.digest, act.last, act.name) == (entry.digest, entry.last, entry.act) and not _other_salt(act)
            if not whole:
                yield _of(
                    entry, "act_edited", f"the registry's row of the act {entry.act!r} says something else than the log", RESTORE
                )
        else:
            act = None
            yield _of(entry, "act_missing", f"the act {entry.act!r} is in the log, and the registry has no row of it", RESTORE)
        while (other := self._acts.head) is not None and other.first <= entry.last:
            self._acts.take()
            what = f"the registry holds an act {other.name[:64]!r} within the recorded act {entry.act!r}"
            yield _of(entry, "act_unrecorded", what, RESTORE, other.first, other.last)
        yield from self._rows_of(entry, act if whole else None)

    def _rows_of(self, entry: Performed, act: ActRow | None) -> Iterator[Difference]:
        """The rows of one recorded act, whose own row is given where it was not named already. What names no single row names the
        range.
        """
        digest, first_digest = Digest(), FirstDigest(act.salt if act is not None else b"")
        named = hashed = bare = 0
        lost = len(self._erasures.found)
        expected = entry.first
        while (row := self._rows.head) is not None and row.seq <= entry.last:
            self._rows.take()
            self.rows += 1
            if row.seq > expected:
                named += 1
                yield self._missing(entry, expected, row.seq - 1)
            expected = row.seq + 1
            if not row.hash:
                bare += 1
                first_digest.add(row.at, row.actor, row.kind, row.subject, row.body)
                self._read(row, proven=False)
            else:
                hashed += 1
                digest.add(row.hash)
            offset = row.seq - entry.first
            if why := _edited(row, entry, offset, self._moment, hashed=self._hashed):
                named += 1
                yield _of(entry, "row_edited", f"change {row.seq} ({row.kind[:64]}) {why}", RESTORE, row.seq, row.seq)
            elif row.hash:
                self._read(row, proven=bool(row.salt))
                self._moment = row.at
        if expected <= entry.last:
            named += 1
            yield self._missing(entry, expected, entry.last)
        lost = len(self._erasures.found) - lost
        if act is None:
            return
        if act.salt_hash:
            digest.add(act.salt_hash)
            if not act.salt and not lost:
                what = f"the salt of the act {entry.act!r} is gone, and no change of it was erased"
                yield _of(entry, "act_edited", what, RESTORE)
        if named or (bare and lost and not act.salt):  # of before salts, and it lost words: nothing can open its digest any more
            return
        made = first_digest.hex() if bare and not hashed else digest.hex()
        if made != entry.digest:
            what = f"{_places(entry.first, entry.last)} there, and one or more of them are not what was recorded"
            yield _of(entry, "rows_edited", what, RESTORE, entry.first, entry.last)

    def _read(self, row: Row, *, proven: bool) -> None:
        """What a row says about erasing."""
        if row.kind == ERASED or row.left_salt or (row.hash and not row.salt):
            self._erasures.take(row)
        elif row.kind == "erasure.done" and proven:
            self._erasures.learn(row)
        elif row.kind == "erasure.opened" and proven:
            self._erasures.opened.add(row.subject)

    def under_way(self, name: str, step: str) -> Difference:
        """What a note says that the erasure ``name`` is at ``step``; to be asked when all was walked through."""
        known = self._erasures.opened | self._erasures.done.keys() | set(self._erasures.whole.values())
        if name not in known or (step == REDACTED and name not in self._erasures.done):
            what = f"a note says that the erasure {name[:64]!r} is under way, and the history knows nothing of it"
            return Difference(code="note_altered", what=what, mend=RESTORE)
        what = f"{name} is not completed: its words may still be in the file"
        return Difference(code="erasure_unfinished", what=what, mend="complete it: safeconduct person erase --resume")

    def _missing(self, entry: Performed, first: int, last: int) -> Difference:
        what = f"{_places(first, last)} not in the registry, and the log says they were made"
        return _of(entry, "row_missing", what, RESTORE, first, last)


class _Ahead(Generic[Item]):
    """A stream with a look at what comes next; ``head`` is None at its end."""

    __slots__ = ("_rest", "head")

    def __init__(self, items: Iterable[Item]) -> None:
        self._rest = iter(items)
        self.head: Item | None = next(self._rest, None)

    def take(self) -> None:
        """Go on to the next."""
        self.head = next(self._rest, None)


def _edited(row: Row, entry: Performed, offset: int, before: Moment, *, hashed: bool) -> str:
    """Why a row is not what was recorded; empty when nothing says so. ``hashed``: rows of its time have hashes."""
    if entry.hashes and (offset >= len(entry.hashes) or row.hash != entry.hashes[offset]):
        return "is not the one that was recorded: its hash is another"
    if not row.hash:
        return "was edited: its hash is gone" if row.salt or hashed else ""
    if row.salt and row.left_salt:
        return "was edited: it lost no words, and has the salt of one that did"
    if row.salt:
        made = row_hash(row.salt, row.at, row.actor, row.kind, row.subject, row.body)
        return "" if made == row.hash else "was edited: its words do not make its hash"
    return "" if before <= row.at <= entry.at else "was edited: it is not of the time of its act"


def _other_salt(act: ActRow) -> bool:
    return bool(act.salt and act.salt_hash) and salt_proof(act.salt) != act.salt_hash


def _of(entry: Performed, code: str, what: str, mend: str, seq: int = 0, until: int = 0) -> Difference:
    return Difference(
        code=code,
        what=what,
        mend=mend,
        seq=seq or entry.first,
        until=until or entry.last,
        act=entry.act,
        shard=entry.shard,
        index=entry.index,
    )


def _places(first: int, last: int) -> str:
    return f"change {first} is" if first == last else f"changes {first} to {last} are"
