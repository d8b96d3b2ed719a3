"""Detectors in other processes: asked without holding up anybody else, and missed at once when they fail."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from safeconduct.safeguards.ports import Process, Remote
from safeconduct.terms.blocks import Origin
from safeconduct.terms.scans import Heard
from support.guards import SORTER, answering, far, guarding, process, sorts
from support.raw_client import messages, request
from support.raw_gateway import KEY, Gate, gate, run, whole
from support.raw_provider import answer

CALL = request(body=messages("hello"), key=KEY)
BAD = request(body=messages("some mischief"), key=KEY)
BLOCK = guarding("misuse request block")


def _failed(at: Gate) -> list[tuple[str, str, int]]:
    return [
        (entry["detector"], entry["why"], entry["count"])
        for entry in map(whole, at.home.entries())
        if entry["type"] == "detector.failed"
    ]


async def _told(at: Gate, call: bytes) -> tuple[int, str]:
    client = await at.client()
    await client.send(call)
    got = await client.read()
    return got.status, got.headers.get("x-safeconduct-reason", "")


def test_a_call_waits_for_the_detector_and_a_text_is_asked_about_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def hear(_: Origin, text: str) -> Heard:
        asked.append(text)
        return sorts(text)

    async def scene() -> None:
        async with (
            answering(tmp_path / "s.sock", hear),
            gate(tmp_path, answer(), answer(), safeguards=far(), places={"sorter": [tmp_path / "s.sock"]}, rules=[BLOCK]) as at,
        ):
            await at.until(lambda: not at.worker.scanner.down())
            assert await _told(at, CALL) == (200, "")
            assert await _told(at, CALL) == (200, "")
            assert await _told(at, BAD) == (403, "safeguard_misuse")
            assert asked == ["hello", "some mischief"]
            assert len(at.provider.heard) == 2
            await at.settle()
            at.check()
            decided = [whole(entry) for entry in at.home.entries() if entry["type"] == "call.decided"]
            assert decided[0]["detectors"] == ("misuse==1",)
            assert decided[0]["scanned_blocks"] >= 1
            assert decided[0]["scanned_bytes"] >= 5
            assert (decided[2]["effect"], decided[2]["reasons"][0]) == ("deny", "safeguard_misuse")

    run(scene())


@pytest.mark.parametrize("fails", ["error", "absent"])
def test_p12_a_detector_that_errs_or_is_not_there_refuses_at_once_and_is_seen(fails: str, tmp_path: Path) -> None:
    def hear(_: Origin, text: str) -> Heard:
        raise RuntimeError(text)

    async def scene() -> None:
        path = tmp_path / ("s.sock" if fails == "error" else "nobody.sock")
        async with (
            answering(tmp_path / "s.sock", hear),
            gate(tmp_path, answer(), safeguards=far(), places={"sorter": [path]}, rules=[BLOCK]) as at,
        ):
            await at.until(lambda: fails == "absent" or not at.worker.scanner.down())
            assert await _told(at, CALL) == (529, "safeguard_unavailable")
            assert not at.provider.heard
            await at.settle()
            assert at.worker.meters.detector_failures == 1
            at.worker._tell_blind(at.worker.clock(), at_once=True)
            at.check()
            assert _failed(at) == [("sorter", "error" if fails == "error" else "gone", 1)]

    run(scene())


def test_p12_a_detector_that_hangs_or_dies_refuses_in_time_and_serves_again_when_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"

    async def scene() -> None:
        with process(path) as child:
            async with gate(tmp_path, *[answer()] * 4, safeguards=far(), places={"sorter": [path]}, rules=[BLOCK]) as at:
                await at.until(lambda: not at.worker.scanner.down())
                assert await _told(at, CALL) == (200, "")
                os.kill(child.pid, signal.SIGSTOP)
                assert await _told(at, request(body=messages("one"), key=KEY)) == (529, "safeguard_unavailable")
                assert await _told(at, CALL) == (200, ""), "what was heard before needs nobody"
                os.kill(child.pid, signal.SIGCONT)
                await at.until(lambda: not at.worker.scanner.down())
                assert await _told(at, request(body=messages("two"), key=KEY)) == (200, "")
                child.kill()
                child.wait()
                assert await _told(at, request(body=messages("three"), key=KEY)) == (529, "safeguard_unavailable")
                assert at.worker.scanner.down() == ["sorter"]
                with process(path):
                    await at.until(lambda: not at.worker.scanner.down())
                    assert await _told(at, request(body=messages("four"), key=KEY)) == (200, "")
                await at.settle()
                assert at.worker.meters.detector_failures == 2

    run(scene())


def test_a_lenient_plugin_that_is_gone_lets_pass(tmp_path: Path) -> None:
    lenient = Process("acme-words", (Remote("acme-words", "1", frozenset({Origin.USER}), "pass"),), 300)

    async def scene() -> None:
        async with gate(
            tmp_path,
            answer(),
            safeguards=far(lenient),
            places={"acme-words": [tmp_path / "nobody.sock"]},
            rules=[guarding("acme-words request block")],
        ) as at:
            assert await _told(at, CALL) == (200, "")
            assert at.worker.meters.detector_failures == 1

    run(scene())


def test_where_nobody_has_to_wait_the_call_leaves_and_is_scored_behind(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            answering(tmp_path / "s.sock", lambda _, text: sorts(text)),
            gate(tmp_path, answer(), answer(), safeguards=far(), places={"sorter": [tmp_path / "s.sock"]}) as at,
        ):
            await at.until(lambda: not at.worker.scanner.down())
            assert await _told(at, BAD) == (200, "")
            await at.until(lambda: len(at.worker.view.seen) == 1)
            assert at.worker.scanner.unscored == 0

    run(scene())


def test_what_nobody_waits_for_is_let_go_where_there_is_no_room(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=far(), places={"sorter": [tmp_path / "nobody.sock"]}) as at:
            assert await _told(at, CALL) == (200, "")
            await at.until(lambda: at.worker.scanner.unscored == 1)

    run(scene())


def test_the_deadline_is_the_process_own() -> None:
    assert SORTER.deadline_ms == 300
