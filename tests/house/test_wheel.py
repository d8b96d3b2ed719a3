"""The wheel runs alone: built, installed into a fresh environment with the locked dependencies, and started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.tree import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_wheel_runs_alone(tmp_path: Path) -> None:
    command = ["sh", str(ROOT / "scripts" / "check_wheel.sh"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0." in done.stdout, "safeconduct --version says no version"
