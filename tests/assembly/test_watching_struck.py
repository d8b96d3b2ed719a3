"""The way from a signal to a measure and a case, struck before and after every write: none lost, none twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.desk import DeskJournal, desk_of
from safeconduct.assembly.home import Home
from safeconduct.assembly.process import clock
from safeconduct.assembly.watching import Acting
from safeconduct.desk.desk import Desk
from safeconduct.office import acts
from safeconduct.storage.files.signals import SpoolReader, add_signals
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.watch.state import WatchStore
from safeconduct.terms.signals import CallSignal, IdentitySignal, Signal
from safeconduct.watch.machine import Watch
from safeconduct.workers.watcher import SNAPSHOT_EVERY, Watcher, positions_of
from support.crowd_measure import LADDER
from support.faults_home import keep, make_home
from support.letters import put_in_force

WRITES = (
    (ErasingStore, "intend"),
    (DeskJournal, "performed"),
    (ErasingStore, "append"),
    (WatchStore, "raised"),
    (WatchStore, "save"),
    (SpoolReader, "forget"),
)
MOST_WRITES = 40


class Struck(BaseException):
    """The process ends here; nothing catches it."""


class Strikes:
    """Strikes at one of all the moments before and after a write. ``at`` counts them from 1; 0 is never."""

    def __init__(self) -> None:
        self.at = self.seen = 0
        self.named = ""

    def cross(self, name: str) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.named = name
            raise Struck(name)

    def around(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def struck(*words: Any, **more: Any) -> Any:
            self.cross(f"before {name}")
            result = method(*words, **more)
            self.cross(f"after {name}")
            return result

        return struck


@contextmanager
def watching(home: Home) -> Iterator[tuple[Watcher, Desk]]:
    """One life of the watch, over whatever the last one left."""
    state, journal = WatchStore(home.watch / "state.db", anew=True), DeskJournal(home, "watcher")
    with ErasingStore.open(home.registry) as store:
        desk = desk_of(home, store, journal, "watch")
        spools = SpoolReader(home.signals, positions_of(state))
        try:
            yield Watcher(Watch(state), spools, state, Acting(desk, store, journal, state), lambda _: None, clock()), desk
        finally:
            journal.close()
            state.close()


def odd(person: str) -> list[Signal]:
    """Somebody whose credential was leaked, and who tries names: an alert at once, and risk enough for a measure."""
    leaked = IdentitySignal(at=clock(), person=person, kind="credential_leaked")
    probes = [
        CallSignal(
            clock() + number, f"call_{person}_{number}", person, organization="acme-research", outcome="refused",
            code="model_not_found", requested=f"?{number}",
        )
        for number in range(6)
    ]  # fmt: skip
    return [leaked, *probes]


def lives(home: Home) -> None:
    """Three looks, and a snapshot among them, as the watch would take them over ten seconds."""
    with watching(home) as (watcher, _):
        for look in range(3):
            watcher.round(clock() + look * SNAPSHOT_EVERY)


def told(home: Home, person: str) -> tuple[Counter[str], list[str], int, int]:
    """What history has of one person: kinds of changes, states of measures, signals in cases; and alerts in the state."""
    with watching(home) as (_, desk):
        registry, who = desk.registry, f"person/{person}"
        signals = sum(1 for case in registry.cases.values() for each in case.signals if each.who == who)
        kinds = Counter(each.kind for each in desk.about(person) if each.kind in ("risk.moved", "measure.taken"))
        measures = [each.step for each in registry.marks(who).measures]
    state = WatchStore(home.watch / "state.db")
    try:
        return kinds, measures, signals, len(state.alerts(who))
    finally:
        state.close()


def test_p2_struck_at_any_write_no_measure_is_lost_or_taken_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, strikes = Home(tmp_path / "home"), Strikes()
    make_home(home.path)
    names = [f"p{number}" for number in range(MOST_WRITES)]
    with watching(home) as (_, desk):
        put_in_force(desk, LADDER)
        for name in names:
            desk.perform(acts.RegisterPerson(name, "acme-research"), actor=f"os:{os.getuid()}")
    for owner, name in WRITES:
        monkeypatch.setattr(owner, name, strikes.around(name, getattr(owner, name)))
    struck: list[str] = []
    for number, person in enumerate(names, 1):
        add_signals(home.signals, f"w{number}", odd(person))
        strikes.at, strikes.seen, strikes.named = number, 0, ""
        try:
            lives(home)
        except Struck:
            struck.append(strikes.named)
        strikes.at = 0
        if not strikes.named:
            break
        lives(home)
        kinds, measures, signals, alerts = told(home, person)
        assert measures == ["suspend"], strikes.named
        assert kinds["measure.taken"] == 1, strikes.named
        assert kinds["risk.moved"] == 1, strikes.named
        assert (signals, alerts) == (1, 1), strikes.named
    assert {
        "before performed",
        "after performed",
        "before append",
        "after append",
        "after raised",
        "after save",
        "after forget",
    } <= set(struck)
    assert len(struck) < MOST_WRITES
    monkeypatch.undo()
    entries = [each for each in keep(home) if each.get("act") == "measure.take"]
    performed, failed = (
        [each["changes_digest"] for each in entries if each["type"] == kind] for kind in ("act.performed", "act.failed")
    )
    assert len(set(performed)) == len(performed)
    assert len(set(performed) - set(failed)) == len(struck) + 1, "one entry that holds for each measure"
