"""One gateway worker as a process: ``python -m safeconduct.assembly.gateway_process HOME SLOT SETTINGS``.

Loads the home, opens its own journal, listens beside its siblings (SO_REUSEPORT), and drains on SIGTERM.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import uvloop

from safeconduct.assembly import canaries, safeguards
from safeconduct.assembly.home import Home
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.process import UNFIT, clock, settings_hash
from safeconduct.assembly.rules import rules_of
from safeconduct.assembly.vault import HomeVault
from safeconduct.assembly.versions import plugins, versions
from safeconduct.audit.entries import WriterStarted
from safeconduct.exchange.measures import Throttles
from safeconduct.exchange.view import View
from safeconduct.gateway.announcer import SCORE_WAIT, Announcer
from safeconduct.gateway.caller import CallerConnection
from safeconduct.gateway.direct import Direct
from safeconduct.gateway.held import HeldFile
from safeconduct.gateway.judge import Bounds, Judge, JudgeModel, chosen
from safeconduct.gateway.live import LiveFile
from safeconduct.gateway.meters import Meters
from safeconduct.gateway.owners import Owners
from safeconduct.gateway.ports import Journal
from safeconduct.gateway.scanner import Scanner
from safeconduct.gateway.worker import Limits, Worker
from safeconduct.settings.load import GatewaySettings, Settings, UpstreamSettings, listen_address
from safeconduct.settings.sections import JudgeSettings
from safeconduct.storage.files.buckets import FILE as BUCKETS
from safeconduct.storage.files.buckets import SharedBuckets
from safeconduct.storage.files.signals import SpoolWriter
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.upstreams.pool import Pool
from safeconduct.upstreams.provider import Provider, Timeouts, provider, read_credential

BACKLOG = 4096


def main() -> int:
    """Run one worker until SIGTERM. Returns the exit code."""
    home, slot = Home(Path(sys.argv[1])), sys.argv[2]
    try:
        settings = msgspec.json.decode(Path(sys.argv[3]).read_bytes(), type=Settings)
        providers = [_provider(name, upstream) for name, upstream in settings.upstream.items()]
        uvloop.run(_serve(home, slot, settings, providers))
    except (Refused, OSError) as wrong:
        for fault in wrong.faults if isinstance(wrong, Refused) else (wrong,):
            print(f"safeconduct worker: {fault}", file=sys.stderr)  # noqa: T201 - the process's own door
        return UNFIT
    return 0


async def _serve(home: Home, slot: str, settings: Settings, providers: list[Provider]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    store = ChangeStore.open(home.registry, read_only=True)
    registry = store.registry(home.secret("pseudonym.key"))
    boot = secrets.token_hex(6)
    guards = canaries.detectors(home, settings, registry, clock())
    started = WriterStarted(
        at=clock(),
        role="gateway",
        versions=versions(),
        plugins=plugins(settings.safeguards.plugins, guards.versions),
        settings_hash=settings_hash(settings),
        workers=settings.gateway.workers,
    )
    journal = open_journal(home, settings.log.node, boot, start_entry=started)
    owners = Owners(home.owners, slot)
    gateway = settings.gateway
    key, tiers = home.secret("commitment.key"), gateway.unrestricted_tiers
    buckets = SharedBuckets(home.run / BUCKETS) if gateway.workers > 1 else None
    throttles = Throttles(gateway.workers, buckets)
    view = View(registry, rules_of(settings), key, owners.owner, clock(), tiers, guards, throttles)
    vault = _vault(home, settings, boot, loop)
    pools = {each.name: Pool(loop, each) for each in providers}
    judging = settings.safeguards.judge
    worker = Worker(
        loop=loop,
        view=view,
        journal=journal,
        pools=pools,
        owners=owners,
        meters=Meters(home.run / f"meters-{slot}.bin"),
        direct=Direct(home.run, settings.log.require_witness_seconds, settings.log.merge_delay_seconds),
        limits=_limits(gateway),
        pepper=home.secret("pepper"),
        feed=store.news,
        live=LiveFile(home.run / f"live-{slot}.msgpack"),
        held=HeldFile(home.run / f"held-{slot}.jsonl"),
        vault=vault,
        scanner=Scanner(loop, guards.processes, safeguards.places(home, settings, guards.processes)),
        announcer=Announcer(SpoolWriter(home.signals, boot), boot, home.secret("pepper"), _score_wait(judging)),
        judge=_judge(judging, loop, pools, journal, view),
    )
    worker.start()
    following = loop.create_task(canaries.Following(home, view, worker.clock, worker.fault).follow())
    _keep_what_is_loaded()
    listener = _listener(gateway.listen)
    server = await loop.create_server(lambda: cast("Any", CallerConnection(worker)), sock=listener, backlog=BACKLOG)
    _announce(home, slot)
    await stop.wait()
    server.close()
    cut = await worker.drain()
    following.cancel()
    if vault is not None:
        vault.close()
    journal.close("drained" if not cut else "drained, calls cut")
    owners.close()
    store.close()


def _keep_what_is_loaded() -> None:
    """What is loaded now stays: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _judge(
    settings: JudgeSettings, loop: asyncio.AbstractEventLoop, pools: Mapping[str, Pool], journal: Journal, view: View
) -> Judge | None:
    if not settings.model:
        return None
    bounds = Bounds(settings.deadline_seconds, per_minute=settings.per_minute)
    model = partial(_chosen, view, settings.model)
    return Judge(loop, pools, journal, model, bounds, clock=clock, random=secrets.token_bytes)


