"""What a reader is told when the registry was put back, replaced, or grown by a whole roster at once: never "nothing new"."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.registry.changes import Draft
from safeconduct.storage.sqlite.changes import MOST_TOUCHED, ChangeStore


def draft(number: int, at: int = 10) -> Draft:
    return Draft(at, "officer", "authority.registered", f"a{number}", {"name": f"A {number}"})


def fact(number: int) -> Draft:
    body = {"name": "vetting", "value": "yes", "source": "s", "method": "m", "verifier": "v", "verified_at": 1, "expires_at": 2}
    return Draft(10, "officer", "fact.recorded", f"p{number % 7}", body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with ChangeStore.open(tmp_path / "registry.db") as store:
        store.append([draft(1), draft(2)])
        shutil.copy(tmp_path / "registry.db", tmp_path / "backup.db")
        shutil.copy(tmp_path / "registry.db-wal", tmp_path / "backup.db-wal")
        store.append([draft(3)])
    return tmp_path / "registry.db"


@pytest.mark.parametrize("then", ["replace", "remove"])
def test_p5_a_registry_that_was_replaced_is_an_error_and_not_silence(path: Path, then: str) -> None:
    with ChangeStore.open(path, read_only=True) as reader:
        assert reader.news(3) is None
        if then == "replace":
            (path.parent / "backup.db").replace(path)
        else:
            path.unlink()
        with pytest.raises(OSError, match="another file stands where the registry was"):
            reader.news(3)


def test_p6_a_history_that_went_on_from_a_backup_is_another_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChangeStore.open(path.parent / "backup.db") as other:
        other.append([draft(8, at=20), draft(9, at=20)])  # it is longer, and its change 3 is not ours
    with ChangeStore.open(path.parent / "backup.db", read_only=True) as reader:
        monkeypatch.setattr(reader, "_told", (3, 10))  # what it read before the file was written over
        with pytest.raises(OSError, match="change 3 of the registry is another one"):
            reader.news(3)
        assert reader.news(2) is not None


def test_p6_a_reader_remembers_what_it_told(path: Path) -> None:
    with ChangeStore.open(path) as writer, ChangeStore.open(path, read_only=True) as reader:
        assert reader.registry(b"k" * 32).version == 3
        assert reader._told == (3, 10)
        writer.append([draft(4, at=30)])
        assert reader.news(3) is not None
        assert reader._told == (4, 30)


def test_p5_a_whole_roster_is_not_walked_through(path: Path) -> None:
    """However few people a million changes are about: streams stand still while they are looked through."""
    with ChangeStore.open(path) as writer, ChangeStore.open(path, read_only=True) as reader:
        writer.append([fact(number) for number in range(MOST_TOUCHED)])
        news = reader.news(3)
        assert news is not None
        assert news.touched == {f"person/p{number}" for number in range(7)}
        assert news.kinds == {"fact.recorded"}
        writer.append([fact(0)])
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        reader._connection.set_progress_handler(step, 100)
        news = reader.news(3)
        assert news is not None
        assert news.touched is None
        assert steps < MOST_TOUCHED // 100, "the changes were looked through one by one"
