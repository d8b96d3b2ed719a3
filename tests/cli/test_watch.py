"""``safeconduct watch``: how it goes, and whom it showed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.assembly.process import clock
from safeconduct.cli import watch
from safeconduct.storage.watch.state import AlertRow, WatchStore
from safeconduct.workers.watcher import Status
from support.registry_cli import Home


def test_a_watch_that_never_ran_and_one_that_stopped_are_told_apart(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert "has not run" in home.run(watch.app, "status", code=1).output
    for at, code, word in ((clock(), 0, "watching"), (5, 1, "NOT RUNNING")):
        said = Status(at, at, 1_234, 5, 6, 7, 0, 0, 0, 1, 0)
        (home.folder / "run" / "watch.json").write_bytes(msgspec.json.encode(said))
        shown = home.run(watch.app, "status", code=code).output
        assert shown.startswith(word)
        assert "1,234 signals" in shown
        assert "BEGAN ANEW" not in shown
    said.anew_at, said.anew_why = 1, "damaged"
    (home.folder / "run" / "watch.json").write_bytes(msgspec.json.encode(said))
    assert "BEGAN ANEW 1970-01-01" in home.run(watch.app, "status", code=1).output
    assert home.read(watch.app, "status", code=1)["running"] is False


def test_alerts_are_listed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert "no alerts" in home.run(watch.app, "alerts").output
    store = WatchStore(home.folder / "watch" / "state.db")
    store.raised(AlertRow(5, "person/ann", "misuse", "It adds up.", ("call_1",), 2.5, case="w-1"))
    store.close()
    assert "person/ann misuse 2.5 [w-1]: It adds up." in home.run(watch.app, "alerts").output
    assert home.read(watch.app, "alerts", "--who", "person/ann")[0]["calls"] == ["call_1"]
    assert home.read(watch.app, "alerts", "--who", "person/ben") == []
