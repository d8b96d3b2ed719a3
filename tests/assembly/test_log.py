"""The keeper of a home: opened with its lock and its own journal, and let go of whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.assembly.log import open_keeper
from safeconduct.terms.faults import Refused
from support.audit_home import SIGNER, LogHome, call


def opened(home: LogHome, boot: str):
    return open_keeper(
        log=home.log, journal=home.journal, run=home.run, signer=SIGNER, node="node-1", boot=boot, clock=home.clock
    )


def test_p7_an_opened_keeper_signs_what_the_writers_wrote(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    call(writer, "c")
    writer.close()
    with opened(home, "one") as keeper:
        keeper.step(home.clock.now)
        keeper.finish(home.clock.now)
    report = home.verify()
    assert report.holds
    assert report.outcomes == {"served": 1}
    assert json.loads((home.run / "keeper.json").read_text())["size"] == 5


def test_p2_only_one_keeper_at_a_time_and_the_next_after_it(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    with opened(home, "one") as keeper:
        with pytest.raises(Refused, match="running already"), opened(home, "two"):
            pass
        keeper.finish(home.clock.now)
    with opened(home, "three") as keeper:
        keeper.finish(home.clock.now)
    assert home.verify().holds
