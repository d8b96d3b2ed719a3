"""Years: a log over New Year is two trees and one over them, and no crash makes it one entry more or less."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from safeconduct.audit.entries import ShardClosed, ShardOpened
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.shards import CLOSED
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from safeconduct.workers.stopping import Stop
from support.audit_home import call, crash
from support.audit_years import EVE, Years, prepare, root_faults
from support.tree import ROOT

TESTS = ROOT / "tests"


@pytest.fixture
def years(tmp_path: Path) -> Years:
    prepare(tmp_path / "log")
    return Years(tmp_path / "log")


def holds(years: Years) -> bool:
    stores = [years.store(shard) for shard in years.shards()]
    return all(verify_log(store, Verifier.parse(store.vkey())).holds for store in stores)


def test_p7_a_year_ends_when_its_last_writer_has(years: Years) -> None:
    with years.open("first") as log:
        old = years.writer("old")
        call(old, "a")
        years.pass_seconds(log, 2)
        years.clock.now = EVE + 3600 * SECOND
        new = years.writer("new")
        call(new, "b")
        years.pass_seconds(log, 2)
        assert list(log.keepers) == ["safeconduct.local/log", "safeconduct.local/log/2027"]
        call(old, "c")
        crash(old)  # it dies with nothing open
        years.pass_seconds(log, 3)
        assert list(log.keepers) == ["safeconduct.local/log/2027"]
        new.close()
        log.finish(years.clock.now)
    assert root_faults(years) == []
    assert holds(years)
    assert [entry.boot for entry in years.entries(years.home.shards()[0]) if entry.boot == "old"] == ["old"] * 5
    kinds = [type(entry) for entry in years.entries(years.home.root_shard()) if isinstance(entry, ShardOpened | ShardClosed)]
    assert kinds == [ShardOpened, ShardOpened, ShardClosed]
    status = json.loads((years.home.run / "keeper.json").read_text())
    assert status["size"] == status["signed_size"] > 0


def test_p7_a_closed_year_is_not_opened_again(years: Years) -> None:
    years.live("first", 1)
    years.clock.now = EVE + 3600 * SECOND
    years.live("second", 2)
    ends = [years.checkpoint(shard) for shard in years.home.shards()]
    years.clock.now = EVE - 3600 * SECOND  # a clock set back to the closed year
    with years.open("third") as log:
        years.pass_seconds(log)
        assert list(log.keepers) == ["safeconduct.local/log/2027"]
        assert years.writer("late").directory.parent.name == "journal-2027"
    assert years.checkpoint(years.home.shards()[0]) == ends[0]


def test_p7_a_closed_year_whose_gate_is_gone_keeps_the_log_from_starting(years: Years) -> None:
    years.live("first", 1)
    years.clock.now = EVE + 3600 * SECOND
    years.live("second", 2)
    gate = years.home.shards()[0].journal / CLOSED
    gate.unlink()
    for life, now in ("third", years.clock.now), ("fourth", EVE):  # also with a clock that is back in that year
        years.clock.now = now
        with pytest.raises(Refused) as refused, years.open(life):
            pass
        assert [(fault.code, fault.where) for fault in refused.value.faults] == [("shard_reopened", "safeconduct.local/log")]
        assert not gate.exists()  # nothing was closed in passing
    gate.touch()
    years.clock.now = EVE + 3600 * SECOND
    years.live("fifth", 2)
    assert root_faults(years) == []
    assert holds(years)


def test_a_shard_that_nobody_wrote_to_is_there_all_the_same(years: Years) -> None:
    years.clock.now = EVE + 3600 * SECOND
    years.live("first", 2)
    assert root_faults(years) == []


def test_run_ends_in_order_when_told(years: Years) -> None:
    writer = years.writer("w")
    call(writer, "c")
    writer.close()
    stop, ticks = Stop(), iter(range(5))

    def clock() -> int:
        if next(ticks) == 2:
            stop.set()
        return years.clock.now

    with years.open("first") as log:
        log.run(stop, clock)
    assert holds(years)
    assert [path for path in years.home.journal.iterdir() if not path.name.startswith(".")] == []


def test_p2_a_second_keeper_is_refused_whatever_the_year(years: Years) -> None:
    with years.open("first") as log:
        with pytest.raises(Refused, match="running already"), years.open("second"):
            pass
        log.finish(years.clock.now)
    years.live("third", 1)


def test_p7_entries_that_wait_too_long_are_told_once_and_when_it_is_over(years: Years) -> None:
    with years.open("first") as log:
        writer = years.writer("w")
        years.pass_seconds(log)
        call(writer, "before the keeper stood still")
        years.clock.now += 30 * SECOND
        years.pass_seconds(log)
        assert len(years.alarms) == 1
        assert "31.0 s" in years.alarms[0]
        years.pass_seconds(log, 3)
        assert len(years.alarms) == 2
        assert "caught up" in years.alarms[1]
        writer.close()
        log.finish(years.clock.now)


SHARES = 8
MEMORY = Path("/dev/shm")  # where there is one: many thousand small files are made and removed


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(1, SHARES + 1))
@pytest.mark.parametrize("strike", ["kill", "tear", "eio", "enospc"])
def test_p2_p7_struck_at_any_system_call_over_new_year_every_tree_is_whole(quick: Path, strike: str, share: int) -> None:
    ran = subprocess.run(
        [sys.executable, str(TESTS / "support" / "audit_years.py"), str(quick), strike, f"{share}/{SHARES}"],
        capture_output=True,
        text=True,
        timeout=115,
        check=False,
        env={"PYTHONPATH": str(TESTS), "PATH": ""},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout
