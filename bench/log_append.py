"""How long does a caller wait until its entry is durable, and how many a second does group commit carry? One real journal."""

from __future__ import annotations

import asyncio
import copy
import time
from pathlib import Path
from typing import Any

import uvloop

from bench.log_entries import T0, Chain
from safeconduct.audit.entries import WriterStarted
from safeconduct.storage.files.journal import Journal

CALLERS = 64
WAITING = 128 * 64  # entries in memory; a journal whose disk stands still takes no more than it has room for
GROUPS = 2_000  # of CALLERS appends each
APPEND_CEILING_MS = 1.5
COMMIT_FLOOR = 30_000
Found = dict[str, Any]


def append(folder: Path, _entries: int) -> Found:
    """Durable appends through the real journal: callers that each wait for their own entry, then as many as come."""
    clock = time.time_ns
    started = WriterStarted(at=T0, role="gateway", workers=1)
    journal = Journal.open(folder / "journal", "node-1", "bench", clock=lambda: clock() // 1000, start_entry=started)
    waits = uvloop.run(_callers(journal))
    rate = uvloop.run(_flood(folder))
    journal.close()
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000
    return {
        "p50 ms": round(p50, 3),
        "p99 ms": round(p99, 3),
        "group commit entries/s": round(rate),
        "holds": p50 <= APPEND_CEILING_MS and rate >= COMMIT_FLOOR,
    }


async def _callers(journal: Journal) -> list[float]:
    """Each caller appends, waits until it is durable, and appends again."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    template = Chain(0).decision

    async def caller(number: int) -> None:
        for turn in range(GROUPS // 10):
            done = loop.create_future()
            entry = copy.copy(template)
            entry.at, entry.call = T0 + turn, f"call_{number:08x}{turn:016x}"
            began = time.perf_counter()
            journal.append(entry, then=lambda durable, done=done: done.set_result(durable))
            if not await done:
                raise SystemExit("the journal failed")
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return waits


async def _flood(folder: Path) -> float:
    """Entries a second on the clock when callers never stop coming: many times ``CALLERS`` wait at once."""
    loop = asyncio.get_running_loop()
    started = WriterStarted(at=T0, role="gateway", workers=1)
    journal = Journal.open(folder / "journal", "node-1", "flood", clock=lambda: T0, start_entry=started)
    chain = Chain(0)
    total = GROUPS * CALLERS
    left = total
    finished = loop.create_future()

    def then(durable: bool) -> None:
        nonlocal left
        left -= 1
        if (not durable or not left) and not finished.done():
            finished.set_result(durable)

    began = time.perf_counter()
    for number in range(0, total, CALLERS * 8):
        for each in range(number, min(total, number + CALLERS * 8)):
            chain.outcome.at, chain.outcome.call = T0 + each, f"call_{each:024x}"
            journal.append(chain.outcome, then=then)
        await asyncio.sleep(0)
        while left - (total - min(total, number + CALLERS * 8)) > WAITING and not finished.done():  # noqa: ASYNC110 - a bench
            await asyncio.sleep(0.0005)  # a disk that is busy with something else holds callers up, as it does in the gateway
    if not await finished:
        raise SystemExit("the journal failed")
    took = time.perf_counter() - began
    journal.close()
    return total / took
