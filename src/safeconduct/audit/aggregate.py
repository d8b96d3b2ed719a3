"""How many calls, by organization, model, outcome? Counts that may be handed on without telling what one person did.

1. A group is shown only if at least ``k`` different callers are in it.
2. What is withheld cannot be found by subtracting: in the total, and in every coarser group of the same columns, the withheld
   groups together have at least ``k`` callers and are at least two; if they are not, the smallest that would be shown goes too.
3. Arrivals that were refused before anybody was known belong to nobody; they are counted apart.

What this cannot hold against is somebody who compares reports over different times. Memory: the groups (bounded), at most ``k``
callers for each, and the calls still open.

INVARIANT: P8 - no number about fewer than ``k`` persons leaves, neither shown nor by subtraction within one report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import msgspec

from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment, show

COLUMNS: Final = ("organization", "project", "model", "outcome", "effect", "dialect", "operation", "day")
MAX_COLUMNS: Final = 4  # each further one doubles the subtractions to look at
MAX_GROUPS: Final = 100_000
OPEN: Final = "open"


class _Call(msgspec.Struct, gc=False):
    """What a count needs of a decision or an outcome."""

    type: str
    at: Moment
    boot: str = ""
    seq: int = 0
    caller: str = ""
    organization: str = ""
    project: str = ""
    resolved: str = ""
    effect: str = ""
    dialect: str = ""
    operation: str = ""
    closes_boot: str = ""
    closes_seq: int = 0
    outcome: str = ""
    count: int = 1
    tokens_in: int = -1
    tokens_out: int = -1


_CALLS = msgspec.json.Decoder(_Call)
_CALL = b',"type":"call.'


@dataclass(slots=True)
class Group:
    """One line: how many calls, and tokens where the provider told them. ``callers`` stops growing at the threshold."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    callers: set[str] = field(default_factory=set)

    def add(self, other: Group) -> None:
        self.calls += other.calls
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out


@dataclass(frozen=True, slots=True)
class Counted:
    """The report: lines that may be handed on, their total, what was withheld, and how many arrivals belong to nobody.

    ``total`` is None where it would give away what is withheld. ``withheld`` counts groups, not calls.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Group], ...]
    total: Group | None
    withheld: int
    unknown: int
    k: int

    def sentence(self) -> str:
        """How many groups were withheld, and why."""
        if not self.withheld:
            return f"No group was withheld: each has at least {self.k} callers."
        groups = "1 group was" if self.withheld == 1 else f"{self.withheld} groups were"
        lost = "" if self.total is not None else ", and the total with them, since it would give them away"
        return f"{groups} withheld: fewer than {self.k} callers, or needed to hide such a one{lost}."


class Counting:
    """One walk through one log, or through several one after the other."""

    def __init__(self, by: Sequence[str], k: int, since: Moment = 0, until: Moment = FOREVER) -> None:
        """Raises Refused for columns that are none, and for a threshold below 2."""
        faults = [
            Fault("bad_column", f"{name[:40]!r} is no column", "--by", f"use {', '.join(COLUMNS)}")
            for name in by
            if name not in COLUMNS
        ]
        if not by or len(by) > MAX_COLUMNS or len(set(by)) != len(by):
            faults.append(Fault("bad_columns", f"a report has 1 to {MAX_COLUMNS} different columns", "--by", "name fewer"))
        if k < 2:
            faults.append(Fault("bad_threshold", "groups of one person are never told", "--k", "use 2 or more"))
        if faults:
            raise Refused(*faults)
        self._by = tuple(by)
        self._k = k
        self._since, self._until = since, until
        self._groups: dict[tuple[str, ...], Group] = {}
        self._open: dict[tuple[str, int], _Call] = {}
        self._unknown = 0

    def read(self, data: bytes) -> None:
        """Take one entry. Raises ValueError for bytes that are none, Refused when there are too many groups."""
        if _CALL not in data:
            return
        call = _CALLS.decode(data)
        if call.type == "call.decided":
            if self._since <= call.at < self._until:
                self._open[call.boot, call.seq] = call
        elif call.type == "call.ended" and call.closes_seq:
            decided = self._open.pop((call.closes_boot, call.closes_seq), None)
            if decided is not None:
                self._count(decided, call.outcome, call)
        elif call.type == "call.ended" and self._since <= call.at < self._until:
            self._unknown += call.count

    def finish(self) -> Counted:
        """The report; calls without an outcome count as ``open``."""
        for decided in self._open.values():
            self._count(decided, OPEN, None)
        self._open.clear()
        withheld = {key for key, group in self._groups.items() if len(group.callers) < self._k}
        self._complement(withheld)
        rows = tuple((key, group) for key, group in sorted(self._groups.items()) if key not in withheld)
        total: Group | None = None
        if self._safe(withheld):
            total = Group()
            for group in self._groups.values():
                total.add(group)
        return Counted(self._by, rows, total, len(withheld), self._unknown, self._k)

    def _count(self, decided: _Call, outcome: str, ended: _Call | None) -> None:
        key = tuple(_value(name, decided, outcome) for name in self._by)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MAX_GROUPS:
                what = f"there are more than {MAX_GROUPS:,} groups"
                raise Refused(Fault("too_many_groups", what, "--by", "name fewer columns, or a shorter time"))
            group = self._groups[key] = Group()
        group.calls += 1
        if ended is not None:
            group.tokens_in += max(0, ended.tokens_in)
            group.tokens_out += max(0, ended.tokens_out)
        if len(group.callers) < self._k and decided.caller:
            group.callers.add(decided.caller)

    def _complement(self, withheld: set[tuple[str, ...]]) -> None:
        """Withhold more until no subtraction within the report leads to fewer than ``k`` callers."""
        changed = bool(withheld)
        while changed:
            changed = False
            for coarse in self._coarser():
                for keys in coarse.values():
                    hidden = [key for key in keys if key in withheld]
                    if not hidden or self._safe(hidden):
                        continue
                    left = [key for key in keys if key not in withheld]
                    if left:
                        withheld.add(min(left, key=lambda key: (self._groups[key].calls, key)))
                        changed = True

    def _coarser(self) -> Iterator[dict[tuple[str, ...], list[tuple[str, ...]]]]:
        """For every smaller set of the columns (the empty one is the total): its groups, each with the groups it sums up."""
        for size in range(len(self._by)):
            for places in combinations(range(len(self._by)), size):
                coarse: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
                for key in self._groups:
                    coarse.setdefault(tuple(key[place] for place in places), []).append(key)
                yield coarse

    def _safe(self, hidden: Sequence[tuple[str, ...]] | set[tuple[str, ...]]) -> bool:
        """Whether the sum over these groups may be known: nobody is hidden in it, or enough are."""
        if not hidden:
            return True
        callers: set[str] = set()
        for key in hidden:
            callers |= self._groups[key].callers
            if len(callers) >= self._k and len(hidden) > 1:
                return True
        return False


def _value(name: str, decided: _Call, outcome: str) -> str:
    match name:
        case "model":
            return decided.resolved
        case "outcome":
            return outcome
        case "day":
            return show(decided.at)[:10]
        case _:
            return str(getattr(decided, name))
