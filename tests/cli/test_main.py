"""The command line knows every noun of the design, says its version, and explains itself."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safeconduct.cli.main import app

NOUNS = [
    "init",
    "serve",
    "up",
    "provider",
    "org",
    "project",
    "person",
    "agent",
    "key",
    "fact",
    "instrument",
    "model",
    "decide",
    "audit",
    "demo",
]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_a_help_text(noun: str) -> None:
    shown = CliRunner().invoke(app, [noun, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output


def test_the_version_is_the_package_s() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.strip() == metadata.version("safeconduct")


def test_an_unknown_noun_is_a_usage_error() -> None:
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2


def _run(shell: str, home: Path) -> subprocess.CompletedProcess[str]:
    script = shell.replace("safeconduct", f"{shlex.quote(sys.executable)} -m safeconduct")
    environ = {**os.environ, "SAFECONDUCT_HOME": str(home)}
    return subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_closed_streams_are_no_fault_of_ours(tmp_path: Path) -> None:
    done = _run("safeconduct init --bare && safeconduct fact names >&-", tmp_path / "home")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert _run("safeconduct fact names <&- 2>&- >&-", tmp_path / "home").returncode == 0


def test_a_full_disk_behind_stdout_is_told_once(tmp_path: Path) -> None:
    done = _run("safeconduct fact names > /dev/full", tmp_path / "home")
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Exception" not in done.stderr


def test_p8_a_crash_leaves_no_memory_on_the_disk() -> None:
    """A core would hold content that is being read, and the keys of providers. What we start inherits the limit."""
    script = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from safeconduct.cli import main
sys.argv = ["safeconduct", "--version"]
try:
    main.run()
except SystemExit:
    print("core", resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.endswith("core 0\n"), (done.stdout, done.stderr)
