"""The log of a home: opened with its one lock and the keepers' own journals, and let go of whole."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from safeconduct.assembly.home import Home
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import FilePlaces
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import Report, verify_log
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Refused
from safeconduct.workers.shards import Shards
from support.audit_home import call
from support.audit_samples import Clock, started


def opened(home: Home, boot: str, clock: Clock) -> AbstractContextManager[Shards]:
    return open_log(home, Start("node-1", boot, clock), FilePlaces(home.apart({})), bytes, lambda _: None)


def verified(home: Home) -> Report:
    store = LogStore(home.log)
    return verify_log(store, Verifier.parse(store.vkey()))


def test_p7_an_opened_log_signs_what_the_writers_wrote(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "home"), Clock()
    writer = Journal.open(home.shard(clock.now).journal, "node-1", "w", clock=clock, start_entry=started("gateway"))
    call(writer, "c")
    writer.close()
    with opened(home, "one", clock) as log:
        log.step(clock.now)
        log.finish(clock.now)
    report = verified(home)
    assert report.holds
    assert report.outcomes == {"served": 1}


def test_p2_only_one_keeper_at_a_time_and_the_next_after_it(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "home"), Clock()
    with opened(home, "one", clock) as log:
        with pytest.raises(Refused, match="running already"), opened(home, "two", clock):
            pass
        log.finish(clock.now)
    with opened(home, "three", clock) as log:
        log.finish(clock.now)
    assert verified(home).holds
