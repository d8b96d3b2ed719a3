"""The keeper as a process: signs what is there, ends in order, and says in one line why it cannot."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import UNFIT
from support.faults_home import keep, make_home
from support.stand import Stand, start_stand

COMMAND = [sys.executable, "-m", "safeconduct.assembly.keeper_process"]


def test_it_signs_and_ends_in_order(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    process = subprocess.Popen([*COMMAND, str(home.path)], stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 20
        while not (home.log / "checkpoint").exists():
            assert time.monotonic() < end, "nothing was signed"
            time.sleep(0.02)
        second = subprocess.run([*COMMAND, str(home.path)], capture_output=True, text=True, timeout=20, check=False)
        assert second.returncode == 1, "the other one may end; trying again makes sense"
        assert "running already" in second.stderr
        assert "Traceback" not in second.stderr
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, words) == (0, "")
    entries = keep(home)
    kinds = {entry["type"] for entry in entries}
    assert {"act.performed", "writer.started", "writer.stopped"} <= kinds
    started = [entry for entry in entries if entry["type"] == "writer.started"]
    desk, process = (next(entry for entry in started if entry["role"] == role) for role in ("desk", "keeper"))
    assert process["settings_hash"] == desk["settings_hash"], "the same settings have the same name"
    assert process["versions"] == desk["versions"]


def test_p7_settings_are_read_at_the_start_and_a_slip_in_the_file_stops_no_signing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    process = subprocess.Popen([*COMMAND, str(home.path)], stderr=subprocess.PIPE, text=True)
    try:
        waiting((home.log / "checkpoint").exists)
        report = home.run / "keeper.json"
        home.settings_file.write_text("[log]\n[log]\n")
        at = json.loads(report.read_bytes())["at"]
        waiting(lambda: process.poll() is not None or json.loads(report.read_bytes())["at"] > at + 2_500_000)  # looked twice
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, words) == (0, "")


def test_p2_of_two_keepers_started_at_once_one_is_refused_and_nothing_doubles(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    racing = [subprocess.Popen([*COMMAND, str(home.path)], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        end = time.monotonic() + 30
        while sum(each.poll() is None for each in racing) > 1 or not (home.log / "checkpoint").exists():
            assert time.monotonic() < end, "more than one keeper runs, or none signs"
            time.sleep(0.02)
        (winner,) = (each for each in racing if each.poll() is None)
        for loser in (each for each in racing if each is not winner):
            _, words = loser.communicate(timeout=20)
            assert (loser.returncode, "running already" in words, "Traceback" in words) == (1, True, False)
        winner.send_signal(signal.SIGTERM)
        assert winner.communicate(timeout=20)[1] == ""
    finally:
        for each in racing:
            each.kill()
            each.wait()
    entries = keep(home)
    keepers = [entry["boot"] for entry in entries if entry["type"] == "writer.started" and entry["role"] == "keeper"]
    assert len(keepers) == 3, "the winner, and the two that looked afterwards: a refused one wrote nothing"
    assert len({(entry["boot"], entry["seq"]) for entry in entries}) == len(entries)


def test_p7_a_restored_home_is_told_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    keep(home)
    shutil.copytree(home.path, tmp_path / "backup")
    keep(home)
    shutil.rmtree(home.path)
    (tmp_path / "backup").rename(home.path)
    done = subprocess.run([*COMMAND, str(home.path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == UNFIT
    assert "restore the newer log" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_p2_a_keeper_that_stands_still_stops_no_call_and_catches_up(tmp_path: Path) -> None:
    with start_stand(tmp_path / "home", settings="merge_delay_seconds = 1.0\n") as stand:
        words = tmp_path / "home.stderr"
        keeper = keeper_of(stand)
        os.kill(keeper, signal.SIGSTOP)
        try:
            assert [ask(stand) for _ in range(3)] == [200] * 3, "calls go on"
            late = time.time() + 1.5  # then they have waited longer than is promised, however fast or slow this machine is
            waiting(lambda: ready(stand) == 503 and time.time() > late)
        finally:
            os.kill(keeper, signal.SIGCONT)
        waiting(lambda: "the log has caught up" in words.read_text() and ready(stand) == 200)
        assert keeper_of(stand) == keeper, "it went on by itself"
        assert stand.stop() == 0
        told = words.read_text()  # a slow machine may make it late again
        assert told.count("s for a signed checkpoint") >= told.count("the log has caught up") >= 1
    entries = keep(Home(tmp_path / "home"))
    served = [entry for entry in entries if entry["type"] == "call.ended" and entry["outcome"] == "served"]
    assert len(served) == 3


def keeper_of(stand: Stand) -> int:
    """The process of the keeper among the children of an installation."""
    children = Path(f"/proc/{stand.process.pid}/task/{stand.process.pid}/children").read_text().split()
    (found,) = (int(child) for child in children if b"keeper_process" in Path(f"/proc/{child}/cmdline").read_bytes())
    return found


def ready(stand: Stand) -> int:
    return asked(stand, "GET", "/readyz", b"", {})


def ask(stand: Stand) -> int:
    body = json.dumps({"model": "claude-haiku-4-5", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}).encode()
    return asked(
        stand,
        "POST",
        "/v1/messages",
        body,
        {"x-api-key": stand.key, "content-type": "application/json", "anthropic-version": "2023-06-01"},
    )


def asked(stand: Stand, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", stand.port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def waiting(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_settings_it_cannot_read_are_told_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    home.settings_file.write_text("[gateway\n")
    done = subprocess.run([*COMMAND, str(home.path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == UNFIT
    assert "safeconduct.toml" in done.stderr
    assert "mend the syntax" in done.stderr
    assert "Traceback" not in done.stderr
