"""The keeper as a process: signs what is there, ends in order, and says in one line why it cannot."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import UNFIT
from support.faults_home import keep, make_home

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


def test_settings_it_cannot_read_are_told_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home.path)
    home.settings_file.write_text("[gateway\n")
    done = subprocess.run([*COMMAND, str(home.path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == UNFIT
    assert "safeconduct.toml" in done.stderr
    assert "mend the syntax" in done.stderr
    assert "Traceback" not in done.stderr
