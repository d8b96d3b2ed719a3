"""A stop when something is wrong with the feed or the clock: the named are stopped all the same, and nobody else is touched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from safeconduct.assembly.seed import ORGANIZATION
from safeconduct.gateway.clock import Clock
from safeconduct.office import acts
from safeconduct.registry.changes import Change, News
from safeconduct.terms.moments import SECOND, Moment, show
from support.letters import put_in_force
from support.raw_client import RawClient, messages, request
from support.raw_gateway import KEY, Gate, gate, now_moment, run
from support.raw_provider import DELTA, START, STREAM_HEAD, Heard, Writer, chunk
from support.wire_streams import blank

BO_KEY = "sc-key-of-bo"
HOUR = 3_600 * SECOND
STALE = 0.3  # seconds


async def ticking(heard: Heard, writer: Writer) -> None:
    """The same event again and again, until the caller is gone."""
    writer.write(STREAM_HEAD + chunk(START))
    while not heard.gone.is_set():
        writer.write(chunk(DELTA))
        await asyncio.sleep(0.01)


def letter(effective: str = "2026-01-01T00:00:00Z") -> str:
    """A letter against everybody who is no U.S. citizen on record: bo, and not ada."""
    return (
        f'[instrument]\nid = "letter"\nauthority = "us-bis"\nkind = "requirement"\neffective = {effective}\n'
        '[[rule]]\nid = "named"\neffect = "forbid"\nmodels = ["claude-haiku-4-5"]\n'
        'cohort = \'principal.us_person.ear != "yes"\'\nsay = "A license is required."\n'
    )


@dataclass
class Scene:
    """A gate with a live stream of ada, whom the letter does not name, and one of bo, whom it does."""

    at: Gate
    ada: Listener
    bo: Listener

    def enact(self, text: str) -> None:
        """Put a letter in force; the worker hears of it as soon as its feed tells it."""
        put_in_force(self, text)  # type: ignore[arg-type]

    def act(self, act: acts.Act, actor: str = "officer") -> list[object]:
        return list(self.at.act(act, actor))

    @property
    def registry(self) -> object:
        return self.at.world.registry

    async def status(self, key: str) -> tuple[int, str]:
        """What a new call of this key gets."""
        client = await self.at.client()
        await client.send(request(body=messages(stream=True), key=key))
        got = await client.read_head()
        client.reset()
        return got.status, got.headers.get("x-safeconduct-reason", "")


class Listener:
    """Reads one stream to its end, whenever that is; ``text`` is the body so far, without its framing."""

    def __init__(self, client: RawClient) -> None:
        self._client = client
        self.text = b""
        self.over = False
        self.reading: asyncio.Task[None] | None = None

    async def begin(self, key: str) -> None:
        await self._client.send(request(body=messages(stream=True), key=key))
        assert (await self._client.read_head()).status == 200
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        reader = self._client.reader
        try:
            while size := int(await reader.readuntil(b"\r\n"), 16):
                self.text += (await reader.readexactly(size + 2))[:-2]
        except (OSError, asyncio.IncompleteReadError):
            pass
        self.over = True

    @property
    def undisturbed(self) -> bool:
        """Alive, and every byte is the provider's."""
        events = (len(self.text) - len(START)) // len(DELTA)
        return not self.over and self.text == START + DELTA * events

    @property
    def cut_well(self) -> bool:
        """Ended by one terminal event after whole events of the provider."""
        told, found, last = self.text.partition(b"event: error\n")
        told = told.removesuffix(blank(0))  # the provider's events begin no block
        events = (len(told) - len(START)) // len(DELTA)
        return self.over and bool(found) and told == START + DELTA * events and last.count(b"\n\n") == 1

    async def grows(self) -> bool:
        """Whether more comes."""
        size = len(self.text)
        async with asyncio.timeout(5):
            while len(self.text) < size + 3 * len(DELTA) and not self.over:  # noqa: ASYNC110 - readers tell nobody
                await asyncio.sleep(0.005)
        return not self.over


