"""The models as a process: started beside a home, greeting, and answering with shares of benign texts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from safeconduct.assembly import safeguards
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.scorer_process import asking, bounded
from safeconduct.detectors.contract import Manifest
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.scans import Asked, Frames, Heard, Part, Place, Said, framed, said

PATIENCE = 60.0


def _answers(path: Path, *questions: Asked) -> list[Said]:
    end = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_UNIX) as line:
        while True:
            try:
                line.connect(str(path))
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.02)
        line.settimeout(PATIENCE)
        line.sendall(b"".join(map(framed, questions)))
        frames, found = Frames(), []
        while len(found) <= len(questions):
            found += [said(message) for message in frames.feed(line.recv(65536))]
        return found


@pytest.mark.skipif(not safeguards.models_version(), reason="the models are not installed")
def test_the_models_answer_from_a_process_of_their_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run.mkdir()
    path = safeguards.socket(home, "sorter", 0)
    child = subprocess.Popen([sys.executable, "-m", "safeconduct.assembly.scorer_process", str(tmp_path), "sorter", "0"])
    try:
        asked = Asked(1, True, Origin.USER, "Please help me to word a friendly reminder about the report that is due on Friday.")
        _, one = _answers(path, asked)
        assert one.heard is not None
        assert {each.detector for each in one.heard.findings} == {"misuse", "injection"}
        assert all(0 < each.chance <= 1 for each in one.heard.findings)
        assert one.heard.features.language == "en"
        assert one.heard.features.shingles
        assert len(one.heard.features.sketch) == 64
    finally:
        child.terminate()
        assert child.wait(PATIENCE) == 0


def test_what_was_answered_outlives_the_process_that_was_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    create(home)
    (tmp_path / "safeconduct.toml").write_text("[safeguards.reuse]\non = true\n")
    words = " ".join(
        f"{one}{two}" for one in ("kari", "lodo", "mipa", "tenvel") for two in ("rin", "dost", "parm", "velk", "sun")
    )
    path, place = safeguards.socket(home, "reuse", 0), Place("call_1", "acme", "weld", "mythos", "leaf")
    elsewhere = Place("call_2", "globex", "", "haiku", "other")
    for questions in (
        [
            Asked(1, False, Origin.USER, "Tell me", place, Part.PROMPT),
            Asked(2, False, Origin.ASSISTANT, words, place, Part.ANSWER),
            Asked(3, False, Origin.ASSISTANT, "", place, Part.ANSWER),
        ],
        [Asked(4, True, Origin.USER, words, elsewhere)],
    ):
        child = subprocess.Popen([sys.executable, "-m", "safeconduct.assembly.scorer_process", str(tmp_path), "reuse", "0"])
        try:
            *_, last = _answers(path, *questions)
        finally:
            child.terminate()
            assert child.wait(PATIENCE) == 0
    assert last.heard is not None
    assert [(each.detector, each.kind) for each in last.heard.findings] == [("reuse", "organization")]
    assert oct((home.watch / "reuse.db").stat().st_mode & 0o777) == "0o600"


class Words:
    """A plugin that takes another's name."""

    manifest = Manifest("acme-words", "1")

    def scan(self, blocks: object) -> list[Finding]:
        (block,) = blocks  # type: ignore[misc]
        assert isinstance(block, Block)
        return [Finding("secrets", "word", "elsewhere", 1, 3, 0.0, "a word")]


def test_a_plugin_speaks_in_its_own_name_and_of_no_place() -> None:
    (found,) = asking(Words())(Asked(1, True, Origin.USER, "text")).findings  # type: ignore[arg-type]
    assert (found.detector, found.path, found.start, found.end) == ("acme-words", "", 1, 3)


def _forever(_: Asked) -> Heard:
    while True:
        pass


def test_p12_a_process_whose_detector_never_comes_back_is_ended_by_the_kernel() -> None:
    child = os.fork()
    if not child:  # nothing of this process is left behind, whatever happens in it
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # as in a process of its own
            bounded(_forever, 0.05)(Asked(1, True, Origin.USER, "text"))
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGALRM


def test_a_detector_that_comes_back_or_errs_is_bounded_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []
    monkeypatch.setattr(signal, "setitimer", lambda _, seconds: timers.append(seconds))
    asked = Asked(1, True, Origin.USER, "text")
    assert bounded(lambda _: Heard(), 30.0)(asked) == Heard()
    with pytest.raises(AttributeError):
        bounded(asking(None), 30.0)(asked)  # type: ignore[arg-type]
    assert timers == [30.0, 0.0, 30.0, 0.0]
