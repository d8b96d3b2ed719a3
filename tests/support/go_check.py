"""The independent check: one Go program over golang.org/x/mod/sumdb, built offline, fed line by line."""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

from support.debian import GO_SOURCES

SOURCE = Path(__file__).parents[1] / "verifier" / "go" / "check.go"
BUILD_LIMIT = 110.0


def lacking() -> str:
    """Why the check cannot be built here; empty when it can."""
    if shutil.which("go") is None or not (GO_SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return "golang-go and golang-golang-x-mod-dev are not installed"
    return ""


def build(folder: Path) -> Path:
    """The program, built from Debian's sources alone."""
    settings = {
        "GO111MODULE": "off",
        "GOPATH": str(GO_SOURCES),
        "GOFLAGS": "",
        "GOCACHE": str(folder / "cache"),
        "GOPROXY": "off",
    }
    program = folder / "check"
    command = ["go", "build", "-o", str(program), str(SOURCE)]
    done = subprocess.run(
        command,
        env={**os.environ, **settings, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=BUILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


def ask(program: Path, questions: Iterable[tuple[object, ...]], limit: float = 110.0) -> list[str]:
    """An answer for each question: ``ok`` with what was found, or ``no`` with why. Bytes go in as base64."""
    lines = ("\t".join(b64encode(one).decode() if isinstance(one, bytes) else str(one) for one in each) for each in questions)
    done = subprocess.run(
        [str(program)], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=limit, check=True
    )
    return done.stdout.splitlines()
