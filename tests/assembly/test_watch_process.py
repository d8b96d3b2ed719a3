"""The watch over a whole installation, as processes: from a call to a band of risk in the registry, and what survives a crash."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safeconduct.assembly.home import Home, create
from safeconduct.assembly.watch_process import watch
from safeconduct.registry.measures import Marks
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.watch.state import Damaged
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.watcher import Watcher
from support.faults_home import keep
from support.raw_client import RawClient, messages, request
from support.stand import Stand, start_stand

WAIT = 20.0
GRANTED_NOTHING = ("claude-mythos-5", "claude-fable-9", "gpt-9-secret", "opus-internal", "o99-preview")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    home = tmp_path_factory.mktemp("watch") / "home"
    with start_stand(home) as running:
        until(lambda: (home / "run" / "watch.json").exists())
        yield running
        assert running.stop() == 0
    keep(Home(home))


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def probe(stand: Stand, *names: str) -> None:
    async def each() -> None:
        for name in names:
            client = await RawClient.connect(stand.port)
            got = await client.exchange(request(body=messages("hello", model=name), key=stand.key))
            assert got.status == 403
            client.reset()

    asyncio.run(each())


def marks(stand: Stand, who: str = "person/ada") -> Marks:
    home = Home(stand.home)
    with ChangeStore.open(home.registry, read_only=True) as store:
        return store.registry(home.secret("pseudonym.key")).marks(who)


def status(stand: Stand) -> dict[str, int]:
    found: dict[str, int] = json.loads((stand.home / "run" / "watch.json").read_bytes())
    return found


def watcher(stand: Stand) -> int:
    kids = Path(f"/proc/{stand.process.pid}/task/{stand.process.pid}/children").read_text().split()
    return next(int(pid) for pid in kids if b"watch_process" in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_p5_probing_moves_the_risk_in_the_registry_within_two_seconds_of_the_call(stand: Stand) -> None:
    probe(stand, *GRANTED_NOTHING[:4])
    asked_at: Moment = time.time_ns() // 1_000
    until(lambda: marks(stand).risk is not None)
    risk = marks(stand).risk
    assert risk is not None
    assert risk.band == "low"
    assert "names of models that are not granted" in risk.parts[0]
    assert "call_" in risk.parts[0], "it names the calls behind it"
    assert risk.since - asked_at <= 2 * SECOND


def test_a_watcher_that_died_goes_on_where_it_was(stand: Stand) -> None:
    if marks(stand).risk is None:
        probe(stand, *GRANTED_NOTHING[:4])
    until(lambda: marks(stand).risk is not None)
    before = watcher(stand)
    os.kill(before, signal.SIGKILL)
    until(lambda: watcher_or_none(stand) not in (None, before))
    probe(stand, GRANTED_NOTHING[4])
    until(lambda: (risk := marks(stand).risk) is not None and "5 names" in risk.parts[0])


def watcher_or_none(stand: Stand) -> int | None:
    try:
        return watcher(stand)
    except (StopIteration, OSError):
        return None


def test_it_says_how_it_goes(stand: Stand) -> None:
    probe(stand, GRANTED_NOTHING[0])
    until(lambda: status(stand)["signals"] > 0)
    assert status(stand)["behind_ms"] < 10_000
    assert stand.cli("watch", "status").stdout.startswith("watching")


class Rounds:
    """Stops after so many looks."""

    def __init__(self, most: int) -> None:
        self.most, self.number = most, 0

    def is_set(self) -> bool:
        self.number += 1
        return self.number > self.most

    def wait(self, seconds: float) -> bool:
        return False


def lives(home: Home) -> dict[str, object]:
    """Watch for some rounds; what it says at the end."""
    watch(home, home.settings(), Rounds(6))  # type: ignore[arg-type]
    said: dict[str, object] = json.loads((home.run / "watch.json").read_bytes())
    return said


def test_a_damaged_state_ends_no_watch_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    create(home)
    ErasingStore.open(home.registry).close()
    state, aside = home.watch / "state.db", home.watch / "state.db.damaged"
    assert lives(home)["anew_why"] == ""
    assert lives(home)["anew_why"] == "", "its own state is taken over"
    state.write_bytes(b"this is no database any more" * 2_000)
    assert lives(home)["anew_why"] == "damaged"
    aside.unlink()
    own, looks = Watcher.round, list[int]()

    def damaged(watcher: Watcher, now: int) -> None:
        looks.append(now)
        if len(looks) == 3:
            raise Damaged("a page is malformed")
        own(watcher, now)

    monkeypatch.setattr(Watcher, "round", damaged)
    assert lives(home)["anew_why"] == "damaged"
    assert aside.exists(), "also while it is watching"
    journaled = b"".join(each.read_bytes() for each in (home.path / "journal").rglob("*") if each.is_file())
    assert journaled.count(b'"why":"damaged"') == 2
