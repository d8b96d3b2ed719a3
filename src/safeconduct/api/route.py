"""What is a request of the officers' API made of? The vocabulary of the tables of routes.

INVARIANT (P9): whatever changes something is an act of the officer whose key was presented, judged by the same rules as at the
command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from safeconduct.office import acts
from safeconduct.office.act import Plan
from safeconduct.registry.changes import Change
from safeconduct.registry.held import Release
from safeconduct.registry.state import Registry
from safeconduct.terms.held import Held
from safeconduct.terms.moments import Moment, show


class Performed(Protocol):
    """What an act came to."""

    @property
    def plan(self) -> Plan: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...


class Waiting(Protocol):
    """One held thing with what was said about it. ``restricted``: it takes two officers to release it."""

    @property
    def held(self) -> Held: ...
    @property
    def word(self) -> Release | None: ...
    @property
    def restricted(self) -> bool: ...
    def state(self, now: Moment, /) -> str:
        """``waiting``, ``released``, ``over`` or ``declined``."""
        ...


class Desk(Protocol):
    """The desk, with an officer at it."""

    @property
    def registry(self) -> Registry: ...
    def now(self) -> Moment: ...
    def perform(self, act: acts.Act, /) -> Performed: ...
    def held(self) -> Sequence[Waiting]:
        """Everything held within the last days, oldest first. Raises OSError."""
        ...

    def explained(self, who: str, /) -> dict[str, Any]:
        """What the watch knows of ``KIND/ID`` now: score, parts, the calls behind them. Raises Refused."""
        ...

    def fresh_measure(self) -> str:
        """An id that no measure has."""
        ...


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """A request's body. Unknown members are refused: a slip of the pen must not become a default."""


class Nothing(Form):
    """No body, or an empty object."""


class WhyForm(Form):
    why: str = ""


Answers = Callable[[Desk, str, Any], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` may hold one ``{id}``. ``form`` is what the body has to be, ``does`` answers, ``tells`` says it in words."""

    method: str
    path: str
    tells: str
    does: Answers
    form: type[Form] = Nothing


def act_of(make: Callable[[str, Any], acts.Act]) -> Answers:
    """A route that performs one act and tells what came of it."""

    def does(desk: Desk, name: str, form: Any) -> dict[str, Any]:
        done = desk.perform(make(name, form))
        return {
            "act": done.plan.act,
            "subject": done.plan.subject,
            "actor": done.plan.actor,
            "at": show(done.plan.at),
            "request": done.plan.request,
            "needs": [need.why for need in done.plan.needs],
            "changes": [{"seq": each.seq, "kind": each.kind, "subject": each.subject} for each in done.changes],
        }

    return does
