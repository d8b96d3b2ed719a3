"""What is held, and what was said about it? The workers' notes and the registry's words, put together for whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safeconduct.assembly.home import Home
from safeconduct.gateway.held import read_held
from safeconduct.office.content import is_restricted
from safeconduct.registry.held import Release
from safeconduct.registry.state import Registry
from safeconduct.terms.held import Held
from safeconduct.terms.moments import SECOND, Moment

SHOWN: Final[Moment] = 7 * 86_400 * SECOND  # older notes are not shown


@dataclass(frozen=True, slots=True)
class Waiting:
    """One held thing with what was said about it. ``restricted``: it takes two officers to release it."""

    held: Held
    word: Release | None
    restricted: bool

    def state(self, now: Moment) -> str:
        """``waiting``, ``released``, ``over`` (it was released, and the hour has passed) or ``declined``."""
        if self.word is None or (self.held.at > self.word.at and not self.word.passes(now)):
            return "waiting"
        if self.word.passes(now):
            return "released"
        return "over" if self.word.until else "declined"


def waiting(home: Home, registry: Registry, unrestricted: list[str], now: Moment) -> list[Waiting]:
    """Everything held within the last days, oldest first."""
    return [
        Waiting(held, registry.releases.get(held.id), is_restricted(registry, held.model, unrestricted))
        for held in read_held(home.run)
        if now - held.at <= SHOWN
    ]
