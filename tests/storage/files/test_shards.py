"""Which year's journals take writers: settled once, and closed for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.storage.files.shards import Gate, first_year
from safeconduct.terms.faults import Refused


def test_whoever_asks_first_settles_the_year(tmp_path: Path) -> None:
    assert first_year(tmp_path / "journal", 2026, []) == 2026
    assert first_year(tmp_path / "journal", 2027, []) == 2026
    assert [path.name for path in (tmp_path / "journal").iterdir()] == [".first-year"]


def test_a_lost_year_is_the_one_before_the_first_later_shard(tmp_path: Path) -> None:
    assert first_year(tmp_path, 2030, [2029, 2028]) == 2027
    assert first_year(tmp_path, 2031, []) == 2027


def test_somebody_who_settled_it_meanwhile_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def first(source: str, target: Path) -> None:
        target.write_text("2025\n")
        raise FileExistsError

    monkeypatch.setattr("safeconduct.storage.files.shards.os.link", first)
    assert first_year(tmp_path, 2026, []) == 2025


def test_a_year_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".first-year").write_text("soon\n")
    with pytest.raises(Refused, match="no year"):
        first_year(tmp_path, 2026, [])


def test_p2_no_writer_begins_in_a_shard_that_is_closed_or_closing(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "journal")
    with Gate(tmp_path / "journal").entered() as entered:
        assert entered
        assert not gate.close(lambda: True), "a writer is just beginning"
        with gate.entered() as another:
            assert another, "writers do not keep each other out"
    assert not gate.close(lambda: False), "a writer is left"
    assert not gate.closed

    def looking() -> bool:
        with Gate(tmp_path / "journal").entered() as meanwhile:
            return not meanwhile

    assert gate.close(looking)
    assert gate.closed
    assert gate.close(lambda: False), "closed once is closed"
    with gate.entered() as entered:
        assert not entered
