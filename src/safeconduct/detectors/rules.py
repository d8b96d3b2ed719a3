"""What do rules find in a text? Every rule of every table in one database, one pass over all texts of a call.

A pattern says where to look, a reader what is there; this module does the looking and tells the places in code points. What is
to be done about a finding is decided elsewhere.

One value belongs to one thread: the database's scratch space is not shared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

import hyperscan
import msgspec

from safeconduct.detectors import markings, opening, personal, secrets, views
from safeconduct.detectors.canaries import Canaries
from safeconduct.detectors.contract import Manifest
from safeconduct.detectors.table import Rule
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import SEVERAL, Finding

NAMES: Final = ("secrets", "markings", "personal", "canaries")
ALL: Final = frozenset(NAMES)
CODE: Final = 4
"""Raised when a reader changes so that the same text could give other findings; tables are counted by their hash."""

MOST: Final = 64
"""Findings of one detector in one text that are told singly; all further ones are told as one that spans them."""

MOST_READ: Final = 4_000
"""Places of one scan that readers look at: some 10 to 45 microseconds each, and whoever waits for this worker waits for them."""

_TOO_MUCH: Final = "more than can be read at once"
_UNREAD: Final = tuple(Rule(detector=name, kind=SEVERAL, said=_TOO_MUCH, reader="", patterns=()) for name in NAMES)
_BETWEEN: Final = "\n\x00\n"
_DEPTH: Final = 2  # levels of encoding
_SEAM: Final = 64  # characters of a text's end that are read together with the next text's beginning
_SEAM_HEAD: Final = 256
_TOKENISH: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.")

_CONTINUED: Final = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that do not begin a character

Hits = list[tuple[int, int]]


class _Found:
    """What a reader saw between two places of the joined texts, in bytes."""

    __slots__ = ("end", "rule", "start")

    def __init__(self, start: int, end: int, rule: Rule) -> None:
        self.start = start
        self.end = end
        self.rule = rule


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _compiled(patterns: list[tuple[bytes, int, int]]) -> hyperscan.Database:
    """A database of (pattern, id, flags)."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[one for one, _, _ in patterns],
        ids=[place for _, place, _ in patterns],
        elements=len(patterns),
        flags=[flags for _, _, flags in patterns],
    )
    return database


def _note(which: int, _start: int, end: int, _flags: int, hits: Any) -> None:
    hits.append((which, end))


