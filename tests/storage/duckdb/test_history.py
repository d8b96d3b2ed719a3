"""Signals kept as Parquet: days become one file, old ones go, and whoever is erased is in none."""

from __future__ import annotations

from pathlib import Path

from safeconduct.inquiry.hunt import Condition, Shape
from safeconduct.storage.duckdb.history import SignalHistory, day_of
from support.hunts import DAY, START, found, signal


def test_p8_of_an_erased_person_nothing_is_left_in_any_file(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    history.add([signal(1, "telltale-person"), signal(2, "bea"), signal(3, agent="telltale-bot", person="")], START)
    history.flush(START)
    history.add([signal(4, "telltale-person", day=1)], START + 1)
    assert history.forget("telltale-person", ["telltale-bot"]) == 3
    history.flush(START)
    files = list((tmp_path / "signals").rglob("*"))
    assert files
    assert not any(b"telltale" in path.read_bytes() for path in files if path.is_file())
    assert set(found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),)))) == {"person/bea"}


def test_p8_whoever_is_not_known_any_more_is_taken_out_on_disk_and_before(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    history.add([signal(1, "gone"), signal(2, "bea"), signal(3, agent="left", person="")], START)
    history.flush(START)
    history.add([signal(4, "gone"), signal(5, "bea")], START + 1)
    assert history.forget_unknown(lambda who: who == "person/bea") == 3
    history.flush(START)
    assert found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),))) == {"person/bea": 2}


def test_days_that_are_over_become_one_file_and_old_ones_go(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    for number in range(6):
        history.add([signal(number, day=number % 2)], START)
        history.flush(START)
    history.tidy(START + DAY, days=30)
    first, second = sorted(path for path in (tmp_path / "signals").iterdir() if path.is_dir())
    assert (len(list(first.glob("*.parquet"))), len(list(second.glob("*.parquet")))) == (1, 3)
    history.tidy(START + 40 * DAY, days=30)
    assert [path for path in (tmp_path / "signals").iterdir() if path.is_dir()] == []


def test_a_crash_between_merging_and_removing_doubles_nothing(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    for number in range(3):
        history.add([signal(number)], START)
        history.flush(START)
    day = tmp_path / "signals" / day_of(START)
    parts = {path.name: path.read_bytes() for path in day.glob("*.parquet")}
    history.tidy(START + DAY, days=30)
    (whole,) = day.glob("*.parquet")
    for name, data in parts.items():  # struck before the parts were removed
        (day / name).write_bytes(data)
    whole.with_suffix(".replaces").write_text("\n".join(parts))
    assert found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),))) == {"person/ada": 3}
