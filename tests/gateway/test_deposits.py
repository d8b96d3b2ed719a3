"""Whoever gives something to the vault hears of it once, whatever the vault does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from safeconduct.audit.entries import CallEnded, Outcome
from safeconduct.gateway import deposits
from safeconduct.gateway.deposits import Content, Deposits
from support.kept_vault import RecordedVault
from support.raw_gateway import run

CONTENT = Content("call_1", "answer", "leaf", "acme", "standard", 7, b"hello")


def given(vault: RecordedVault | None, then: Callable[[bool], None]) -> tuple[Deposits, CallEnded, list[Exception]]:
    faults: list[Exception] = []
    made = Deposits(asyncio.get_running_loop(), vault, faults.append)
    entry = CallEnded(at=7, call="call_1", outcome=Outcome.SERVED)
    made.keep(CONTENT, entry, then)
    return made, entry, faults


def test_it_hears_that_it_is_durable_in_a_later_turn() -> None:
    async def scene() -> None:
        told: list[bool] = []
        vault = RecordedVault()
        made, entry, faults = given(vault, told.append)
        assert (told, len(made)) == ([], 1)
        await made.settle(1.0)
        assert (told, len(made), faults) == ([True], 0, [])
        assert (entry.kept_place, len(entry.kept_sha256)) == ("call_1/answer", 64)
        more = {"subject": "leaf", "organization": "acme", "kept_class": "standard", "at": 7}
        assert vault.kept["call_1", "answer"] == {"data": b"hello", **more}

    run(scene())


@pytest.mark.parametrize("vault", [None, RecordedVault("cannot", "answer"), RecordedVault("raises", "answer")])
def test_what_nobody_takes_is_told_in_a_later_turn(vault: RecordedVault | None) -> None:
    async def scene() -> None:
        told: list[bool] = []
        made, entry, faults = given(vault, told.append)
        assert told == []
        await made.settle(1.0)
        assert told == [False]
        assert [type(fault) for fault in faults] == ([OSError] if vault is not None and vault.fails == "raises" else [])
        assert (entry.kept_place, entry.kept_sha256) == ("", "")

    run(scene())


def test_p12_a_silent_vault_is_waited_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deposits, "PATIENCE_SECONDS", 0.02)

    async def scene() -> None:
        vault, heard = RecordedVault(of="answer", held=True), asyncio.Event()
        told: list[bool] = []
        made, entry, _ = given(vault, lambda durable: (told.append(durable), heard.set())[0])
        await heard.wait()
        vault.release()
        assert (told, entry.kept_place, len(made)) == ([False], "", 0), "what it says later changes nothing"

    run(scene())


def test_who_ends_tells_whoever_still_waits() -> None:
    async def scene() -> None:
        told: list[bool] = []
        made, _, _ = given(RecordedVault(of="answer", held=True), told.append)
        await made.settle(0.0)
        await made.settle(0.0)
        assert told == [False]

    run(scene())
