"""The keeper of a home: opened with its lock and its own journal, and let go of whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.log import Start, open_keeper
from safeconduct.storage.files.heads import HeadFile
from safeconduct.terms.faults import Refused
from support.audit_home import SIGNER, LogHome, call


def opened(home: LogHome, boot: str):
    start = Start("node-1", boot, home.clock)
    return open_keeper(log=home.log, journal=home.journal, heads=HeadFile(home.heads), signer=SIGNER, start=start)


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


def test_p2_only_one_keeper_at_a_time_and_the_next_after_it(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    with opened(home, "one") as keeper:
        with pytest.raises(Refused, match="running already"), opened(home, "two"):
            pass
        keeper.finish(home.clock.now)
    with opened(home, "three") as keeper:
        keeper.finish(home.clock.now)
    assert home.verify().holds
