"""Counters of several workers add up in one scrape, and none is about a person."""

from __future__ import annotations

from pathlib import Path

from safeconduct.gateway.meters import NAMES, Meters, exposition


def test_workers_add_up(tmp_path: Path) -> None:
    for slot, calls in (("0", 3), ("1", 4)):
        meters = Meters(tmp_path / f"meters-{slot}.bin")
        meters.arrivals = calls
        meters.flush()
    text = exposition(tmp_path, {"log_size": 9}).decode()
    assert "safeconduct_arrivals_total 7\n" in text
    assert "safeconduct_workers 2\n" in text
    assert "safeconduct_log_size 9\n" in text


def test_no_counter_carries_a_label(tmp_path: Path) -> None:
    Meters(tmp_path / "meters-0.bin").flush()
    samples = [line for line in exposition(tmp_path, {}).decode().splitlines() if not line.startswith("#")]
    assert len(samples) == len(NAMES) + 1
    assert not any("{" in line for line in samples)


def test_a_foreign_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "meters-x.bin").write_bytes(b"short")
    assert "safeconduct_workers 0\n" in exposition(tmp_path, {}).decode()