@asynccontextmanager
async def streaming(
    folder: Path, *, clock: Clock | None = None, unrestricted: tuple[str, ...] = ("standard",)
) -> AsyncIterator[Scene]:
    async with gate(folder, ticking, limits={"stale_seconds": STALE}, clock=clock, unrestricted=unrestricted) as at:
        at.act(acts.IssueKey("key-bo", at.worker.digest(BO_KEY.encode()), "person", "bo", ORGANIZATION))
        await at.until(lambda: at.worker.view.version == at.world.registry.version)
        ada, bo = Listener(await at.client()), Listener(await at.client())
        await ada.begin(KEY)
        await bo.begin(BO_KEY)
        yield Scene(at, ada, bo)
        for each in (ada, bo):
            if each.reading is not None:
                each.reading.cancel()


def break_feed(at: Gate, broken: Callable[[int], News | None]) -> Callable[[], None]:
    """Put another feed in the place of the worker's; returns what puts the true one back."""
    true = at.worker.watch._feed
    at.worker.watch._feed = broken

    def mend() -> None:
        at.worker.watch._feed = true

    return mend


def test_p5_a_feed_that_tells_late_stops_the_named_when_it_tells_and_nobody_else(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path) as on:
            mend = break_feed(on.at, lambda version: None)
            on.enact(letter())
            assert await on.bo.grows(), "it cannot know yet"
            mend()
            await on.at.until(lambda: on.bo.over)
            assert on.bo.cut_well
            assert await on.ada.grows()
            assert on.ada.undisturbed
            assert (await on.status(BO_KEY))[0] == 403
            assert (await on.status(KEY))[0] == 200

    run(scene())


@pytest.mark.parametrize("unrestricted", [("standard",), ()], ids=["standard model", "restricted model"])
def test_p5_a_feed_that_cannot_be_read_closes_restricted_models_and_only_those(
    unrestricted: tuple[str, ...], tmp_path: Path
) -> None:
    def away(version: int) -> News | None:
        raise OSError("the registry is away")

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # the feed's fault is told on and on
        async with streaming(tmp_path, unrestricted=unrestricted) as on:
            mend = break_feed(on.at, away)
            await on.at.until(lambda: on.at.worker.watch.stale)
            status, code = await on.status(KEY)
            assert (status == 200) is bool(unrestricted)
            assert code == ("" if unrestricted else "view_stale")
            on.enact(letter())
            mend()
            await on.at.until(lambda: not on.at.worker.watch.stale and on.bo.over)
            assert on.bo.cut_well
            assert (await on.status(KEY))[0] == 200
            assert (await on.status(BO_KEY))[0] == 403
            if unrestricted:
                assert await on.ada.grows()
                assert on.ada.undisturbed

    run(scene())


def test_p5_a_change_lost_on_the_way_is_asked_for_again_and_the_stop_is_exact(tmp_path: Path) -> None:
    lost: list[Change] = []

    async def scene() -> None:
        async with streaming(tmp_path) as on:
            true = on.at.worker.watch._feed

            def forgetful(version: int) -> News | None:
                news = true(version)
                if news is None or lost or len(news.changes) < 2:
                    return news
                lost.append(news.changes[0])
                return News.of(news.changes[1:], news.changes[0].seq)

            break_feed(on.at, lambda version: None)
            on.enact(letter())
            break_feed(on.at, forgetful)
            await on.at.until(lambda: on.bo.over)
            assert lost, "nothing was lost: this test shows nothing"
            assert on.bo.cut_well
            assert on.at.worker.view.version == on.at.world.registry.version
            assert await on.ada.grows()
            assert on.ada.undisturbed
            assert (await on.status(KEY))[0] == 200

    run(scene())


def test_p5_p6_a_clock_that_is_set_fires_what_is_due_and_takes_nothing_back(tmp_path: Path) -> None:
    set_by: list[Moment] = [0]
    clock = Clock(wall=lambda: time.time_ns() + set_by[0] * 1000)

    async def scene() -> None:
        async with streaming(tmp_path, clock=clock) as on:
            on.enact(letter(show(now_moment() // SECOND * SECOND + HOUR)))
            await on.at.until(lambda: on.at.worker.view.version == on.at.world.registry.version)
            assert await on.bo.grows(), "the letter takes effect in an hour"
            set_by[0] = 2 * HOUR
            await on.at.until(lambda: on.bo.over)
            assert on.bo.cut_well
            assert await on.ada.grows()
            assert on.ada.undisturbed
            set_by[0] = -HOUR
            assert await on.ada.grows()
            assert on.ada.undisturbed
            assert (await on.status(BO_KEY))[0] == 403, "what took effect stays in effect"
            assert (await on.status(KEY))[0] == 200

    run(scene())
