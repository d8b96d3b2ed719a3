"""A fallen process starts again, ever more slowly; the end comes in order, and does not wait forever."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.workers import supervisor as room
from safeconduct.workers.stopping import Stop
from safeconduct.workers.supervisor import Child, Supervisor

WAITS = "import time; time.sleep(60)"
STUBBORN = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


class FakeTime:
    """Only ``monotonic``; moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def child(name: str, code: str = WAITS, output: Path | None = None) -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), output)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def watched(told: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor([child("one"), child("two")], told.append)
    supervisor.start()
    yield supervisor
    for each in supervisor.children:
        if each.process is not None:
            each.process.kill()
            each.process.wait()


def fell(each: Child) -> None:
    assert each.process is not None
    each.process.kill()
    each.process.wait()


def test_a_fallen_process_starts_again_and_the_others_stay(
    watched: Supervisor, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeTime()
    monkeypatch.setattr(room, "time", clock)
    one, two = watched.children
    assert one.process is not None
    before = (one.process.pid, two.process.pid if two.process else 0)
    fell(one)
    watched.look()
    assert told == ["one ended with -9; it starts again in 0.0 s"] or "one ended with -9" in told[0]
    clock.now += room.LONGEST_PAUSE
    watched.look()
    assert one.process is not None
    assert one.process.pid != before[0]
    assert two.process is not None
    assert two.process.pid == before[1]
    assert one.last == -signal.SIGKILL


def test_one_that_falls_again_and_again_waits_longer_each_time(watched: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeTime()
    monkeypatch.setattr(room, "time", clock)
    one = watched.children[0]
    one.started = clock.now
    pauses = []
    for _ in range(9):
        fell(one)
        watched.look()
        pauses.append(one.due - clock.now)
        clock.now = one.due - 0.01
        watched.look()
        assert one.process is None, "not before its pause is over"
        clock.now = one.due
        watched.look()
    assert pauses == sorted(pauses)
    assert pauses[-1] == room.LONGEST_PAUSE
    clock.now += room.STEADY_SECONDS + 1
    fell(one)
    watched.look()
    assert one.due == clock.now, "one that was steady starts again at once"


def test_stop_ends_group_after_group(watched: Supervisor) -> None:
    first, second = (each.process for each in watched.children)
    assert first is not None
    assert second is not None
    assert watched.stop([["two"], ["one"], ["nobody"]], grace=20) is True
    assert (first.poll(), second.poll()) == (-signal.SIGTERM, -signal.SIGTERM)
    assert watched.stopping.is_set()


def test_stop_does_not_wait_for_one_that_will_not_end(tmp_path: Path, told: list[str]) -> None:
    words = tmp_path / "words"
    supervisor = Supervisor([child("deaf", STUBBORN, words)], told.append)
    supervisor.start()
    process = supervisor.children[0].process
    assert process is not None
    waited = Stop()
    for _ in range(500):
        if words.exists() and words.read_text() == "on\n":
            break
        waited.wait(0.02)
    assert supervisor.stop([["deaf"]], grace=0.2) is False
    assert process.poll() == -signal.SIGKILL


def test_run_looks_until_told_to_stop(watched: Supervisor, told: list[str]) -> None:
    runner = threading.Thread(target=watched.run, args=(0.01,))
    runner.start()
    fell(watched.children[0])
    waited = Stop()
    for _ in range(500):
        if told:
            break
        waited.wait(0.02)
    watched.stopping.set()
    runner.join(20)
    assert not runner.is_alive()
    assert len(told) == 1


def test_a_command_that_does_not_exist_is_told(tmp_path: Path, told: list[str]) -> None:
    supervisor = Supervisor([Child("ghost", [str(tmp_path / "no-such-program")], {})], told.append)
    supervisor.start()
    assert "ghost" in told[0]
    assert supervisor.stop([["ghost"]], grace=1) is True
