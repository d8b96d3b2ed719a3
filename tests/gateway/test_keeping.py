"""Content that a rule wants kept: exactly the bytes that came and went are in the vault, and the log names what is there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from safeconduct.gateway import keeping
from support.kept_vault import RecordedVault, obliging
from support.letters import put_in_force
from support.raw_client import messages, request
from support.raw_gateway import KEY, Gate, gate, run, whole
from support.raw_provider import BODY, DELTA, SILENT, START, STOP, USAGE, answer, stream

CALL = request(body=messages("hello"), key=KEY)
STREAMED = request(body=messages("hello", stream=True), key=KEY)
STREAM = START + DELTA + USAGE + STOP


async def order(at: Gate, value: str = "flagged", name: str = "acme-keeps") -> None:
    put_in_force(at, obliging(name, value))
    await at.until(lambda: at.worker.view.version == at.world.registry.version)


def logged(at: Gate) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The decided and the ended entries, after everything was verified."""
    ended = at.check()
    return [whole(entry) for entry in at.home.entries() if entry["type"] == "call.decided"], ended


def body_of(call: bytes) -> bytes:
    return call.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("call", "play", "sent"),
    [
        (CALL, answer(), BODY),
        (STREAMED, stream(START, DELTA, USAGE, STOP), STREAM),
        (CALL, answer(529, b'{"type":"error"}'), b'{"type":"error"}'),
    ],
    ids=["json", "stream", "error of the provider"],
)
def test_what_came_and_what_went_is_kept_byte_for_byte(call: bytes, play: Any, sent: bytes, tmp_path: Path) -> None:
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, play, vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(call)
            got = await client.read()
            await at.settle()
            (decided,), (ended,) = logged(at)
            assert got.body == sent
            assert vault.part("request") == [body_of(call)]
            assert vault.part("answer") == [got.body]
            for entry, data in ((decided, body_of(call)), (ended, got.body)):
                assert entry["kept_class"] == "flagged"
                assert entry["kept_sha256"] == hashlib.sha256(data).hexdigest()
                assert vault.kept[tuple(entry["kept_place"].split("/"))]["data"] == data
            assert {one["subject"] for one in vault.kept.values()} == {decided["caller"]}
            assert {one["organization"] for one in vault.kept.values()} == {decided["organization"]}
            assert [one["at"] for one in vault.kept.values()] == [decided["at"], ended["at"]]

    run(scene())


def test_a_call_that_no_rule_wants_kept_never_meets_the_vault(tmp_path: Path) -> None:
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, answer(), answer(), vault=vault) as at:
            client = await at.client()
            await client.send(CALL)
            assert (await client.read()).status == 200
            await order(at, "none")
            await client.send(CALL)
            assert (await client.read()).status == 200
            await at.settle()
            for entry in (*logged(at)[0], *logged(at)[1]):
                assert (entry["kept_class"], entry["kept_place"], entry["kept_sha256"]) == ("", "", "")
            assert not vault.kept

    run(scene())


@pytest.mark.parametrize("fails", ["cannot", "raises", "lost", "silent", "absent"])
def test_p12_what_cannot_be_kept_is_not_forwarded(fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safeconduct.gateway.deposits.PATIENCE_SECONDS", 0.05)

    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=None if fails == "absent" else RecordedVault(fails)) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            got = await client.read()
            assert (got.status, got.headers["x-safeconduct-reason"]) == (529, "not_kept")
            await at.settle()
            assert not at.provider.heard
            (decided,), (ended,) = logged(at)
            assert (decided["effect"], decided["reasons"][0], decided["kept_class"], decided["kept_place"]) == (
                "deny",
                "not_kept",
                "",
                "",
            )
            assert (ended["outcome"], ended["code"], ended["kept_class"]) == ("refused", "not_kept", "")

    run(scene())


def test_p2_nothing_is_recorded_or_forwarded_before_the_vault_has_the_request(tmp_path: Path) -> None:
    vault = RecordedVault(held=True)

    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            await at.until(lambda: vault.waiting)
            assert not at.provider.heard
            written = at.worker.journal.append
            entries: list[str] = []
            at.worker.journal.append = lambda entry, **more: entries.append(entry.type) or written(entry, **more)  # type: ignore[method-assign,assignment]
            vault.release()
            assert entries == ["call.decided"]
            assert (await client.read()).status == 200
            await at.settle()
            assert entries == ["call.decided", "call.ended"]
            logged(at)

    run(scene())