def _chosen(view: View, name: str) -> JudgeModel | None:
    return chosen(view.registry, name)


def _score_wait(settings: JudgeSettings) -> Moment:
    """What the watch hears of a call waits for the judge, too, as long as that may take."""
    return SCORE_WAIT + round(settings.deadline_seconds * SECOND) if settings.model else SCORE_WAIT


def _limits(gateway: GatewaySettings) -> Limits:
    return Limits(
        max_body_bytes=gateway.max_body_bytes,
        max_buffered_bytes=gateway.max_buffered_bytes,
        max_connections=gateway.max_connections,
        header_seconds=gateway.header_seconds,
        body_seconds=gateway.body_seconds,
        keepalive_seconds=gateway.keepalive_seconds,
        write_seconds=gateway.write_seconds,
        drain_seconds=gateway.drain_seconds,
        stale_seconds=gateway.stale_seconds,
    )


def _vault(home: Home, settings: Settings, boot: str, loop: asyncio.AbstractEventLoop) -> VaultWriter | None:
    """The writing end of the vault; None when it cannot be opened: then calls that have to be kept are refused, and no others."""
    try:
        return HomeVault(home, settings, os.environ).writer(boot, loop)
    except (Refused, OSError) as wrong:
        print(f"safeconduct worker: nothing can be kept: {wrong}", file=sys.stderr)  # noqa: T201 - the process's own door
        return None


def _provider(name: str, upstream: UpstreamSettings) -> Provider:
    return provider(
        name,
        upstream.url,
        read_credential(name, upstream.credential, os.environ) or ("simulated" if upstream.simulated else ""),
        upstream.credential_header,
        timeouts=Timeouts(upstream.connect_seconds, upstream.first_byte_seconds, upstream.idle_seconds),
        max_connections=upstream.max_connections,
        environ=os.environ,
    )


def _listener(address: str) -> socket.socket:
    host, port = listen_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.setblocking(False)
    return listener


def _announce(home: Home, slot: str) -> None:
    """Say that this worker listens, for whoever started it."""
    fresh = home.run / f"worker-{slot}.new"
    fresh.write_text(f"{os.getpid()}\n", "ascii")
    fresh.replace(home.run / f"worker-{slot}.pid")  # whoever sees the name sees the number


if __name__ == "__main__":
    sys.exit(main())
