"""Restricted output that reappears, as a process hears of it: what is remembered of an answer, and what is said of a prompt.

Fingerprints are the detector's part, where they lie is storage's. What callers sent stays in memory, in bounds, until their
answer came; an answer whose prompt is not known is not remembered, for what it only repeats is nobody's secret.

INVARIANT (P8): no text is written anywhere; the caller hears of a model only where the answer was its own organization's.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.detectors import reuse
from safeconduct.detectors.process import Hear
from safeconduct.detectors.reuse import Asker, Match, Reuse, Source
from safeconduct.settings.sections import ReuseSettings
from safeconduct.storage.sqlite.reuse import FILE, ReuseStore
from safeconduct.terms.blocks import Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.safeguards import REUSE
from safeconduct.terms.scans import CLEAN, Asked, Heard, Part, Place

MOST_OF_ONE: Final = 4_000_000  # characters that are known of one call: some 1 s of work
MOST_CHARACTERS: Final = 64_000_000  # of all calls whose answers are awaited
MOST_CALLS: Final = 8_192
MOST_REPEATED: Final = 4  # calls that one text is said to repeat
TIDY_EVERY: Final[Moment] = 600 * SECOND
_DAY: Final[Moment] = 86_400 * SECOND
_DERIVED: Final = b"safeconduct fingerprints of answers"


class Forgotten(Exception):
    """What the caller of a call had sent is not known any more, so its answer cannot be remembered."""


class _Words:
    """What is known of a call whose answer is awaited."""

    __slots__ = ("beyond", "characters", "sent", "written")

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.written: list[str] = []
        self.characters = 0
        self.beyond = False  # it is more than one call may have


class Remembering:
    """Hears questions about texts, and texts to be remembered. ``clock`` gives the moment."""

    def __init__(self, store: ReuseStore, key: bytes, settings: ReuseSettings, clock: Callable[[], Moment]) -> None:
        self._store = store
        self._reuse = Reuse(key, _Index(store), reuse.everybodys())
        self._settings = settings
        self._clock = clock
        self._open: OrderedDict[str, _Words] = OrderedDict()  # by call
        self._characters = 0
        self._tidied: Moment = 0

    def hear(self, asked: Asked) -> Heard:
        """Answer a question. Raises sqlite3.Error, and Forgotten where an answer cannot be remembered."""
        self._tidy()
        place = asked.place or Place()
        match asked.part:
            case Part.LOOK:
                return self._seen(asked.text, place)
            case Part.PROMPT:
                self._take(self._open.setdefault(place.call, _Words()).sent, place.call, asked.text)
            case Part.ANSWER if asked.text:
                written = words_of(asked.text) if asked.origin is Origin.TOOL_CALL else asked.text
                self._take(self._known(place.call).written, place.call, written)
            case Part.ANSWER:
                self._remember(place)
        return CLEAN

    def _seen(self, text: str, place: Place) -> Heard:
        asker = Asker(place.organization, place.project, place.model, place.subject)
        found = self._reuse.seen(text, asker)
        if not found:
            return CLEAN
        kinds: dict[str, Match] = {}
        for match in found:
            kinds.setdefault(reuse.crossed(match.source, asker), match)
        said = tuple(_finding(kind, match, asker) for kind, match in kinds.items())
        return Heard(said, repeats=tuple(match.source.call for match in found[:MOST_REPEATED]))

    def _known(self, call: str) -> _Words:
        known = self._open.get(call)
        if known is None:
            raise Forgotten
        return known

    def _take(self, texts: list[str], call: str, text: str) -> None:
        known = self._open[call]
        if known.beyond or known.characters + len(text) > MOST_OF_ONE:
            known.beyond = True  # a part of what was sent would not do
            return
        texts.append(text)
        known.characters += len(text)
        self._characters += len(text)
        while len(self._open) > MOST_CALLS or self._characters > MOST_CHARACTERS:
            self._forget(next(iter(self._open)))

    def _remember(self, place: Place) -> None:
        """The answer is complete."""
        known = self._known(place.call)
        self._forget(place.call)
        if known.beyond:
            raise Forgotten
        source = Source(place.call, place.organization, place.project, place.model, place.subject)
        self._reuse.answered(source, known.written, known.sent, self._clock())

    def _forget(self, call: str) -> None:
        self._characters -= self._open.pop(call).characters

    def _tidy(self) -> None:
        """Now and then what is too old goes, and then what is too much."""
        now = self._clock()
        if now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            self._store.forget_before(now - self._settings.days * _DAY)
            self._store.shrink(self._settings.most_megabytes * 1_000_000)


class _Index:
    """The store, as the detector asks for it."""

    def __init__(self, store: ReuseStore) -> None:
        self._store = store

    def add(self, source: Source, prints: Collection[int], at: int) -> None:
        self._store.add(source.call, source.organization, source.project, source.model, source.subject, prints, at)

    def matches(self, prints: Collection[int], least: int) -> list[Match]:
        found = self._store.matches(prints, least)
        return [Match(Source(*row[:5]), common=row[6], at=row[5]) for row in found]


def hearing(home: Home, settings: ReuseSettings, clock: Callable[[], Moment]) -> Hear:
    """What a process answers with. Raises Refused, OSError where it cannot be opened."""
    try:
        store = ReuseStore(home.watch / FILE)
    except sqlite3.Error as wrong:
        raise OSError(f"{home.watch / FILE}: {wrong}") from wrong
    return Remembering(store, key_of(home), settings, clock).hear


def key_of(home: Home) -> bytes:
    """The key of the fingerprints of this home. Raises Refused."""
    return reuse.derived(home.secret("commitment.key"), _DERIVED)


def words_of(arguments: str) -> str:
    """The strings in the JSON of a tool call, without its escapes; the text as it is where that is no JSON."""
    try:
        left = [msgspec.json.decode(arguments.encode("utf-8", "replace"))]
    except (msgspec.DecodeError, RecursionError):
        return arguments
    found: list[str] = []
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            left += reversed(one.values())
        elif isinstance(one, list):
            left += reversed(one)
    return "\n".join(found)


def _finding(kind: str, match: Match, asker: Asker) -> Finding:
    day = datetime.fromtimestamp(match.at // SECOND, UTC).date().isoformat()
    whose = match.source.model if match.source.organization == asker.organization else "a restricted model"
    return Finding(REUSE, kind, "", chance=reuse.chance(match.common), said=f"repeats what {whose} answered on {day}")