@pytest.mark.parametrize("durable", [True, False])
def test_a_caller_who_leaves_while_the_vault_is_at_work_is_recorded_when_it_has_spoken(durable: bool, tmp_path: Path) -> None:
    vault = RecordedVault(held=True)

    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            await at.until(lambda: vault.waiting)
            client.reset()
            await at.until(lambda: not at.worker._connections)
            assert at.worker.meters.in_flight == 1
            vault.release(durable)
            await at.settle()
            assert not at.provider.heard
            (decided,), (ended,) = logged(at)
            assert (ended["outcome"], ended["closes_seq"], ended["forwarded"]) == ("disconnected", decided["seq"], False)
            assert bool(decided["kept_place"]) is bool(decided["kept_class"]) is bool(decided["kept_sha256"]) is durable
            assert decided["reasons"][0] == ("permitted" if durable else "not_kept")
            assert vault.part("answer") == []

    run(scene())


@pytest.mark.parametrize("fails", ["cannot", "raises", "lost"])
def test_an_answer_that_could_not_be_kept_says_so_in_the_log(fails: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=RecordedVault(fails, "answer")) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            assert (await client.read()).status == 200, "nobody waits for it"
            await at.settle()
            (ended,) = logged(at)[1]
            assert (ended["outcome"], ended["kept_class"], ended["kept_failed"]) == ("served", "flagged", True)
            assert (ended["kept_place"], ended["kept_sha256"]) == ("", "")

    run(scene())


def test_a_torn_stream_is_kept_as_the_caller_saw_it(tmp_path: Path) -> None:
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA), vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(STREAMED)
            got = await client.read()
            await at.settle()
            assert vault.part("answer") == [got.body]
            assert got.body.startswith(START + DELTA)
            assert b"upstream_stream_torn" in got.body or b"event: error" in got.body
            (ended,) = logged(at)[1]
            assert (ended["outcome"], ended["kept_cut"], ended["kept_failed"]) == ("failed", False, False)

    run(scene())


@pytest.mark.parametrize(("most", "cut"), [(len(START + DELTA) + 3, True), (len(STREAM), False), (len(START), True)])
def test_of_a_long_answer_the_beginning_is_kept(most: int, cut: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_ANSWER", most)
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, USAGE, STOP), vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(STREAMED)
            assert (await client.read()).body == STREAM, "the caller gets all of it"
            await at.settle()
            assert vault.part("answer") == [STREAM[:most]]
            (ended,) = logged(at)[1]
            assert ended["kept_cut"] is cut
            assert at.worker._buffered == 0

    run(scene())


def test_a_provider_that_never_answered_leaves_no_answer_but_our_own(tmp_path: Path) -> None:
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, SILENT, vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            await at.until(lambda: at.provider.heard)
            client.reset()
            await at.settle()
            (ended,) = logged(at)[1]
            assert (ended["outcome"], ended["kept_class"], ended["kept_failed"]) == ("disconnected", "", False)
            assert vault.part("answer") == []

    run(scene())


@pytest.mark.parametrize("speaks", [True, False])
def test_a_worker_that_ends_waits_for_the_vault_and_then_tells(speaks: bool, tmp_path: Path) -> None:
    vault = RecordedVault(of="answer", held=True)

    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=vault) as at:
            await order(at)
            client = await at.client()
            await client.send(CALL)
            await client.read()
            await at.until(lambda: vault.waiting)
            if speaks:
                at.worker._loop.call_later(0.05, vault.release)
            await at.worker.drain()
            (ended,) = logged(at)[1]
            assert (ended["outcome"], ended["kept_failed"]) == ("served", not speaks)
            assert at.worker.deposits._waiting == {}

    run(scene())


def test_a_ban_and_an_order_are_refused_before_the_call_with_both_rules(tmp_path: Path) -> None:
    vault = RecordedVault()

    async def scene() -> None:
        async with gate(tmp_path, answer(), vault=vault) as at:
            await order(at, "export", "us-ministry")
            await order(at, "none", "acme-private")
            client = await at.client()
            await client.send(CALL)
            got = await client.read()
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "retention_conflict")
            for word in (b"us-ministry says so.", b"acme-private says so.", b"us-ministry/all", b"acme-private/all"):
                assert word in got.body
            await at.settle()
            assert not at.provider.heard
            (decided,) = logged(at)[0]
            assert decided["reasons"][0] == "retention_conflict"
            assert not vault.kept

    run(scene())
