"""No false alarm: a day of traffic by several writers with twenty restarts of every kind leaves everybody silent."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from safeconduct.assembly.monitor import FolderLog
from safeconduct.audit.entries import ActPerformed, CallEnded, Outcome, WriterStarted, decode, encode
from safeconduct.audit.monitored import Alarm, Saved
from safeconduct.audit.monitoring import Monitor
from safeconduct.audit.trust import Trust, compose
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.journal import Journal
from safeconduct.workers.keeper import Keeper
from support.audit_home import SIGNER, LogHome, crash
from support.audit_samples import T0
from support.verifier_bundle import entries, export, grown, judge, rechained, spoken, write_log

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
PLAIN = Trust.parse(compose([SIGNER.verifier], []))
DAY = 86_400 * SECOND


class Day:
    """A home that lives through a day; the clock moves only as told."""

    def __init__(self, path: Path) -> None:
        self.home, self.chance, self.calls = LogHome(path), random.Random(20), 0
        self.writers: list[Journal] = [self.home.writer(), self.home.writer()]
        self.keeper: Keeper | None = self.home.keeper()
        # calls of a night without any process are open all night: that they are is another alarm than ours
        self.monitor = Monitor(Saved(SIGNER.verifier.name), PLAIN, unclosed=DAY)
        self.alarms: list[Alarm] = []

    def look(self) -> None:
        self.alarms += self.monitor.look(FolderLog(self.home.log), self.home.clock.now)

    def pause(self, seconds: float) -> None:
        self.home.clock.now += int(seconds * SECOND)

    def step(self) -> None:
        if self.keeper is not None:
            self.keeper.step(self.home.clock.now)

    def traffic(self, calls: int) -> None:
        for _ in range(calls):
            self.calls += 1
            outcome = self.chance.choice([Outcome.SERVED, Outcome.SERVED, Outcome.FAILED, Outcome.CUT, Outcome.DISCONNECTED])
            spoken(self.home, self.chance.choice(self.writers), f"c{self.calls}", outcome, later=self.chance.randrange(400_000))
            if not self.calls % 3:
                self.step()
            if not self.calls % 30:
                self.look()

    def flood(self) -> None:
        refused = CallEnded(at=self.home.clock.now, outcome=Outcome.REFUSED, code="no_key", count=5_000, status=401)
        self.writers[0].append_sync(refused)

    def desk(self) -> None:
        journal = self.home.journal_of(f"desk-{self.calls}-{self.home.clock.now}", "desk")
        journal.append_sync(
            ActPerformed(at=self.home.clock.now, act="person.add", actor="sc_1", changes=1, changes_digest="d" * 64)
        )
        journal.close()

    def worker_stops(self) -> None:
        self.writers.pop(0).close()
        self.pause(2)
        self.writers.append(self.home.writer())

    def worker_dies(self) -> None:
        spoken(self.home, self.writers[0], "left open", None)
        crash(self.writers.pop(0))
        self.pause(0.5)
        self.writers.append(self.home.writer())

    def keeper_stops(self) -> None:
        assert self.keeper is not None
        self.keeper.finish(self.home.clock.now)
        self.keeper = None
        self.traffic(150)  # it stays away for more than ten seconds, and nobody waits for it
        self.keeper = self.home.keeper()
        self.step()

    def keeper_dies(self) -> None:
        self.home.crash_keepers()
        self.keeper = None
        self.traffic(100)
        self.keeper = self.home.keeper()
        self.step()

    def night(self) -> None:
        """All of it is killed; the next morning everything starts, the workers before the keeper has looked."""
        self.traffic(5)
        for writer in self.writers:
            spoken(self.home, writer, "of yesterday", None)
        for writer in self.writers:
            crash(writer)
        self.home.crash_keepers()
        for _ in range(8):
            self.pause(3600)
            self.look()
        self.desk()
        self.writers = [self.home.writer(), self.home.writer()]
        self.traffic(0)
        self.keeper = self.home.keeper()
        self.step()


def test_p7_a_day_with_twenty_restarts_alarms_nobody(tmp_path: Path) -> None:
    day = Day(tmp_path / "home")
    restarts = [day.worker_stops, day.worker_dies, day.keeper_stops, day.keeper_dies] * 5
    restarts.insert(11, day.night)
    day.chance.shuffle(restarts)
    begun, pins = day.home.clock.now, []
    for number, restart in enumerate(restarts):
        day.traffic(60)
        day.flood()
        day.desk()
        day.step()
        restart()
        day.pause(2)
        day.step()
        pin = tmp_path / f"pin{number}"
        pin.write_bytes((day.home.log / "checkpoint").read_bytes())
        pins.append(pin)
        day.look()
        day.pause(max(0, (begun + DAY - day.home.clock.now) / SECOND / (len(restarts) - number)))
        day.step()
    for writer in day.writers:
        writer.close()
    assert day.keeper is not None
    day.keeper.finish(day.home.clock.now)
    for _ in range(3):
        day.look()

    made = export(day.home.log, tmp_path / "bundle")
    seen = judge(made, *(word for pin in pins for word in ("--pin", str(pin))))
    assert seen.findings == []
    assert seen.code == 0
    told = seen.report.logs[0]
    assert (told["open_calls"], told["writers"] > 40, told["waited"] > 0) == (0, True, True)
    assert len(entries(made)) > 4_000
    ours = day.home.verify()
    assert ours.findings == []
    assert (ours.open_calls, ours.waited) == ([], told["waited"])
    assert day.alarms == []
    assert day.monitor.size == ours.size


def later(data: bytes) -> bytes:
    entry = decode(data)
    entry.at += HOUR
    return encode(entry)


@pytest.mark.parametrize("how", ["one after another", "by turns", "started before"])
def test_p7_a_keepers_start_excuses_only_what_waited_while_none_ran(tmp_path: Path, how: str) -> None:
    """All three readers agree: w2's entries are an hour older than those of w1 before them, and then a keeper starts."""
    found = entries(export(grown(tmp_path / "home").log, tmp_path / "bundle"))
    begun, rest = found[:200], [data for data in found[200:] if decode(data).boot in ("w1", "w2")]
    changed = [later(data) if decode(data).boot == "w1" else data for data in rest]
    if how != "by turns":
        changed.sort(key=lambda data: decode(data).boot)
    at = min(decode(data).at for data in rest) - MINUTE if how == "started before" else decode(changed[0]).at + MINUTE
    keeper = WriterStarted(at=at, boot="keeper-2", node="node-1", role="keeper")
    whole = rechained([*begun, *changed, encode(keeper)])
    newer = next(index for index, data in enumerate(whole) if decode(data).at > T0 + MINUTE)
    first = next(index for index, data in enumerate(whole) if index > newer and decode(data).boot == "w2")

    log, monitor = tmp_path / "log", Monitor(Saved(SIGNER.verifier.name), PLAIN)
    write_log(log, begun)
    assert monitor.look(FolderLog(log), T0 + MINUTE) == []
    write_log(log, whole)
    looks = [monitor.look(FolderLog(log), T0 + HOUR + minutes * MINUTE) for minutes in (2, 3, 4)]
    alarms = [alarm for look in looks for alarm in look if alarm.kind == "late"]
    theirs, ours = judge(log), verify_log(FolderLog(log), SIGNER.verifier)
    if how == "one after another":
        assert (theirs.findings, ours.findings, alarms) == ([], [], [])
        assert ours.waited == theirs.report.logs[0]["waited"] == 1
        return
    named = [("late", index) for code, index, _ in theirs.places if code == "late" and index >= first]
    assert named[0] == ("late", first)
    assert theirs.code == 13
    assert [(one.code, one.index) for one in ours.findings if one.code == "late"] == named
    assert set(named) <= {(alarm.code, alarm.index) for alarm in alarms}
