"""Who is being served: told to the owner of the home, dated, and read together."""

from __future__ import annotations

import resource
import signal
import stat
from pathlib import Path

import pytest

from safeconduct.gateway.live import LiveFile, read_live

ADA = ("person/ada", "acme", "claude-fable-5")
BOT = ("agent/bot", "acme", "gpt-5.6")


def test_workers_are_counted_together(tmp_path: Path) -> None:
    LiveFile(tmp_path / "run" / "live-0.msgpack").write([ADA, BOT, ADA], 1_000)
    LiveFile(tmp_path / "run" / "live-1.msgpack").write([ADA], 2_000)
    found = read_live(tmp_path / "run", 1_000)
    assert found == {ADA: 3, BOT: 1}
    assert read_live(tmp_path / "run", 1_001) == {ADA: 1}, "what is old is not counted"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    LiveFile(tmp_path / "live-0.msgpack").write([ADA], 1)
    assert stat.S_IMODE((tmp_path / "live-0.msgpack").stat().st_mode) == 0o600


def test_only_the_owner_may_read_it_whatever_was_left_there(tmp_path: Path) -> None:
    left = tmp_path / "live-0.new"
    left.touch()
    left.chmod(0o666)
    LiveFile(tmp_path / "live-0.msgpack").write([ADA], 1)
    assert stat.S_IMODE((tmp_path / "live-0.msgpack").stat().st_mode) == 0o600


def test_a_disk_that_takes_only_a_part_leaves_the_answer_before(tmp_path: Path) -> None:
    file = LiveFile(tmp_path / "live-0.msgpack")
    file.write([ADA], 1)
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, whole[1]))
        with pytest.raises(OSError, match="too large"):
            file.write([ADA, BOT], 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
        signal.signal(signal.SIGXFSZ, ignored)
    assert read_live(tmp_path, 0) == {ADA: 1}


def test_nobody_served_is_said_once(tmp_path: Path) -> None:
    file = LiveFile(tmp_path / "live-0.msgpack")
    file.write([ADA], 1)
    file.write([], 2)
    assert read_live(tmp_path, 0) == {}
    (tmp_path / "live-0.msgpack").unlink()
    file.write([], 3)
    assert not (tmp_path / "live-0.msgpack").exists()


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "live-7.msgpack").write_bytes(b"{")
    assert read_live(tmp_path, 0) == {}
    assert read_live(tmp_path / "nowhere", 0) == {}
