"""``safeconduct demo``: data on stdout, words on stderr, exit code 1 when anything was wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from safeconduct.assembly.demo.census import Count
from safeconduct.assembly.demo.narration import Listener
from safeconduct.assembly.demo.story import Outcome, Told
from safeconduct.cli import demo
from safeconduct.cli.main import app
from safeconduct.terms.faults import Fault, Refused

COUNTS = [Count(2, model, 70, 36, 25, 3, 2, 1, 2, 3, 0, 0, 0) for model in ("claude-fable-5", "claude-mythos-5")]
OUTCOME = Outcome(
    people=100,
    organizations=10,
    agents=3,
    recorded_seconds=0.1,
    states=[Told(2, "a letter", "2026-11-23T10:00:00Z", 87.3, 12, 20, 0, [], COUNTS, 106, 0, 0.3, 0.1, 0.2)],
    derived=8,
    derived_wrong=0,
    faults=[],
    verify="safeconduct audit verify --log somewhere/log",
    ask=["safeconduct decide --person p --model m --at 2026-11-23T10:00:00Z"],
    home="somewhere",
    seconds=3.0,
)


def _invoke(monkeypatch: pytest.MonkeyPatch, outcome: Outcome, *words: str) -> tuple[Any, list[tuple[int, int, bool]]]:
    asked: list[tuple[int, int, bool]] = []

    def tell(people: int, organizations: int, listener: Listener, *, keep: bool = False) -> Outcome:
        asked.append((people, organizations, keep))
        listener.say("once upon a time")
        listener.progress("state 2", 50, 100)
        return outcome

    monkeypatch.setattr(demo, "tell", tell)
    monkeypatch.setattr(demo.signal, "signal", lambda *_: None)
    return CliRunner().invoke(app, ["demo", *words]), asked


def test_table_on_stdout_story_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = _invoke(monkeypatch, OUTCOME)
    assert result.exit_code == 0
    assert asked == [(20_000, 150, False)]
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows[0] == list(demo.COLUMNS)
    assert rows[1] == ["2", "fable-5", "70", "36", "25", "3", "2", "6", "0", "87"]
    assert "once upon a time" in result.stderr
    assert "12 live calls were cut" in result.stderr
    assert "somewhere" not in result.stderr, "a home that is gone is no use to anybody"


def test_the_table_fits_a_terminal() -> None:
    row = {"state": 2, "model": "mythos-5", "kept": 1_000_000, "cut": 1_000_000, "named": 1_000_000, "unknown": 99_999}
    lines = demo._aligned([{**row, "expired": 99_999, "other": 99_999, "wrong": 0, "ms": "1234"}])
    assert len(lines) == 2
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 80


def test_json_is_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = _invoke(monkeypatch, OUTCOME, "--people", "120", "--organizations", "12", "--json", "--keep")
    assert asked == [(120, 12, True)]
    found = json.loads(result.stdout)
    assert found["wrong"] == 0
    assert found["states"][0]["counts"][0]["named"] == 25
    assert "export SAFECONDUCT_HOME=somewhere" in result.stderr
    assert OUTCOME.verify in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"derived_wrong": 1},
        {"faults": ["the log does not hold"]},
        {"states": [msgspec.structs.replace(OUTCOME.states[0], wrong=["somebody was cut"])]},
        {"states": [msgspec.structs.replace(OUTCOME.states[0], counts=[msgspec.structs.replace(COUNTS[0], wrong=1)])]},
    ],
)
def test_anything_wrong_is_exit_code_one(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    result, _ = _invoke(monkeypatch, msgspec.structs.replace(OUTCOME, **wrong))
    assert result.exit_code == 1
    assert "1 things were WRONG" in result.stderr


def test_a_late_switch_is_said_and_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    late = msgspec.structs.replace(OUTCOME, states=[msgspec.structs.replace(OUTCOME.states[0], switch_ms=1200.0)])
    result, _ = _invoke(monkeypatch, late)
    assert result.exit_code == 0
    assert "more than the 1000 ms promised" in result.stderr


def test_a_gateway_that_does_not_start_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(*_: Any, **__: Any) -> Outcome:
        raise Refused(Fault("not_ready", "the gateway did not become ready", "somewhere", "see the messages above"))

    monkeypatch.setattr(demo, "tell", tell)
    monkeypatch.setattr(demo.signal, "signal", lambda *_: None)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 1
    assert "did not become ready" in result.stderr


@pytest.mark.parametrize("words", [("--people", "10"), ("--organizations", "2")])
def test_a_population_too_small_is_wrong_usage(words: tuple[str, str]) -> None:
    assert CliRunner().invoke(app, ["demo", *words]).exit_code == 2


def test_told_to_end_it_ends_and_takes_everything_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "safeconduct", "demo", "--people", "5000"]
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("State 1."):
                break
        (folder,) = tmp_path.iterdir()
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(60) != 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert not folder.exists()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes()
        except OSError:
            continue  # it ended while we looked
        assert os.fsencode(folder) not in words
