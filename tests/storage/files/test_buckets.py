"""The buckets of throttles as several workers see them: one rate, whoever asks, and nobody waits for who stands still."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from safeconduct.exchange.measures import Throttles
from safeconduct.storage.files import buckets
from safeconduct.storage.files.buckets import SharedBuckets
from safeconduct.terms.moments import SECOND


def workers(path: Path, count: int = 3) -> list[Throttles]:
    return [Throttles(count, SharedBuckets(path)) for _ in range(count)]


@pytest.mark.parametrize("reached", [1, 3])
def test_the_rate_is_that_of_all_workers_whichever_a_call_reaches(tmp_path: Path, reached: int) -> None:
    some = workers(tmp_path / "b")[:reached]
    passed = sum(each.take("m", 60, second * SECOND) == 0 for second in range(60) for each in some)
    assert 60 <= passed <= 70


def test_each_measure_has_its_own_bucket_and_a_worker_that_comes_later_finds_it(tmp_path: Path) -> None:
    first, second, _ = workers(tmp_path / "b")
    assert [first.take("m", 2, 0), second.take("m", 2, 0), second.take("n", 2, 0)] == [0, 30, 0]
    assert Throttles(3, SharedBuckets(tmp_path / "b")).take("m", 2, SECOND) == 29


def test_more_measures_than_slots_are_borne_and_those_in_use_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "SLOTS", 4)
    monkeypatch.setattr(buckets, "NEAR", 4)
    throttles = Throttles(1, SharedBuckets(tmp_path / "b"))
    for number in range(1, 50):
        assert throttles.take(f"m{number}", 1, number * SECOND) == 0
        assert throttles.take("used", 1, number * SECOND) == (0 if number == 1 else 61 - number)
    assert (tmp_path / "b").stat().st_size == 4 * 32


def test_p12_nobody_waits_for_a_worker_that_stands_still_at_the_file(tmp_path: Path) -> None:
    mine = SharedBuckets(tmp_path / "b")
    other = os.open(tmp_path / "b", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    assert not mine.change("m", lambda *_: pytest.fail("it is not its turn"))
    os.close(other)
    assert mine.change("m", lambda left, since: (left + 1, since))
    mine.close()


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        SharedBuckets(tmp_path / "none" / "b")
