"""A home with the ready program, and a worker of it as a real process with a fault; the keeper runs when the test says so."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from safeconduct.assembly import home as homes
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import places_of
from safeconduct.assembly.process import clock
from safeconduct.assembly.seed import ORGANIZATION, sow
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import verify_log
from safeconduct.settings.load import GatewaySettings, Settings, default_upstreams
from safeconduct.settings.sections import SafeguardSettings
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.sqlite.changes import ChangeStore
from support.raw_gateway import CANARY, whole
from support.tree import ROOT


def make_home(path: Path) -> str:
    """Make a home with the ready program; returns a key of ada."""
    home = Home(path)
    homes.create(home)
    ChangeStore.open(home.registry).close()
    with open_desk({"SAFECONDUCT_HOME": str(path)}) as desk:
        sow(desk, clock())
        return desk.issue_key(holder_kind="person", holder="ada", organization=ORGANIZATION, label="test").text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Faulty:
    """A running worker. ``process`` ends by its fault, or by ``stop``."""

    home: Home
    port: int
    process: asyncio.subprocess.Process

    def arm(self) -> None:
        (self.home.run / "armed").touch()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()


@asynccontextmanager
async def worker(
    home: Home,
    url: str,
    point: str = "none",
    gateway: GatewaySettings | None = None,
    environ: Mapping[str, str] | None = None,
    safeguards: SafeguardSettings = SafeguardSettings(),  # noqa: B008 - frozen
) -> AsyncIterator[Faulty]:
    """One worker as a process, listening, with the anthropic provider at ``url``."""
    port = free_port()
    upstream = msgspec.structs.replace(default_upstreams()["anthropic"], url=url, credential="env:CANARY_KEY")
    listening = msgspec.structs.replace(gateway or GatewaySettings(), listen=f"127.0.0.1:{port}")
    path = home.run / "effective-settings.json"
    path.write_bytes(msgspec.json.encode(Settings(gateway=listening, upstream={"anthropic": upstream}, safeguards=safeguards)))
    (home.run / "armed").unlink(missing_ok=True)
    announced = home.run / "worker-0.pid"
    announced.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.faults_worker", point, str(home.path), "0", str(path)),
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "CANARY_KEY": CANARY, **(environ or {})},
        stdin=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while not announced.exists() and process.returncode is None:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
        yield Faulty(home, port, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def keep(home: Home) -> list[dict[str, Any]]:
    """Run a keeper over what is there, as a start would; verify the whole log; return its entries. It must hold."""
    places = places_of(home, Settings().log, {})
    for _ in range(2):  # the second proves that a start changes nothing that was settled
        start = Start("node-1", secrets.token_hex(6), clock)
        with open_log(home, start, places, secrets.token_bytes, _silent) as log:
            log.finish(clock())
    store = LogStore(home.log)
    report = verify_log(store, Verifier.parse(store.vkey()))
    assert report.holds, report.findings
    assert not report.open_calls, "an arrival without an outcome"
    return [whole(msgspec.json.decode(data)) for _, data in store.entries(0, report.size, report.size)]


def _silent(_: str) -> None:
    """Nobody listens to the alarm here."""


def copied(template: Path, target: Path) -> Home:
    """A home like the template, with what lies apart from it."""
    home = Home(target)
    shutil.copytree(template, target)
    shutil.copytree(Home(template).apart({}), home.apart({}))
    return home


def template_home(folder: Path) -> Iterator[tuple[Path, str]]:
    """For a module's fixture: one home made once, to be copied. Its log is signed, so that it may lie for a while."""
    key = make_home(folder / "home")
    keep(Home(folder / "home"))
    yield folder / "home", key
