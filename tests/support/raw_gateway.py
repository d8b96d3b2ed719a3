"""A gateway worker inside the test: real edge, machine, policy, journal and pool; provider and caller belong to the test."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
import uvloop

from safeconduct.assembly.seed import ORGANIZATION, sow
from safeconduct.audit.entries import WriterStarted, decode
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.gateway.caller import CallerConnection
from safeconduct.gateway.clock import Clock
from safeconduct.gateway.direct import Direct
from safeconduct.gateway.judge import Bounds, Judge, JudgeModel, chosen
from safeconduct.gateway.live import LiveFile
from safeconduct.gateway.meters import Meters
from safeconduct.gateway.owners import Owners
from safeconduct.gateway.ports import Feed, Vault
from safeconduct.gateway.scanner import Scanner
from safeconduct.gateway.worker import Limits, Worker
from safeconduct.office import acts
from safeconduct.registry.changes import Change, News
from safeconduct.registry.state import Registry
from safeconduct.safeguards.ports import Enabled
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.journal import Journal
from safeconduct.terms.moments import Moment
from safeconduct.upstreams.pool import Pool
from safeconduct.upstreams.provider import Provider, Timeouts, provider
from support.audit_home import LogHome
from support.letters import put_in_force
from support.raw_client import RawClient
from support.raw_provider import RawProvider
from support.registry_world import PSEUDONYM_KEY, World

T = TypeVar("T")
PEPPER = b"pepper-of-the-tests-has-32-bytes"
KEY = "sc-key-of-ada"
CANARY = "sk-canary-provider-credential-0123456789"
LIMITS = Limits(
    max_body_bytes=1 << 20,
    max_buffered_bytes=4 << 20,
    max_connections=100,
    header_seconds=5.0,
    body_seconds=5.0,
    keepalive_seconds=5.0,
    write_seconds=5.0,
    drain_seconds=5.0,
)
TIMEOUTS = Timeouts(5.0, 5.0, 5.0)
LIMIT = 40.0


def now_moment() -> Moment:
    """The moment it is."""
    return time.time_ns() // 1000


class QuickDisk(Disk):
    """Real files without waiting for the platter; one call after the other, so that a test can stand between them."""

    def write_durable(self, fd: int, data: bytes, offset: int, behind: bytes = b"") -> None:
        self.write(fd, data + behind, offset)
        self.fdatasync(fd)

    def fdatasync(self, fd: int) -> None: ...

    def fsync(self, fd: int) -> None: ...


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one test on the loop the product runs on, within a bound."""

    async def bounded() -> T:
        async with asyncio.timeout(LIMIT):
            return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(bounded())


