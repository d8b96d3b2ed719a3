"""The keeper: every journal into one tree, signed each second, once, whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import Outcome
from safeconduct.audit.note import Signer
from safeconduct.audit.tree import EMPTY_ROOT
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from safeconduct.workers.merging import Status
from support.audit_home import SIGNER, LogHome, call, crash
from support.audit_samples import decided, ended


def checkpoint(home: LogHome) -> Checkpoint:
    return open_checkpoint((home.log / "checkpoint").read_bytes(), SIGNER.verifier)


def bodies(home: LogHome, boot: str) -> list[dict]:
    return [entry for entry in home.entries() if entry["boot"] == boot]


def journals(home: LogHome) -> list[str]:
    return [boot for boot in JournalFolder(home.journal).boots() if not boot.startswith("keeper-")]


def test_the_first_step_signs_at_once(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper = home.keeper()
    keeper.step(home.clock.now)
    assert checkpoint(home).size == keeper.size == 1
    assert LogStore(home.log).vkey() == str(SIGNER.verifier)
    keeper.finish(home.clock.now)


def test_p7_a_checkpoint_each_second_and_none_between(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper, writer = home.keeper(), home.writer("w")
    keeper.step(home.clock.now)
    sizes = []
    for number in range(18):
        call(writer, f"c{number}")
        home.clock.now += SECOND // 4
        keeper.step(home.clock.now)
        sizes.append(checkpoint(home).size)
    assert len(set(sizes)) == 5
    assert sizes == sorted(sizes)
    assert keeper.size == 38 > sizes[-1]
    before = (home.log / "checkpoint").read_bytes()
    home.clock.now += SECOND
    keeper.step(home.clock.now)
    signed = (home.log / "checkpoint").read_bytes()
    home.clock.now += 10 * SECOND
    keeper.step(home.clock.now)
    assert before != signed == (home.log / "checkpoint").read_bytes(), "an unchanged tree is not signed again"
    keeper.finish(home.clock.now)
    assert home.verify().holds


class Unsynced(Disk):
    """Knows which files of the log were written and not synced whenever another file gets its name."""

    def __init__(self) -> None:
        self.waiting: set[int] = set()
        self.seen: list[tuple[str, int]] = []

    def create(self, path: Path, mode: int = 0o600) -> int:
        fd = super().create(path, mode)
        if "tile" in path.parts:
            self.waiting.add(fd)
        return fd

    def fsync(self, fd: int) -> None:
        super().fsync(fd)
        self.waiting.discard(fd)

    def replace(self, source: Path, target: Path) -> None:
        self.seen.append((target.name, len(self.waiting)))
        super().replace(source, target)


def test_p7_nothing_is_saved_or_signed_before_the_tiles_are_durable(tmp_path: Path) -> None:
    home, disk = LogHome(tmp_path), Unsynced()
    writer, keeper = home.writer("w"), home.keeper(disk)
    writer.append_sync(*(decided() for _ in range(600)))
    keeper.step(home.clock.now)
    waiting = dict(disk.seen)
    assert waiting[".keeper.json"] == waiting["checkpoint"] == 0
    assert max(waiting.values()) > 1, "tiles are synced together and not one by one"
    keeper.finish(home.clock.now)


def test_a_clock_that_jumps_back_does_not_stop_the_signing(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper, writer = home.keeper(), home.writer("w")
    keeper.step(home.clock.now)
    call(writer, "c")
    keeper.step(home.clock.now - 3600 * SECOND)
    assert checkpoint(home).size == keeper.size
    keeper.finish(home.clock.now)


def test_many_writers_keep_their_own_order(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writers = [home.writer(f"w{number}") for number in range(4)]
    keeper = home.keeper()
    for number in range(200):
        call(writers[number % 4], f"c{number}", Outcome.SERVED if number % 3 else Outcome.FAILED)
        if number % 50 == 0:
            keeper.step(home.clock.now)
    for writer in writers:
        writer.close()
    keeper.finish(home.clock.now)
    report = home.verify()
    assert report.findings == []
    assert report.decided == report.ended == 200
    assert journals(home) == []


def test_p2_calls_of_a_dead_writer_are_closed_as_abandoned_once(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer, alive = home.writer("dead"), home.writer("alive")
    seqs = [call(writer, f"c{number}", None) for number in range(3)]
    call(writer, "done")
    kept_open = call(alive, "in flight", None)
    keeper = home.keeper()
    keeper.step(home.clock.now)
    assert not [e for e in home.entries() if e.get("outcome") == "abandoned"]
    crash(writer)
    for _ in range(4):
        home.clock.now += SECOND
        keeper.step(home.clock.now)
    closed = [e for e in home.entries() if e.get("outcome") == "abandoned"]
    assert [(e["closes_boot"], e["closes_seq"]) for e in closed] == [("dead", seq) for seq in seqs]
    assert all(not e["forwarded"] for e in closed)
    assert journals(home) == ["alive"]
    report = home.verify()
    assert report.holds
    assert [home.entries()[index]["seq"] for index in report.open_calls] == [kept_open]
    alive.append_sync(ending(alive.boot, kept_open))
    alive.close()
    keeper.finish(home.clock.now)
    assert home.verify().holds
    assert home.verify().open_calls == []


def ending(boot: str, seq: int) -> object:
    entry = ended()
    entry.closes_boot, entry.closes_seq = boot, seq
    return entry


def test_p2_a_closing_that_was_written_and_not_signed_is_not_written_again(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("dead")
    call(writer, "open", None)
    crash(writer)
    keeper = home.keeper()
    keeper._integrate()
    keeper._close_abandoned(home.clock.now)  # durable in the keeper's own journal, and then it dies
    home.crash_keepers()
    home.keep()
    home.keep()
    assert len([e for e in home.entries() if e.get("outcome") == "abandoned"]) == 1
    assert home.verify().holds


def test_p7_what_an_earlier_keeper_left_stands_before_the_start_of_the_next(tmp_path: Path) -> None:
    """Names of keepers are random. Behind that start, what waited while none ran would be taken for held back."""
    earlier, later = LogHome(tmp_path, "second"), LogHome(tmp_path, "first")  # the later one's name comes first
    earlier.keeper().step(earlier.clock.now)
    (_, own, _) = earlier._keepers[0]
    own.append_sync(ended("none", Outcome.REFUSED, forwarded=False))
    earlier.crash_keepers()
    later.clock.now = earlier.clock.now + 60 * SECOND
    later.keep()
    roles = [entry["boot"] for entry in later.entries() if entry["boot"].startswith("keeper-")]
    assert roles == sorted(roles, reverse=True)
    assert later.verify().findings == []


def test_p2_a_closing_in_the_tree_before_its_decision_is_remembered(tmp_path: Path) -> None:
    """A keeper died between closing a call and signing; the next one takes the keepers' journals first (a foreign order)."""
    home = LogHome(tmp_path)
    writer = home.writer("dead")
    seq = call(writer, "open", None)
    crash(writer)
    hidden = (home.journal / "dead").rename(tmp_path / "hidden")
    keeper = home.keeper()
    entry = ended("open", Outcome.ABANDONED, forwarded=False)
    entry.closes_boot, entry.closes_seq = "dead", seq
    keeper._writer.append_sync(entry)
    keeper.step(home.clock.now)
    hidden.rename(home.journal / "dead")
    for _ in range(3):
        home.clock.now += SECOND
        keeper.step(home.clock.now)
    keeper.finish(home.clock.now)
    assert len([e for e in home.entries() if e.get("outcome") == "abandoned"]) == 1
    assert home.verify().findings == []
    assert home.verify().open_calls == []


