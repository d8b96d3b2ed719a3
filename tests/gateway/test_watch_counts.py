"""Every stop is told once and truly: whatever else is under way, a drain, an earlier stop, rules that cannot be made."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from safeconduct.gateway import routes
from safeconduct.gateway.clock import Clock
from safeconduct.gateway.request import Head
from safeconduct.gateway.stops import Line
from safeconduct.office import acts
from safeconduct.terms.moments import SECOND, Moment
from support.raw_client import RawClient, messages, request
from support.raw_gateway import KEY, Gate, gate, run, whole
from support.raw_provider import DELTA, START, stream

QUIET = stream(START, DELTA, end=False)


async def begun(at: Gate, key: str = KEY) -> RawClient:
    """A stream whose first words have come."""
    client = await at.client()
    await client.send(request(body=messages(stream=True), key=key))
    await client.until(b'"hello"')
    return client


def told(at: Gate) -> list[tuple[tuple[str, ...], int, int]]:
    """Causes, cut and kept of each stop in the log."""
    entries: list[dict[str, Any]] = [whole(each) for each in at.home.entries() if each["type"] == "enforcement.applied"]
    return [(each["causes"], each["cut"], each["kept"]) for each in entries]


def test_p5_a_stop_while_the_worker_drains_is_counted(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, QUIET, limits={"drain_seconds": 1.0}) as at:
            named, _ = await begun(at), await begun(at, at.key_for("bo"))
            draining = asyncio.create_task(at.worker.drain())
            await at.until(lambda: at.worker.draining)
            at.act(acts.Suspend("person", "ada", "test"))
            assert b"event: error" in await named.ended()
            await draining
            at.check()
            assert told(at) == [(("person.changed", "person.suspended"), 1, 1)], "who is cut by the drain is cut by no stop"

    run(scene())


def test_p5_a_call_that_comes_upon_a_boundary_first_makes_no_second_entry(tmp_path: Path) -> None:
    ahead = 0
    clock = Clock(lambda: time.time_ns() + ahead, lambda: time.monotonic_ns() + ahead)

    async def scene() -> None:
        nonlocal ahead
        async with gate(tmp_path, QUIET, clock=clock) as at:
            make = at.worker.view._make_policy
            clients = [await begun(at) for _ in range(3)]

            def nothing(*given: Any) -> Any:
                at.worker.view._make_policy = make
                raise ValueError("no rules from here on")

            at.worker.view._make_policy = nothing
            at.worker.watch.catch_up()
            at.worker.view._boundary = at.worker.clock() + SECOND // 20
            at.worker.watch._due_next()
            ahead += 10**9 // 20  # no timer was due meanwhile
            [first, *_] = at.worker.live
            assert first._call is not None
            assert first._call._exchange.right is not None
            first._call._exchange.right.until = at.worker.view.boundary  # as a decision says that rests on such a rule
            first._call.upstream_chunk(DELTA)
            for client in clients:
                assert b"event: error" in await client.ended()
            await at.until(lambda: at.worker.meters.stops)
            await at.settle()
            at.check()
            assert told(at)[0] == (("boundary",), 3, 0)
            assert sum(cut for _, cut, _ in told(at)) == 3

    run(scene())


def test_p5_nothing_happens_to_a_call_between_a_boundary_and_its_stop(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, QUIET) as at:
            now = at.worker.clock()
            at.worker.view._boundary = now + SECOND // 10
            at.worker.watch.catch_up()
            assert at.worker.watch.due == now + SECOND // 10

    run(scene())


def test_rules_that_cannot_be_made_are_told_once(tmp_path: Path) -> None:
    tries = 0

    async def scene() -> None:
        async with gate(tmp_path, QUIET) as at:

            def broken(*given: Any) -> Any:
                nonlocal tries
                tries += 1
                at.worker.view._boundary = 0
                raise ValueError("these rules contradict themselves")

            at.worker.view._make_policy = broken
            at.worker.view._boundary = at.worker.clock()
            for _ in range(5):
                at.worker.view._boundary = at.worker.clock()
                at.worker.watch.catch_up()
            assert tries >= 5
            await at.settle()
            at.check()
            assert told(at) == [(("boundary",), 0, 0)]

    run(scene())


def test_p5_what_is_no_call_is_not_answered_from_before_a_standstill_either(tmp_path: Path) -> None:
    ahead = 0
    clock = Clock(lambda: time.time_ns() + ahead, lambda: time.monotonic_ns() + ahead)

    async def scene() -> None:
        nonlocal ahead
        async with gate(tmp_path, QUIET, clock=clock) as at:
            route = routes.find(b"GET", b"/v1/safeconduct/me")
            assert route is not None
            head = Head(b"GET", b"/v1/safeconduct/me", [], 0, keep_alive=True, version="1.1")
            digest = at.worker.digest(KEY.encode())
            assert at.worker.direct(route, head, digest).status == 200
            at.act(acts.RevokeKey("key-ada", "test"))
            ahead += 10**9 // 2
            assert at.worker.direct(route, head, digest).status == 403

    run(scene())


def test_p5_nothing_leaves_for_a_provider_after_a_standstill_before_the_feed_was_read(tmp_path: Path) -> None:
    ahead = 0
    clock = Clock(lambda: time.time_ns() + ahead, lambda: time.monotonic_ns() + ahead)

    async def scene() -> None:
        nonlocal ahead
        async with gate(tmp_path, QUIET, clock=clock) as at:
            pool: Any = at.worker.pools["anthropic"]
            connect, asked, opened = pool._connect, asyncio.Event(), asyncio.Event()

            async def slow() -> Any:
                asked.set()
                await opened.wait()
                return await connect()

            pool._connect = slow
            client = await at.client()
            await client.send(request(body=messages(stream=True), key=KEY))
            await asked.wait()
            feed, at.worker.watch._feed = at.worker.watch._feed, lambda version: None  # nobody asks while the process is stopped
            at.act(acts.RevokeKey("key-ada", "test"))
            at.worker.watch._feed = lambda version: feed(version) if ahead else None
            opened.set()
            ready, send = [], at.worker.watch.look_if_late

            def look_if_late() -> None:
                nonlocal ahead
                ahead += 10**9 // 2  # the process stood still between the connecting and the sending
                ready.append(send())

            at.worker.watch.look_if_late = look_if_late  # type: ignore[method-assign]
            got = await client.read()
            assert (got.status, got.headers["x-safeconduct-reason"]) == (401, "key_ended") or got.status == 403
            assert ready
            assert not at.provider.heard
            await at.settle()
            assert [each["outcome"] for each in at.check()] == ["cut"]

    run(scene())


def test_p5_last_words_have_not_left_when_they_were_only_written(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, QUIET) as at:
            named = await begun(at)
            stops, unsent = at.worker.watch._stops, []
            cut = stops.cut

            def look(line: Line, version: int, now: Moment) -> None:
                unsent.append(line.unsent())
                cut(line, version, now)

            stops.cut = look  # type: ignore[method-assign]
            at.act(acts.Suspend("person", "ada", "test"))
            assert b"event: error" in await named.ended()
            assert unsent[0] > 0, "the loop writes at the end of its turn"
            await at.until(lambda: at.worker.meters.stops)

    run(scene())