def whole(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with every field, those at their defaults too."""
    read = decode(msgspec.json.encode(entry, order="sorted"))
    return {name: getattr(read, name) for name in read.__struct_fields__}


class Sower:
    """Takes the ready program's acts straight into a registry in memory."""

    def __init__(self, world: World) -> None:
        self.world = world

    def perform(self, act: acts.Act, *, actor: str) -> None:
        self.world.act(act, actor)


def ready_world(*rules: str) -> World:
    """The ready program with one key, ``KEY``, for ada; and ``rules``, instruments in force besides.

    Without its safeguards: a world of tests has the detectors that a test gives it, most often none.
    """
    world = World().at(now_moment())
    sow(Sower(world), world.now, guarded=False)  # type: ignore[arg-type]
    digest = hmac.digest(PEPPER, KEY.encode(), "sha256")
    world.act(acts.IssueKey("key-ada", digest, "person", "ada", ORGANIZATION))
    for text in rules:
        put_in_force(world, text)
    return world


@dataclass
class Gate:
    """One running worker. ``tell`` gives it registry changes as the change feed would."""

    port: int
    worker: Worker
    provider: RawProvider
    home: LogHome
    world: World
    journal: Journal
    changes: list[Change]
    clients: list[RawClient] = field(default_factory=list)

    async def client(self, **more: Any) -> RawClient:
        """A connection to the gateway; it is ended with the gate if the test does not."""
        client = await RawClient.connect(self.port, **more)
        self.clients.append(client)
        return client

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something has come about; the test's bound ends the wait."""
        while not holds():  # noqa: ASYNC110 - what is waited for knows nothing of events
            await asyncio.sleep(0.005)

    async def settle(self) -> None:
        """Hang up everywhere, and wait until no call is in flight and every connection is gone."""
        for client in self.clients:
            client.writer.close()
        await self.until(lambda: not self.worker.meters.in_flight and not self.worker._connections)

    def act(self, act: acts.Act, actor: str = "officer") -> list[Change]:
        done = self.world.act(act, actor)
        self.changes += done
        return done

    def key_for(self, name: str) -> str:
        """A key for another person of the ready program, which the worker has heard of. Returns its text."""
        key = f"sc-key-of-{name}"
        digest = hmac.digest(PEPPER, key.encode(), "sha256")
        self.act(acts.IssueKey(f"key-{name}", digest, "person", name, ORGANIZATION))
        self.worker.watch.catch_up()
        return key

    def check(self, *told: str) -> list[dict[str, Any]]:
        """End the journal, keep and verify the log; returns its outcome entries. Every arrival must have exactly one.

        ``told`` are codes of what the log has to tell by then, of a clock that somebody set for instance; all else is a fault.
        """
        self.journal.close()
        self.home.clock.now = now_moment()  # the keeper's day is the gateway's
        self.home.keep()
        report = self.home.verify()
        assert {finding.code for finding in report.findings} == set(told), report.findings
        assert not report.open_calls
        ended = [whole(entry) for entry in self.home.entries() if entry["type"] == "call.ended"]
        assert sum(entry["count"] for entry in ended) == self.worker.meters.arrivals, "an arrival without its one outcome"
        calls = Counter(entry["call"] for entry in ended if entry["call"])
        assert all(count == 1 for count in calls.values()), calls
        assert self.worker.meters.in_flight == 0
        return ended


def _feed_of(changes: list[Change]) -> Feed:
    def feed(version: int) -> News | None:
        fresh = [change for change in changes if change.seq > version]
        return News.of(fresh, version) if fresh else None

    return feed


def _judge(name: str, loop: asyncio.AbstractEventLoop, pools: Mapping[str, Pool], journal: Journal, view: View) -> Judge:
    def model() -> JudgeModel | None:
        return chosen(view.registry, name)

    return Judge(loop, pools, journal, model, Bounds(5.0), clock=now_moment, random=secrets.token_bytes)


async def _ended(at: Gate) -> None:
    for client in at.clients:
        client.reset()
    for connection in list(at.worker._connections):
        connection.abort()
    await at.worker.drain()
    await at.provider.stop()


@asynccontextmanager
async def gate(
    folder: Path,
    *plays: Any,
    limits: dict[str, Any] | None = None,
    timeouts: Timeouts = TIMEOUTS,
    disk: Disk | None = None,
    upstream: Provider | None = None,
    most: int = 100,
    clock: Clock | None = None,
    unrestricted: tuple[str, ...] = ("standard",),
    vault: Vault | None = None,
    safeguards: Enabled = Enabled.NONE,
    places: Mapping[str, Sequence[Path]] = MappingProxyType({}),
    rules: Sequence[str] = (),
    judge: str = "",
) -> AsyncIterator[Gate]:
    """A worker on a free port; all models live at one scripted provider. ``rules`` are instruments put in force besides,
    ``judge`` is the model that judges."""
    loop = asyncio.get_running_loop()
    raw = await RawProvider(*plays).start()
    world = ready_world(*rules)
    home = LogHome(folder)
    started = WriterStarted(at=now_moment(), role="gateway", settings_hash=hashlib.sha256(b"").hexdigest(), workers=1)
    journal = Journal.open(home.journal, "node-1", "gate", clock=now_moment, start_entry=started, disk=disk or QuickDisk())
    owners = Owners(folder / "run", "0")
    if upstream is None:
        upstream = provider("anthropic", raw.url, CANARY, "x-api-key", timeouts=timeouts, max_connections=most, environ={})
    registry = Registry.fold(world.changes, PSEUDONYM_KEY)
    view = View(registry, Rules(), b"c" * 32, owners.owner, now_moment(), unrestricted, safeguards)
    changes: list[Change] = []
    pools = {"anthropic": Pool(loop, upstream), "openai": Pool(loop, replace(upstream, name="openai"))}
    worker = Worker(
        loop=loop,
        view=view,
        journal=journal,
        pools=pools,
        owners=owners,
        meters=Meters(folder / "run" / "meters-0.bin"),
        direct=Direct(folder / "run"),
        limits=replace(LIMITS, **(limits or {})),
        pepper=PEPPER,
        feed=_feed_of(changes),
        clock=clock or Clock(),
        live=LiveFile(folder / "run" / "live-0.msgpack"),
        vault=vault,
        scanner=Scanner(loop, safeguards.processes, places),
        judge=_judge(judge, loop, pools, journal, view) if judge else None,
    )
    worker.start()
    server = await loop.create_server(lambda: CallerConnection(worker), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    at = Gate(port, worker, raw, home, world, journal, changes)
    try:
        yield at
    finally:
        server.close()
        await _ended(at)
        owners.close()
        journal.close()
