"""What do changes about canaries do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from safeconduct.registry.bodies import canaries as c
from safeconduct.registry.canaries import CanaryList
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State


def _listed(state: State, change: Change, body: c.CanariesListed) -> None:
    name = change.subject.partition("/")[2]
    strings, documents = bytes.fromhex(body.strings), bytes.fromhex(body.documents)
    state.canaries[change.subject] = CanaryList(body.organization, name, strings, documents, change.actor, change.at)


def _removed(state: State, change: Change, _body: c.CanariesRemoved) -> None:
    state.canaries.pop(change.subject, None)


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "canaries.listed": _listed,
    "canaries.removed": _removed,
}