class Rules:
    """All inline detectors of this package as one.

    ``canaries`` are exact fingerprints of what must not be seen, ``legends`` the markings of the organization; both can be
    replaced while calls go on (:meth:`renewed`).
    """

    __slots__ = ("_database", "_last", "_long", "_readers", "_rules", "_runs", "canaries", "legends", "version")

    def __init__(self, *, canaries: Canaries | None = None, legends: Sequence[str] = ()) -> None:
        self.canaries = canaries
        self.legends = tuple(legends)
        told = [*secrets.load(), *markings.load(self.legends), *personal.load(), *(canaries.rules() if canaries else ())]
        self._rules: list[Rule] = [*told, *views.gates()]
        table: dict[str, Callable[[bytes, int, Rule], tuple[int, int] | None]] = {
            **secrets.READERS,
            **markings.READERS,
            **personal.READERS,
            **(canaries.readers() if canaries else {}),
        }
        self._readers = [table[rule.reader] if rule.detector else None for rule in self._rules]
        places = range(len(self._rules))
        self._long = len(self._rules)  # the id of the gate to the patterns for long runs, which cost more
        first = [
            (one, place, hyperscan.HS_FLAG_SINGLEMATCH if self._rules[place].kind in views.ONCE else 0)
            for place in places
            if self._rules[place].kind not in views.LONG
            for one in self._rules[place].patterns
        ]
        self._database = _compiled([*first, (views.LONG_RUN, self._long, hyperscan.HS_FLAG_SINGLEMATCH)])
        self._runs = _compiled(
            [(one, place, 0) for place in places if self._rules[place].kind in views.LONG for one in self._rules[place].patterns]
        )
        seal = sha256(msgspec.json.encode([CODE, self._rules, canaries.seal if canaries else ""]))
        self.version = f"{CODE}-{seal.hexdigest()[:16]}"
        self._last: tuple[str, bytes, Hits] = ("", b"", [])

    def renewed(self, *, canaries: Canaries | None, legends: Sequence[str]) -> Rules:
        """The same rules with other lists. Takes as long as a start (some hundred milliseconds): do it beside the calls."""
        return Rules(canaries=canaries, legends=legends)

    def manifests(self) -> tuple[Manifest, ...]:
        return tuple(Manifest(name, self.version) for name in NAMES if name != "canaries" or self.canaries)

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str] = ALL) -> list[Finding]:
        """What the ``wanted`` detectors find in the blocks, in order of block and place.

        Secrets that are split over two neighboring blocks, or over two messages of one origin, are found as well.
        """
        texts = [block.text for block in blocks]
        seams = _seams(blocks)
        data = _bytes("\n" + _BETWEEN.join((*texts, *(seam for seam, _, _, _ in seams))) + "\n")
        hits: Hits = []
        self._database.scan(data, _note, 0, hits)
        if not hits:
            return []
        found = self._found(data, hits, wanted, 0)
        return _told(found, data, blocks, seams) if found else []

    def scan_text(self, path: str, text: str, origin: Origin = Origin.OTHER, wanted: frozenset[str] = ALL) -> list[Finding]:
        """What all of them find in one text. The text is remembered, so that :meth:`open` need not scan it again."""
        data = _bytes("\n" + text + "\n")
        hits: Hits = []
        self._database.scan(data, _note, 0, hits)
        self._last = (text, data, hits)
        if not hits:
            return []
        found = self._found(data, hits, wanted, 0)
        return _told(found, data, (Block(path, text, origin),), []) if found else []

    def open(self, text: str) -> int:
        """The offset from which on ``text`` could still grow into a finding if more came; its length if nothing is open."""
        if self._last[0] is not text:
            data = _bytes("\n" + text + "\n")
            hits: Hits = []
            self._database.scan(data, _note, 0, hits)
            self._last = (text, data, hits)
        _, data, hits = self._last
        start = opening.run(text)
        if hits and start:
            start = min(
                start, opening.pending(text, data, [(self._rules[which], end) for which, end in hits if which != self._long])
            )
        return start

    def _found(self, data: bytes, hits: Hits, wanted: frozenset[str], depth: int) -> list[_Found]:
        found: list[_Found] = []
        gates: list[tuple[str, int]] = []
        covered: dict[int, int] = {}
        if any(which == self._long for which, _ in hits):
            hits = [hit for hit in hits if hit[0] != self._long]
            self._runs.scan(data, _note, 0, hits)
        if len(hits) > MOST_READ:
            hits, unread = self._timed(hits)
            found += self._unread(data, unread, wanted)
        for which, end in hits:
            rule = self._rules[which]
            reader = self._readers[which]
            if reader is None:
                gates.append((rule.kind, end))
            elif rule.detector in wanted and covered.get(which, 0) < end:
                span = reader(data, end, rule)
                if span is not None:
                    covered[which] = span[1]
                    found.append(_Found(span[0], span[1], rule))
        if gates and depth < _DEPTH:
            found += self._seen_through(data, gates, wanted, depth)
        return found

    def _timed(self, hits: Hits) -> tuple[Hits, Hits]:
        """The hits that there is time for, and the others. Gates are not counted: those that lie together are one view."""
        wanting = [hit for hit in hits if self._readers[hit[0]] is not None]
        gates = [hit for hit in hits if self._readers[hit[0]] is None]
        return wanting[:MOST_READ] + gates, wanting[MOST_READ:]

    def _unread(self, data: bytes, hits: Hits, wanted: frozenset[str]) -> list[_Found]:
        """What nobody has time to read, told as found.

        INVARIANT: P4 - what was not looked at does not pass for clean. From the line of a detector's first unread place on, all
        of the text is its finding.
        """
        first: dict[str, tuple[int, Rule]] = {}
        for which, end in hits:
            rule = self._rules[which]
            if rule.detector in wanted and rule.detector not in first:
                first[rule.detector] = (end, rule)
        last = len(data) - 1
        told = {name: msgspec.structs.replace(rule, kind=SEVERAL, said=_TOO_MUCH) for name, (_, rule) in first.items()}
        return [_Found(max(1, data.rfind(b"\n", 0, end - 1) + 1), last, told[name]) for name, (end, _) in first.items()]

    def _seen_through(self, data: bytes, gates: list[tuple[str, int]], wanted: frozenset[str], depth: int) -> list[_Found]:
        """What is found in other forms of the text, told by where it stands in this one."""
        shown = list(views.views(data, gates))
        if not shown:
            return []
        pieces = [view.text for view in shown]
        inner = b"\n" + _BETWEEN.encode().join(pieces) + b"\n"
        starts = [1, *accumulate((len(piece) + len(_BETWEEN) for piece in pieces[:-1]), initial=1)][1:]
        hits: Hits = []
        self._database.scan(inner, _note, 0, hits)
        found = []
        if len(hits) > MOST_READ:  # told by all of this text, whatever the form that it lies in
            _, unread = self._timed([hit for hit in hits if hit[0] != self._long])
            found = [_Found(1, len(data) - 1, one.rule) for one in self._unread(inner, unread, wanted)]
        for view in shown:
            if view.unread:  # INVARIANT: P4 - what was not decoded to its end does not pass for clean
                start, end = view.back(0, len(view.text))
                found += [_Found(start, end, rule) for rule in _UNREAD if rule.detector in wanted]
        for one in self._found(inner, hits, wanted, depth + 1) if hits else ():
            which = bisect_right(starts, one.start) - 1
            end = min(one.end, starts[which] + len(pieces[which]))
            if which >= 0 and end > one.start:
                start, end = shown[which].back(one.start - starts[which], end - starts[which])
                found.append(_Found(start, end, one.rule))
        return found


