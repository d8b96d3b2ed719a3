"""Short ways to a watch for tests: a shelf in memory, signals with little said, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import CallSignal, Signal
from safeconduct.watch.commands import Alert, Command, MoveRisk
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.machine import Watch

HOUR: Moment = 3_600 * SECOND
DAY: Moment = 24 * HOUR
MONDAY: Moment = 20_241 * DAY + 9 * HOUR


class Shelf(dict[str, bytes]):
    """A shelf in memory."""

    def put(self, who: str, data: bytes) -> None:
        self[who] = data

    def remove(self, who: str) -> None:
        self.pop(who, None)


def call(at: Moment = MONDAY, **fields: Any) -> CallSignal:
    """One ordinary call of ann."""
    said = {"call": f"call_{at}", "person": "ann", "organization": "acme", "purpose": "code", "outcome": "served", **fields}
    return CallSignal(at=at, **said)


def watch(**knobs: Any) -> Watch:
    return Watch(Shelf(), Knobs(**knobs))


def told(over: Watch, signals: Iterable[Signal]) -> list[Command]:
    return [each for signal in signals for each in over.step(signal)]


def moves(commands: Iterable[Command]) -> list[MoveRisk]:
    return [each for each in commands if isinstance(each, MoveRisk)]


def alerts(commands: Iterable[Command]) -> list[Alert]:
    return [each for each in commands if isinstance(each, Alert)]
