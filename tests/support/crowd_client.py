"""A process that holds many live streams: ``crowd_client.py CONFIG``, told what to do on standard input, one JSON line each.

It says ``ready`` when every stream has begun or was refused. ``{"count": 1}`` is answered with how many streams have ended.
``{"report": PATH, "since": NS, "windows": [[from, to], ...], "undisturbed": [...]}`` writes what every stream has seen and how
late events came in each window; the end of the input ends it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any

import uvloop

from support.crowd_watch import HEAD_FRAMES, Watch

AT_ONCE = 40  # calls that are being opened: all clients together stay below what a provider's listener lets wait
TRIES = 5  # a machine that is busy with other things may fail to open a stream; that is not what is measured
OPEN_SECONDS = 60.0


def main() -> int:
    """Hold the streams until the input ends."""
    config = json.loads(Path(sys.argv[1]).read_text())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = len(config["streams"]) + 256
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard))
    uvloop.run(_hold(config))
    return 0


async def _hold(config: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    room = asyncio.Semaphore(AT_ONCE)

    async def opened(number: int, key: str) -> Watch:
        for _ in range(TRIES):
            future: asyncio.Future[None] = loop.create_future()
            watch = Watch(number, key, config["model"], config["pace_ms"], future)
            async with room:
                await loop.create_connection(lambda watch=watch: watch, "127.0.0.1", config["port"])  # type: ignore[misc]
                await asyncio.wait_for(future, OPEN_SECONDS)
            if watch.status < 500:
                break
            watch.close()
        return watch

    watches = await asyncio.gather(*(opened(number, key) for number, key in config["streams"]))
    await asyncio.sleep((HEAD_FRAMES + 1) * config["pace_ms"] / 1000)  # every stream is past its head
    gc.collect()
    gc.freeze()  # nothing here is garbage, and a collection would look like a late event
    _say({"ready": sum(1 for watch in watches if watch.status == 200)})
    while line := await commands.readline():
        asked = json.loads(line)
        if "count" in asked:
            _say({"count": sum(1 for watch in watches if watch.ended)})
            continue
        still = set(asked.get("undisturbed", ()))
        report = {
            "streams": [watch.report(asked["since"]) for watch in watches],
            "late": [_late(watches, still, config["pace_ms"], *window) for window in asked.get("windows", ())],
        }
        Path(asked["report"]).write_text(json.dumps(report))  # noqa: ASYNC240 - asked for when the measuring is over
        _say({"reported": asked["report"]})
    for watch in watches:
        watch.close()
    await asyncio.sleep(0)


def _late(watches: list[Watch], still: set[int], pace_ms: int, since: int, until: int) -> list[int]:
    """By how many microseconds each gap between two events of the named streams was longer than the pace, in one window."""
    pace = pace_ms * 1_000_000
    return [
        (gap - pace) // 1000
        for watch in watches
        if watch.number in still
        for arrival, gap in zip(watch.arrivals[1:], watch.gaps, strict=True)
        if since <= arrival < until
    ]


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
