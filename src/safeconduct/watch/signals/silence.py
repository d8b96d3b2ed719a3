"""Did a monitor itself fall silent? Writers of signals that are not heard, that lose what they should tell, or whose detectors do
not find their own samples any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import Beat
from safeconduct.watch.commands import Silent

QUIET: Final[Moment] = 10 * SECOND  # a worker says each second that it lives
FORGET: Final[Moment] = 3_600 * SECOND
MOST_WRITERS: Final = 1_024
SELF: Final = "watch"


class Silence:
    """Who of the writers is heard. A writer that ended in order is let go."""

    def __init__(self) -> None:
        self._heard: dict[str, Moment] = {}
        self._silent: dict[str, Moment] = {}
        self._lost: dict[str, int] = {}
        self._blind: dict[str, frozenset[str]] = {}
        self.behind = False

    def heard(self, beat: Beat, now: Moment) -> Iterator[Silent]:
        """A sign of life."""
        writer = beat.writer
        since = self._silent.pop(writer, None)
        if since is not None:
            yield Silent(f"signals of {writer}", "heard", since, back=True)
        if beat.lost > self._lost.get(writer, 0):
            yield Silent(f"signals of {writer}", "lost", beat.at)
        blind = frozenset(beat.blind)
        before = self._blind.get(writer, frozenset())
        for name in sorted(blind - before):
            yield Silent(name, "canary", beat.at)
        for name in sorted(before - blind):
            yield Silent(name, "canary", beat.at, back=True)
        if beat.ended:
            self._let_go(writer)
            return
        if writer not in self._heard and len(self._heard) >= MOST_WRITERS:
            self._let_go(next(iter(self._heard)))
        self._heard[writer], self._lost[writer], self._blind[writer] = max(now, beat.at), beat.lost, blind

    def look(self, now: Moment) -> Iterator[Silent]:
        """Who was not heard for too long. Said once; one that stays silent is let go after an hour."""
        for writer, at in list(self._heard.items()):
            if now - at > FORGET:
                self._let_go(writer)
            elif now - at > QUIET and writer not in self._silent:
                self._silent[writer] = at
                yield Silent(f"signals of {writer}", "silent", at)

    def lag(self, behind: Moment, now: Moment, most: Moment) -> Iterator[Silent]:
        """The watch itself is so far behind."""
        late = behind > most
        if late is not self.behind:
            self.behind = late
            yield Silent(SELF, "behind", now - behind, back=not late)

    def _let_go(self, writer: str) -> None:
        for table in (self._heard, self._silent, self._lost, self._blind):
            table.pop(writer, None)
