"""The command that follows a log: once, over restarts, and as a process that is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safeconduct.audit.trust import compose
from safeconduct.cli.main import app
from support.audit_home import SIGNER, LogHome, call

RUN = CliRunner()


@pytest.fixture
def log(tmp_path: Path) -> LogHome:
    home = LogHome(tmp_path / "home")
    home.clock.now = time.time_ns() // 1000
    grow(home)
    (tmp_path / "policy").write_bytes(compose([SIGNER.verifier], []))
    return home


def grow(home: LogHome) -> None:
    writer = home.writer()
    call(writer, "c")
    writer.close()
    home.keep()


def once(log: LogHome, *more: str) -> tuple[int, list[dict[str, object]], str]:
    folder = log.path.parent
    words = ["monitor", str(log.log), "--policy", str(folder / "policy"), "--state", str(folder / "state"), "--once", "--json"]
    words += more
    result = RUN.invoke(app, words)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def quiet(found: tuple[int, list[dict[str, object]], str]) -> bool:
    """Nothing but what the samples' fixed times make of a clock."""
    return all(alarm["kind"] == "late" for alarm in found[1])


def test_a_sound_log_is_followed_over_restarts(log: LogHome) -> None:
    first = once(log)
    assert quiet(first)
    grow(log)
    second = once(log)
    assert quiet(second)
    assert "entries seen" in second[2]


def test_p7_a_log_put_back_is_forked_to_whoever_saw_more(log: LogHome) -> None:
    old = (log.log / "checkpoint").read_bytes()
    grow(log)
    once(log)
    (log.log / "checkpoint").write_bytes(old)
    for _ in range(2):  # as often as somebody asks
        code, alarms, _ = once(log)
        assert code == 12
        assert [(alarm["kind"], alarm["code"]) for alarm in alarms] == [("forked", "rollback")]


def test_a_line_for_a_person_says_what_and_where(log: LogHome) -> None:
    (log.log / "checkpoint").write_bytes(b"words")
    result = RUN.invoke(app, ["monitor", str(log.log), "--policy", str(log.path.parent / "policy"), "--once"])
    assert result.exit_code == 14
    assert "UNSIGNED test.example/log: the checkpoint does not hold" in result.stdout


@pytest.mark.parametrize(
    ("place", "policy", "words"),
    [
        ("{log}", b"words\n", "line 1 of the policy"),
        ("{log}", b"quorum none\n", "lists no log"),
        ("{log}/nowhere", None, "no such folder"),
        ("https://a b", None, "spaces"),
    ],
)
def test_what_cannot_be_followed_is_told(log: LogHome, place: str, policy: bytes | None, words: str) -> None:
    if policy is not None:
        (log.path.parent / "policy").write_bytes(policy)
    result = RUN.invoke(app, ["monitor", place.format(log=log.log), "--policy", str(log.path.parent / "policy"), "--once"])
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_process_follows_until_it_is_told_to_stop(log: LogHome) -> None:
    folder = log.path.parent
    command = [sys.executable, "-m", "safeconduct", "monitor", str(log.log), "--policy", str(folder / "policy")]
    command += ["--state", str(folder / "state"), "--every", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 30
        while not (folder / "state").exists() and process.poll() is None and time.monotonic() < end:
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert "entries seen" in err
    assert process.returncode in (0, 13), out
