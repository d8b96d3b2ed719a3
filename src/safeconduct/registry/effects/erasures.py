"""What do changes about erasing do to the state, and what does a change do that was erased?

INVARIANT (P6): an erased change folds everywhere, and does nothing: whoever asks about the past is told what is left of it, and
never anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from safeconduct.registry.bodies import erasures as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.papers import Erasure


def _opened(state: State, change: Change, body: c.ErasureOpened) -> None:
    state.erasures[change.subject] = Erasure(
        change.subject, body.ground, change.at, body.person, change.actor, body.second, body.content_only
    )


def _done(state: State, change: Change, body: c.ErasureDone) -> None:
    before = state.erasures.get(change.subject)
    opened_at = before.opened_at if before is not None else change.at
    state.erasures[change.subject] = Erasure(
        change.subject, body.ground, opened_at, done_at=change.at, changes=body.changes, words=body.words, keys=body.keys
    )


def _erased(state: State, change: Change, body: c.Erased) -> None:
    """Nothing: who it was about is nobody any more."""


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "erasure.opened": _opened,
    "erasure.done": _done,
    "erased": _erased,
}
