"""The official Cedar engine (npm, pinned), asked in one batch: a second opinion that shares no binding with ours."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support.node import node, npm

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "policy" / "oracle"
INSTALLED = ROOT / ".cache" / "npm-cedar"
INSTALL_LIMIT = 300.0
ANSWER_LIMIT = 100.0


def installed() -> Path:
    """The folder with the engine, installed on first use; afterwards no network is needed. Raises RuntimeError."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    stamp, pinned = INSTALLED / "installed", hashlib.sha256((PINS / "package-lock.json").read_bytes()).hexdigest()
    with (INSTALLED / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == pinned):
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PINS / name, INSTALLED)
            command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=INSTALL_LIMIT, check=False)
            if done.returncode:
                raise RuntimeError(f"npm could not install the Cedar oracle:\n{done.stderr}")
            stamp.write_text(pinned)
    return INSTALLED


def answers(schema: str, sets: Mapping[str, Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The engine's answers. A question names its set as ``preparsedPolicySetId``."""
    lines: list[Mapping[str, Any]] = [{"schema": schema}]
    lines += [{"set": name, "policies": policies} for name, policies in sets.items()]
    lines += questions
    script = installed() / "ask.cjs"
    shutil.copy(PINS / "ask.cjs", script)
    text = "\n".join(json.dumps(line) for line in lines)
    done = subprocess.run([*node(), str(script)], input=text, capture_output=True, text=True, timeout=ANSWER_LIMIT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]
