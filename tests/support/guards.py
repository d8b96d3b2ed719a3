"""Safeguards for tests: rules that ask for them, the real inline detectors, and processes that answer as told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

from safeconduct.assembly.safeguards import enabled
from safeconduct.detectors.process import serve
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import Enabled, Nothing, Process, Remote
from safeconduct.settings.load import Settings
from safeconduct.settings.sections import SafeguardSettings
from safeconduct.terms.blocks import Origin
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import SAFEGUARD, Finding
from safeconduct.terms.scans import Asked, Heard

KEY_TEXT = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"  # in the form of a token, of nobody
SORTER = Process("sorter", (Remote("misuse", "1", frozenset({Origin.USER, Origin.TOOL_RESULT})),), 300)
RULE = """
[instrument]
id = "{name}"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "guards"
effect = "oblige"
models = ["tier:standard"]
cohort = '{cohort}'
say = "Guarded."
duties = [{duties}]
"""


def guarding(*values: str, name: str = "guards", cohort: str = "true") -> str:
    """An instrument that asks for these safeguards of everybody."""
    duties = ", ".join(f'{{ name = "safeguard", value = "{value}" }}' for value in values)
    return RULE.format(name=name, cohort=cohort, duties=duties)


def plan(*values: str) -> Plan:
    return Plan.of([Duty(SAFEGUARD, value, "terms/guards") for value in values], Plan.EMPTY)


@cache
def inline(*, base: bool = True) -> Enabled:
    """The real inline detectors, and no process; compiled once for all tests of a process."""
    return enabled(Settings(safeguards=SafeguardSettings(base=base, scorers=0)))


def far(process: Process = SORTER) -> Enabled:
    """Nothing inline, and one process."""
    return Enabled(Nothing(), {}, processes=(process,))


def sorts(text: str) -> Heard:
    """A sorter that knows one word."""
    return Heard((Finding("misuse", "word", "", chance=0.0001 if "mischief" in text else 0.7),))


@asynccontextmanager
async def answering(path: Path, hear: Callable[[Origin, str], Heard]) -> AsyncIterator[None]:
    """A process of detectors in the test's own loop."""
    async with hearing(path, lambda asked: hear(asked.origin, asked.text)):
        yield


@asynccontextmanager
async def hearing(path: Path, hear: Callable[[Asked], Heard]) -> AsyncIterator[None]:
    """The same for one that hears the whole question."""
    stop = asyncio.Event()
    task = asyncio.get_running_loop().create_task(serve(path, hear, stop, lambda _: None))
    try:
        yield
    finally:
        stop.set()
        await task


_PROCESS = """
import asyncio, sys
from pathlib import Path
from safeconduct.detectors.process import serve
from safeconduct.terms.findings import Finding
from safeconduct.terms.scans import Heard
hear = lambda asked: Heard((Finding("misuse", "word", "", chance=0.0001 if "mischief" in asked.text else 0.7),))
async def main():
    asyncio.get_running_loop().call_later(60, sys.exit)
    await serve(Path(sys.argv[1]), hear, asyncio.Event(), print)
asyncio.run(main())
"""


@contextmanager
def process(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real process of detectors, which a test may stop, let go on and kill."""
    child = subprocess.Popen([sys.executable, "-c", _PROCESS, str(path)])
    try:
        yield child
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGCONT)
            child.kill()
        child.wait()