_Seam = tuple[str, int, int, int]
"""The end of one text and the beginning of another, read as one: the text, the two blocks, how much is of the first."""


def _seams(blocks: Sequence[Block]) -> list[_Seam]:
    seams: list[_Seam] = []
    last: dict[Origin, int] = {}
    before = -1
    for place, block in enumerate(blocks):
        text, origin = block.text, block.origin
        if not text or origin is Origin.OTHER:
            continue
        if text[0] in _TOKENISH or text[0].isspace():
            for other in {before, last.get(origin, -1)} - {-1}:
                tail = blocks[other].text
                if tail[-1] in _TOKENISH or tail[-1].isspace():
                    end, head = tail[-_SEAM:].split()[-1:], text[:_SEAM_HEAD].split(None, 1)[:1]
                    if end and head and _TOKENISH.issuperset(end[0]):
                        seams.append((end[0] + head[0], other, place, len(end[0])))
        before = last[origin] = place
    return seams


def _told(found: list[_Found], data: bytes, blocks: Sequence[Block], seams: list[_Seam]) -> list[Finding]:
    """Spans of bytes in the joined texts as findings in blocks, in code points."""
    found = _distinct(found)
    letters = _letters(data, sorted({edge for one in found for edge in (one.start, one.end)}))
    starts = list(accumulate((len(block.text) + len(_BETWEEN) for block in blocks), initial=1))
    ends = starts.pop()
    edges = list(accumulate((len(seam) + len(_BETWEEN) for seam, _, _, _ in seams), initial=ends))
    spans: list[tuple[int, int, int, Rule]] = []
    for one in found:
        start, end = letters[one.start], letters[one.end]
        if start >= ends:
            which = bisect_right(edges, start) - 1
            seam, left, right, size = seams[which]
            start, end = start - edges[which], min(end - edges[which], len(seam))
            if start < size < end:
                whole = len(blocks[left].text.rstrip())
                head = len(blocks[right].text) - len(blocks[right].text.lstrip())
                spans.append((left, whole - size + start, whole, one.rule))
                spans.append((right, head, head + end - size, one.rule))
            continue
        which = bisect_right(starts, start) - 1
        while which < len(blocks) and starts[which] < end:
            low, high = max(start, starts[which]), min(end, starts[which] + len(blocks[which].text))
            if low < high:
                spans.append((which, low - starts[which], high - starts[which], one.rule))
            which += 1
    return _bounded(sorted(_once(spans), key=lambda span: span[:3]), blocks)


def _once(spans: Iterable[tuple[int, int, int, Rule]]) -> list[tuple[int, int, int, Rule]]:
    """Without doubles of one kind at one place."""
    return list(
        {(which, start, end, rule.detector, rule.kind): (which, start, end, rule) for which, start, end, rule in spans}.values()
    )


def _distinct(found: list[_Found]) -> list[_Found]:
    """One finding for each place and detector: the longest of the definite ones; vague ones only where nothing else is."""
    kept: list[_Found] = []
    reached: dict[str, int] = {}
    for one in sorted((one for one in found if not one.rule.vague), key=lambda one: (one.start, -one.end)):
        if one.end > reached.get(one.rule.detector, -1):
            kept.append(one)
            reached[one.rule.detector] = one.end
    taken = sorted((one.start, one.end) for one in kept)
    for one in sorted((one for one in found if one.rule.vague), key=lambda one: (one.start, -one.end)):
        near = bisect_right(taken, (one.end, 0)) - 1
        overlaps = near >= 0 and taken[near][1] > one.start
        if not overlaps and one.end > reached.get(one.rule.kind, -1):
            kept.append(one)
            reached[one.rule.kind] = one.end
            taken.insert(bisect_right(taken, (one.start, one.end)), (one.start, one.end))
    return kept


def _letters(data: bytes, edges: list[int]) -> dict[int, int]:
    """The number of code points before each byte offset, in one pass."""
    if data.isascii():
        return {edge: edge for edge in edges}
    told, before, letters = {}, 0, 0
    for edge in edges:
        letters += len(data[before:edge].translate(None, _CONTINUED))
        before = edge
        told[edge] = letters
    return told


def _bounded(spans: list[tuple[int, int, int, Rule]], blocks: Sequence[Block]) -> list[Finding]:
    findings: list[Finding] = []
    counts: dict[tuple[int, str], int] = {}
    rest: dict[tuple[int, str], tuple[int, int]] = {}
    for which, start, end, rule in spans:
        key = (which, rule.detector)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= MOST:
            findings.append(Finding(rule.detector, rule.kind, blocks[which].path, start, end, 0.0, rule.said))
        else:
            low, high = rest.get(key, (start, end))
            rest[key] = (low, max(high, end))
    for (which, detector), (start, end) in rest.items():
        said = f"{counts[which, detector] - MOST} more findings from here on"
        findings.append(Finding(detector, SEVERAL, blocks[which].path, start, end, 0.0, said))
    return findings
