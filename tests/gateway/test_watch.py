"""The watch over live calls: who is named is cut and nobody else, whatever happens to feed, clock and process meanwhile (P5)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from safeconduct.assembly.seed import ORGANIZATION
from safeconduct.gateway.call import Call
from safeconduct.gateway.clock import Clock
from safeconduct.gateway.live import read_live
from safeconduct.office import acts
from safeconduct.registry.changes import News
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import SECOND
from support.raw_client import RawClient, messages, request
from support.raw_gateway import KEY, Gate, gate, now_moment, run, whole
from support.raw_provider import DELTA, START, STOP, USAGE, stream

STREAMED = request(body=messages(stream=True), key=KEY)


@pytest.mark.parametrize("act", [acts.RevokeKey("key-ada", "test"), acts.Suspend("person", "ada", "test")], ids=["key", "person"])
def test_p5_a_change_cuts_the_live_stream_and_refuses_the_next_call(act: acts.Act, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            client = await at.client()
            await client.send(STREAMED)
            await client.until(b'"hello"')
            begun = asyncio.get_running_loop().time()
            at.act(act)
            assert b"event: error" in await client.ended()
            assert asyncio.get_running_loop().time() - begun < 5
            await at.until(at.provider.heard[0].gone.is_set)
            assert (await (await at.client()).exchange(STREAMED)).status in {401, 403}
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["cut", "refused"]

    run(scene())


AFTER = DELTA.replace(b"hello", b"after")


class Hands:
    """The clocks of a worker, which a test moves on by seconds."""

    def __init__(self) -> None:
        self.wall = self.steady = 0

    def clock(self) -> Clock:
        return Clock(lambda: time.time_ns() + self.wall, lambda: time.monotonic_ns() + self.steady)

    def stood_still(self, seconds: float) -> None:
        """As after SIGSTOP: time has passed for both, and nobody was here to see it."""
        self.wall += int(seconds * 1e9)
        self.steady += int(seconds * 1e9)


def live(at: Gate) -> Call:
    """The one call under way."""
    [connection] = [each for each in at.worker._connections if each.live]
    assert connection._call is not None
    return connection._call


async def begun(at: Gate, key: str = KEY, *, model: str = "claude-haiku-4-5") -> RawClient:
    """A stream whose first words have come."""
    client = await at.client()
    await client.send(request(body=messages(stream=True, model=model), key=key))
    await client.until(b'"hello"')
    return client


def test_p5_exactly_the_named_are_cut_and_the_others_hear_every_byte(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            other = at.key_for("bo")
            named = [await begun(at) for _ in range(6)]
            others = [await begun(at, other) for _ in range(6)]
            at.act(acts.Suspend("person", "ada", "test"))
            for client in named:
                assert b"event: error" in await client.ended()
            for connection in [each for each in at.worker._connections if each.live]:
                assert connection._call is not None
                connection._call.upstream_chunk(AFTER)
                connection._call.upstream_chunk(USAGE + STOP)
                connection._call.upstream_end()
            for client in others:
                rest = await client.until(b"message_stop")
                assert (rest.count(b'"after"'), rest.count(b"event: error")) == (1, 0)
            await at.until(lambda: at.worker.meters.stops)
            await at.settle()
            ended = at.check()
            assert sorted(entry["outcome"] for entry in ended) == ["cut"] * 6 + ["served"] * 6
            [stop] = [whole(entry) for entry in at.home.entries() if entry["type"] == "enforcement.applied"]
            assert (stop["checked"], stop["cut"], stop["kept"]) == (12, 6, 6)
            assert stop["causes"] == ("person.changed", "person.suspended")
            assert 0 < stop["last_byte_p50_us"] <= stop["last_byte_us"] < 5_000_000

    run(scene())


def test_p5_nothing_passes_after_the_process_stood_still_before_the_feed_was_read(tmp_path: Path) -> None:
    hands = Hands()

    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False), clock=hands.clock()) as at:
            client = await begun(at)
            feed, at.worker.watch._feed = at.worker.watch._feed, lambda version: None  # nobody asks while the process is stopped
            at.act(acts.Suspend("person", "ada", "test"))
            at.worker.watch._feed = feed
            hands.stood_still(0.5)
            live(at).upstream_chunk(AFTER)  # the provider's bytes are there first
            assert b'"after"' not in await client.ended()
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["cut"]

    run(scene())


def test_p5_a_stale_view_refuses_restricted_models_and_cuts_their_streams(tmp_path: Path) -> None:
    hands = Hands()

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        async with gate(tmp_path, stream(START, DELTA, end=False), clock=hands.clock(), unrestricted=()) as at:
            client = await begun(at)

            def broken(_version: int) -> None:
                raise OSError("the disk is away")

            feed, at.worker.watch._feed = at.worker.watch._feed, broken
            hands.stood_still(1.9)
            live(at).upstream_chunk(AFTER)
            await client.until(b'"after"')
            hands.stood_still(0.2)
            live(at).upstream_chunk(AFTER)
            last = await client.ended()
            assert b'"after"' not in last
            assert b"has not heard lately" in last
            got = await (await at.client()).exchange(request(body=messages(), key=KEY))
            assert (got.status, got.headers["x-safeconduct-reason"], got.headers["retry-after"]) == (529, "view_stale", "1")
            at.worker.watch._feed = feed
            await at.until(lambda: not at.worker.watch.stale)
            await begun(at)
            assert at.worker.meters.restricted_refused == 2

    run(scene())


def test_a_stale_view_serves_what_is_not_restricted(tmp_path: Path) -> None:
    hands = Hands()

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        async with gate(tmp_path, stream(START, DELTA, end=False), clock=hands.clock()) as at:
            at.worker.watch._feed = lambda version: 1 / 0  # type: ignore[assignment, return-value]
            hands.stood_still(60)
            client = await begun(at)
            live(at).upstream_chunk(AFTER)
            await client.until(b'"after"')

    run(scene())


def test_p5_a_lost_change_refuses_everyone_and_heals_when_it_is_asked_for_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            at.key_for("bo")
            client = await begun(at)
            feed = at.worker.watch._feed
            asked: list[int] = []

            def losing(version: int) -> News | None:
                news = feed(version)
                if news is None:
                    return None
                asked.append(version)
                if len(asked) > 1:
                    return news
                return News.of(news.changes[1:], news.since + 1)

            at.worker.watch._feed = losing
            at.changes += [
                *at.world.act(acts.Suspend("person", "ada", "test")),
                *at.world.act(acts.Suspend("person", "bo", "x")),
            ]
            assert b"event: error" in await client.ended()
            await at.until(lambda: at.worker.view.version == len(at.world.changes))
            assert at.worker.view.fault == ""
            assert asked == [asked[0]] * 2

    run(scene())


def test_p5_a_delayed_feed_still_stops(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            client = await begun(at)
            feed, late = at.worker.watch._feed, asyncio.Event()
            at.worker.watch._feed = lambda version: feed(version) if late.is_set() else None
            at.act(acts.RevokeKey("key-ada", "test"))
            live(at).upstream_chunk(AFTER)
            await client.until(b'"after"')
            late.set()
            assert b"event: error" in await client.ended()

    run(scene())


def test_p5_a_scheduled_end_fires_by_the_clock_and_a_clock_set_back_does_not_undo_it(tmp_path: Path) -> None:
    hands = Hands()

    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False), clock=hands.clock()) as at:
            at.act(acts.End("person", "ada", now_moment() + 3_600 * SECOND))
            at.worker.watch.catch_up()
            client = await begun(at)
            hands.wall += 3_601 * 10**9  # somebody sets the clock forward
            assert b"event: error" in await client.ended()
            hands.wall -= 7_200 * 10**9  # and back
            got = await (await at.client()).exchange(STREAMED)
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "person_ended")
            await at.until(lambda: at.worker.clock.behind > 3_600 * SECOND)
            told = (await (await at.client()).exchange(request("/readyz", method="GET"))).tree
            assert "the wall clock was set back" in " ".join(told["faults"])
            await at.until(lambda: at.worker.meters.stops > 1)
            await at.settle()
            at.check("clock_back")
            stops = [entry for entry in at.home.entries() if entry["type"] == "enforcement.applied"]
            assert ("right.lapsed",) in [tuple(entry["causes"]) for entry in stops]

    run(scene())


def test_who_is_served_is_said_in_the_live_file(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            await begun(at)
            await at.until(lambda: read_live(tmp_path / "run", 0))
            assert read_live(tmp_path / "run", 0) == {("person/ada", ORGANIZATION, "claude-haiku-4-5"): 1}

    run(scene())


def test_a_registry_that_cannot_be_read_refuses_that_call_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False)) as at:
            other = at.key_for("bo")
            await begun(at)

            def unreadable(*_: object) -> None:
                raise OSError("a page cannot be read")

            with monkeypatch.context() as patch:
                patch.setattr(Registry, "standing", unreadable)
                got = await (await at.client()).exchange(request(body=messages(), key=other))
                assert (got.status, got.headers["x-safeconduct-reason"]) == (529, "registry_unreadable")
                models = await (await at.client()).exchange(request("/v1/models", method="GET", key=other))
                assert models.status == 529 or models.status == 503
                await begun(at)  # whose standing is known needs no reading
            await begun(at, other)

    run(scene())


def test_a_feed_that_fails_is_asked_again_and_complained_of_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            feed, asked = at.worker.watch._feed, 0

            def broken(_version: int) -> None:
                nonlocal asked
                asked += 1
                raise OSError(5, "the disk is away")

            at.worker.watch._feed = broken
            await at.until(lambda: asked > 4)
            told = (await (await at.client()).exchange(request("/readyz", method="GET"))).tree
            assert "the change feed cannot be read: the disk is away" in told["faults"]
            at.worker.watch._feed = feed
            before = at.worker.watch.fed_at
            await at.until(lambda: at.worker.watch.fed_at > before)
            assert at.worker.watch.trouble == ""

    run(scene())
    assert capfd.readouterr().err.count("OSError") == 1
