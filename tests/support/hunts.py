"""Signals to hunt through, kept in a folder, and one hunt run to its end."""

from __future__ import annotations

import random
from pathlib import Path

from safeconduct.inquiry.hunt import Hunt, checked
from safeconduct.storage.duckdb.history import SignalHistory
from safeconduct.storage.duckdb.hunting import Hunting
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal

DAY = 86_400 * SECOND
START = 20_000 * DAY
BIG = 2**64 - 5


def signal(number: int, person: str = "ada", *, day: int = 0, hour: int = 10, **more: object) -> CallSignal:
    at = START + day * DAY + hour * 3600 * SECOND + number
    return CallSignal(
        at=at, call=f"call_{number}", person=person, organization="acme", outcome="served", **{"model": "m-1", **more}
    )  # type: ignore[arg-type]


def kept(folder: Path, signals: list[CallSignal]) -> Path:
    history = SignalHistory(folder / "signals")
    for each in signals:
        history.add([each], each.at)
    history.flush(START)
    return folder / "signals"


def found(folder: Path, history: Path, indicator: object, **more: object) -> dict[str, int]:
    hunt = checked(Hunt("h-1", indicator, 0, **more))  # type: ignore[arg-type]
    hunting = Hunting(history, folder / f"partials-{random.random()}", hunt)
    list(hunting.run())
    result = {each.who: each.hits for each in hunting.found()}
    hunting.close()
    return result
