"""What does each kind of change do to the state?

One function per kind, kept in one table. A function puts new records into the dictionaries of ``State`` and never edits
a record, so a shallow copy of the state is a true copy. A change that refers to nothing known leaves the state as it is:
the office refuses such acts, and a fold must give the same answer on every machine, not raise on one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from safeconduct.registry.bodies.body import Body
from safeconduct.registry.changes import Change, read_body
from safeconduct.registry.effects import canaries, cases, erasures, evidence, held, letters, measures, officers, parties, rosters
from safeconduct.registry.effects.tables import State

_EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    **canaries.EFFECTS,
    **cases.EFFECTS,
    **parties.EFFECTS,
    **rosters.EFFECTS,
    **evidence.EFFECTS,
    **letters.EFFECTS,
    **officers.EFFECTS,
    **erasures.EFFECTS,
    **held.EFFECTS,
    **measures.EFFECTS,
}


def fold_in(state: State, change: Change) -> None:
    """Let one change take effect. Raises Refused for a change that cannot be read or is out of turn."""
    if change.seq != state.version + 1:
        raise ValueError(f"change {change.seq} cannot follow change {state.version}")
    take_in(state, change)


def take_in(state: State, change: Change) -> None:
    """Let one change take effect where others before it may be left out, because they are about somebody else.

    Raises Refused for a change that cannot be read.
    """
    take_body(state, change, read_body(change))


def take_body(state: State, change: Change, body: Body) -> None:
    """Like ``take_in``, for a change whose body was read already; the change's own is not looked at."""
    _EFFECTS[change.kind](state, change, body)
    state.version = change.seq
    state.at = change.at
