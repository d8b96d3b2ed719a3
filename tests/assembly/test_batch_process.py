"""An answering process: frames in, frames out, and an end when the input ends."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import msgspec

from safeconduct.inquiry.batch import Answer, Question
from support.inquiry_home import FABLE, cobalt_home
from support.inquiry_worlds import NOON


def test_a_frame_of_questions_is_answered(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    body = msgspec.msgpack.encode([Question("ann", FABLE), Question("", FABLE)])
    command = [
        sys.executable,
        "-m",
        "safeconduct.assembly.batch_process",
        str(home.folder),
        str(town.registry.version),
        str(NOON),
    ]
    frame = struct.pack(">I", len(body)) + body
    done = subprocess.run(command, input=frame, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answers = msgspec.msgpack.decode(done.stdout[4:], type=list[Answer])
    assert [each.decision for each in answers] == ["permit", ""]


def test_a_home_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "safeconduct.assembly.batch_process", str(tmp_path), "1", "1"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
