"""What do changes about held things do to the state? Words that are over are forgotten, so that the table stays small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from safeconduct.registry.bodies import held as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.held import Release
from safeconduct.terms.moments import SECOND, Moment

REMEMBERED: Final[Moment] = 7 * 86_400 * SECOND  # for lists; a release is over after an hour


def _released(state: State, change: Change, body: c.HeldReleased) -> None:
    _put(state, Release(change.subject, body.until, change.actor, change.at, body.why, body.second))


def _declined(state: State, change: Change, body: c.HeldDeclined) -> None:
    _put(state, Release(change.subject, 0, change.actor, change.at, body.why))


def _put(state: State, word: Release) -> None:
    oldest = word.at - REMEMBERED
    while state.released and next(iter(state.released.values())).at < oldest:
        del state.released[next(iter(state.released))]
    state.released.pop(word.id, None)
    state.released[word.id] = word


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "held.released": _released,
    "held.declined": _declined,
}
