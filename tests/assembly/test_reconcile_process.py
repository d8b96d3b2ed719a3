"""Nights: when one is due, that a missed one is made up for, what is told, and that SIGTERM ends it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from safeconduct.assembly import reconcile_process
from safeconduct.assembly.home import Home
from safeconduct.assembly.process import UNFIT
from safeconduct.assembly.reconcile_process import DAY, due_since, night
from safeconduct.assembly.reconciling import last
from safeconduct.assembly.vault import HomeVault
from safeconduct.terms.moments import parse
from support.behind import edit
from support.faults_home import keep, make_home
from support.vault_home import VaultHome

THREE = 3 * 3600
COMMAND = [sys.executable, "-m", "safeconduct.assembly.reconcile_process"]


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-06-12T02:59:59Z", "2026-06-11T03:00:00Z"),
        ("2026-06-12T03:00:00Z", "2026-06-12T03:00:00Z"),
        ("2026-06-12T23:00:00Z", "2026-06-12T03:00:00Z"),
        ("2026-03-01T00:00:00Z", "2026-02-28T03:00:00Z"),
    ],
)
def test_a_night_is_due_from_its_hour_on(now: str, since: str) -> None:
    assert due_since(THREE, parse(now)) == parse(since)


def test_a_night_tells_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    assert night(home)
    assert capsys.readouterr().err == ""
    edit(home.registry, ("UPDATE change SET body = x'7b7d' WHERE seq = 2", ()))
    assert night(home)
    words = capsys.readouterr().err
    assert "nothing that is over could go" in words, "the row cannot be read any more"
    assert "1 differences (1 row_edited)" in words
    told = last(home)
    assert told is not None
    assert told.codes == {"row_edited": 1}
    entries = [entry for entry in keep(home) if entry["type"] == "log.reconciled"]
    assert [(entry["findings"], list(entry["codes"])) for entry in entries] == [(0, []), (1, ["row_edited"])]


def test_a_night_that_cannot_be_is_told_and_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    home.registry.write_bytes(b"rubbish" * 100)
    assert not night(home)
    assert "nothing was compared" in capsys.readouterr().err
    told = last(home)
    assert told is not None
    assert told.found == 1


def test_a_night_lets_go_of_what_is_over_and_finds_it_lawful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = VaultHome(tmp_path)
    monkeypatch.setenv("SAFECONDUCT_HOME", str(home.paths.path))
    home.call()
    monkeypatch.setattr(reconcile_process, "clock", lambda: parse("2100-01-01T00:00:00Z"))
    assert night(home.paths)
    assert list(HomeVault.of(home.paths).store().places()) == []
    told = last(home.paths)
    assert told is not None
    assert (told.codes, told.contents) == ({}, 2)


def test_a_missed_night_is_made_up_for_and_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    old = (home.secrets / "pepper").stat().st_mtime - 2 * DAY / 1e6
    os.utime(home.secrets / "pepper", (old, old))
    process = subprocess.Popen([*COMMAND, str(home.path)], stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while last(home) is None:
            assert time.monotonic() < end, "nothing was compared"
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=5)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, words) == (0, "")


def test_settings_it_cannot_read_are_told_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    home.settings_file.write_text('[reconcile]\nat = "25:00"\n')
    done = subprocess.run([*COMMAND, str(home.path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == UNFIT
    assert "time of day" in done.stderr
    assert "Traceback" not in done.stderr
