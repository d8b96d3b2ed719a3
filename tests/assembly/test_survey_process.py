"""The second half as a process: an order in, a census out, one line when it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from safeconduct.assembly.survey import Look, Order
from safeconduct.inquiry.census import decode
from support.inquiry_home import cobalt_home
from support.inquiry_worlds import NOON


def _run(data: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "safeconduct.assembly.survey_process"]
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def test_an_order_is_answered_with_a_census(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    look = Look(town.registry.version, NOON, frozenset({"us_person.ear"}))
    order = Order(str(home.folder), (look,), 0, 1, 5, frozenset(), None)
    done = _run(msgspec.msgpack.encode(order))
    assert done.returncode == 0, done.stderr
    assert decode(done.stdout).seats == 5  # three people, two agents


def test_what_is_no_order_is_one_line() -> None:
    done = _run(b"nonsense")
    assert done.returncode == 1
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
