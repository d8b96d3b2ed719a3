"""The watch's state file: a shelf, snapshots that are whole, alerts, and nothing left of whom is removed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from safeconduct.storage.watch import state as module
from safeconduct.storage.watch.state import ASIDE, AlertRow, Damaged, WatchStore
from safeconduct.terms.faults import Refused


def alert(number: int, who: str = "person/ann") -> AlertRow:
    return AlertRow(number, who, "misuse", f"sentence {number}", ("call_1",), 2.5)


def test_what_is_put_there_comes_back_and_survives_closing(tmp_path: Path) -> None:
    store = WatchStore(tmp_path / "watch" / "state.db")
    assert store.get("person/ann") is None
    store.put("person/ann", b"one")
    store.put("person/ann", b"two")
    store.close()
    again = WatchStore(tmp_path / "watch" / "state.db", read_only=True)
    assert again.get("person/ann") == b"two"
    assert (again.names(), list(again.everyone())) == (["person/ann"], [("person/ann", b"two")])


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    WatchStore(tmp_path / "state.db")
    assert (tmp_path / "state.db").stat().st_mode & 0o077 == 0


def test_a_snapshot_is_whole_or_not_there(tmp_path: Path) -> None:
    store = WatchStore(tmp_path / "state.db")
    store.save([("person/ann", b"a")], {"whole": b"1"})

    def torn() -> object:
        yield "person/ben", b"b"
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(OSError, match="disk I/O error"):
        store.save(torn(), {"whole": b"2"})  # type: ignore[arg-type]
    assert store.names() == ["person/ann"]
    assert (store.piece("whole"), store.piece("other")) == (b"1", b"")
    store.save([("person/ben", b"b")], {"whole": b"2"})
    assert (store.names(), store.piece("whole")) == (["person/ann", "person/ben"], b"2")


def test_p8_not_a_byte_is_left_of_whom_is_removed(tmp_path: Path) -> None:
    store = WatchStore(tmp_path / "state.db")
    store.put("person/ann-canary", b"canary-state" * 50)
    store.raised(alert(1, "person/ann-canary"))
    store.raised(alert(2, "person/ben"))
    store.remove("person/ann-canary")
    assert [each.who for each in store.alerts()] == ["person/ben"]
    store.close()
    for path in tmp_path.iterdir():
        assert b"canary" not in path.read_bytes()


def test_alerts_are_listed_newest_first_by_subject_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ALERTS", 5)
    store = WatchStore(tmp_path / "state.db")
    for number in range(8):
        store.raised(alert(number, f"person/{number % 2}"))
    assert [each.at for each in store.alerts()] == [7, 6, 5, 4, 3]
    assert [each.at for each in store.alerts("person/0")] == [6, 4]
    assert [each.at for each in store.alerts(limit=1)] == [7]


def test_a_file_of_another_version_or_none_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(Refused):
        WatchStore(path)
    path.unlink()
    with pytest.raises(Refused):
        WatchStore(path, read_only=True)
    WatchStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(Refused):
        WatchStore(path)


def filled(path: Path) -> None:
    store = WatchStore(path)
    store.save([(f"person/{number}", bytes([number]) * 6_000) for number in range(60)], {"whole": b"1"})
    store.settle()
    store.close()


def scribbled(path: Path) -> None:
    """Most pages behind the first are none any more."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))


def test_a_damaged_file_is_set_aside_and_a_new_one_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for damage in (scribbled, lambda path: path.write_bytes(b"this is no database" * 999)):
        path.unlink(missing_ok=True)
        filled(path)
        damage(path)
        bad = path.read_bytes()
        store = WatchStore(path, anew=True)
        assert (store.lost, store.names()) == ("damaged", [])
        assert (tmp_path / f"state.db{ASIDE}").read_bytes() == bad
        store.put("person/ann", b"a")
        store.close()
        again = WatchStore(path, anew=True)
        assert (again.lost, again.names()) == ("", ["person/ann"])
        again.close()


def test_damage_while_it_is_open_is_told_apart_from_a_disk_that_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    filled(path)
    store = WatchStore(path)
    scribbled(path)
    with pytest.raises(Damaged):
        [store.get(f"person/{number}") for number in range(60)]
    with pytest.raises(Damaged):
        store.save([(f"person/{number}", b"x" * 6_000) for number in range(60)], {})
    store.begin_anew()
    assert store.names() == []
    store.save([("person/ann", b"a")], {})
    assert store.get("person/ann") == b"a"
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        WatchStore(tmp_path / "folder", anew=True)
