"""Whoever is erased leaves the file of the watch and its spools, although no watch runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.erasing import Eraser
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.watch_forgetting import STATE, forget_watched
from safeconduct.storage.files.signals import SpoolReader, add_signals
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.watch.state import AlertRow, WatchStore
from safeconduct.terms.faults import Refused
from safeconduct.watch.machine import Watch
from safeconduct.watch.snapshot import whole_of
from support.watching import MONDAY, call


def learned(home: Home) -> None:
    """A watch that saw the telltale, a bot of theirs and somebody else, and was killed."""
    state = WatchStore(home.watch / STATE)
    watch = Watch(state)
    for number, (person, agent) in enumerate((("telltale", ""), ("", "telltale-bot"), ("ben", ""))):
        watch.step(call(MONDAY + number, person=person, agent=agent))
    watch.candidates = {"person/telltale": 2.0, "person/ben": 2.0}
    watch.upward.rests_on("organization/acme", "person/telltale", 2.0)
    for number, code in enumerate(("model_not_found", "safeguard_blocked")):
        watch.step(call(MONDAY + 9 + number, person="telltale", model="claude-haiku-4-5", code=code))
    state.raised(AlertRow(MONDAY, "person/telltale", "misuse", "Seen.", ()))
    state.save(watch.memory.changed(), {"whole": whole_of(watch)})
    state.close()


def telltales(home: Home) -> list[Path]:
    return [path for path in home.path.rglob("*") if path.is_file() and b"telltale" in path.read_bytes()]


def test_p8_without_a_watch_its_file_and_spools_lose_whoever_is_erased(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    learned(home)
    add_signals(home.signals, "boot", [call(MONDAY, person="telltale"), call(MONDAY + 1, person="ben")])
    (home.watch / "state.db.damaged").write_bytes(b"what names telltale and nobody can read")
    said = {"measure": "M-000000000001", "words": "the telltale was on call", "key": "key-1"}
    home.run.mkdir(exist_ok=True)
    for ending in ("jsonl", "taking"):
        (home.run / f"appeals-1.{ending}").write_bytes(msgspec.json.encode(said) + b"\n")
    assert telltales(home)
    with ErasingStore.open(home.registry) as store:
        Eraser(home, store)._forget_behavior("telltale", ("telltale-bot",), ["leaf"], ("key-1",))
    assert telltales(home) == []
    state = WatchStore(home.watch / STATE)
    assert state.names() == ["person/ben"]
    assert b"person/ben" in state.piece("whole")
    state.close()
    assert [signal.at for signal in SpoolReader(home.signals).read()] == [MONDAY + 1]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    forget_watched(home, ["person/telltale"])
    home.watch.mkdir(exist_ok=True)
    (home.watch / STATE).write_bytes(b"no database at all, but long enough to look like one" * 100)
    with pytest.raises(Refused, match="cannot be read"):
        forget_watched(home, ["person/telltale"])