def test_p2_a_second_keeper_is_refused(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper = home.keeper()
    with pytest.raises(Refused, match="a keeper of this log is running already"):
        home.keeper()
    keeper.finish(home.clock.now)
    home.keep()


@pytest.mark.parametrize("entries", [0, 3, 254, 255, 256, 700])
@pytest.mark.parametrize("state", ["kept", "missing", "torn"])
def test_p2_a_restart_goes_on_where_the_log_is(tmp_path: Path, entries: int, state: str) -> None:
    home = LogHome(tmp_path)
    writer, gone = home.writer("w"), home.writer("gone")
    call(gone, "open", None)
    keeper = home.keeper()
    if entries:
        writer.append_sync(*(decided(f"c{number}") for number in range(entries)))
    keeper.step(home.clock.now)
    signed = checkpoint(home)
    writer.append_sync(decided("after the checkpoint"))
    keeper.step(home.clock.now)  # in the tree of a keeper that dies before it signs
    home.crash_keepers()
    crash(gone)
    if state == "missing":
        (home.journal / ".keeper.json").unlink()
    elif state == "torn":
        (home.journal / ".keeper.json").write_bytes(b'{"size":')
    home.keep()
    crash(writer)
    home.keep()
    report = home.verify()
    assert report.findings == []
    assert report.open_calls == []
    assert report.decided == report.ended == entries + 2
    assert report.size > signed.size
    assert journals(home) == []


def test_p7_a_tree_that_does_not_extend_what_was_signed_is_not_signed(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    call(home.writer("w"), "c")
    home.keep()
    size = checkpoint(home).size
    forged = sign_checkpoint(Checkpoint(SIGNER.verifier.name, size, EMPTY_ROOT), SIGNER)
    (home.log / "checkpoint").write_bytes(forged)
    with pytest.raises(Refused, match="do not extend the checkpoint"):
        home.keeper()
    home.crash_keepers()
    assert (home.log / "checkpoint").read_bytes() == forged


def test_p7_a_checkpoint_of_another_key_or_a_hole_in_the_log_is_refused(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    call(home.writer("w"), "c")
    home.keep()
    good = (home.log / "checkpoint").read_bytes()
    other = Signer(SIGNER.verifier.name, bytes(32))
    (home.log / "checkpoint").write_bytes(sign_checkpoint(checkpoint(home), other))
    with pytest.raises(Refused, match="use the key that signed this log"):
        home.keeper()
    (home.log / "checkpoint").write_bytes(good)
    home.crash_keepers()
    next((home.log / "tile" / "0").rglob("*.p/*")).unlink()
    with pytest.raises(Refused, match="restore the missing files"):
        home.keeper()


def test_left_segments_and_partial_tiles_do_not_pile_up(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper, writer = home.keeper(), home.writer("w")
    for number in range(300):
        call(writer, f"c{number}")
        if number % 10 == 0:
            home.clock.now += SECOND
            keeper.step(home.clock.now)
            assert len(list((home.journal / "w").glob("*.wal"))) <= 6
    home.clock.now += SECOND
    keeper.step(home.clock.now)
    assert not (home.log / "tile" / "0" / "000.p").exists()
    assert not (home.log / "tile" / "entries" / "001.p").exists()
    keeper.finish(home.clock.now)
    assert home.verify().holds


def test_status_tells_what_is_in_the_tree_and_what_is_signed(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    keeper, writer = home.keeper(), home.writer("w")
    keeper.step(home.clock.now)
    first = home.clock.now
    home.clock.now += SECOND
    call(writer, "c")
    keeper.step(home.clock.now)
    status = keeper.status(home.clock.now)
    now = first + SECOND
    assert status == Status(size=4, signed_size=4, integrated_at=now, signed_at=now, at=now, waited=status.waited)
    keeper.finish(home.clock.now)
