"""Who is in the middle of a call, and who called which model lately? Read from what workers leave and from the log.

Calls of the last 30 days are counted from the log's entries, in every shard, into a small file of the home: by day, caller and
model. It is derived and may be deleted; each question reads only what the log has gained since. Callers are leaf pseudonyms there
as in the log (P8). What cannot be read is left out: a preview counts use to help, it decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.walking import Signed, signed_shards
from safeconduct.gateway.live import read_live
from safeconduct.inquiry.seats import Tell
from safeconduct.terms.moments import SECOND, Moment

DAY: Final[Moment] = 86_400 * SECOND
DAYS: Final = 30
ROLLUP: Final = "use.msgpack"
MAX_ROWS: Final = 5_000_000  # callers times models times days; beyond it nobody new is added, and the rollup says so
MAX_BYTES: Final = 512 * 1024 * 1024
TELL_EVERY: Final = 10_000
MARK_BYTES: Final = 512
FRESH: Final[Moment] = 5 * SECOND  # workers say it once a second; what is older was said by one that is gone
_NEEDLE: Final = b'"type":"call.decided"'

Use = dict[str, dict[str, int]]
"""Permitted calls by leaf pseudonym and model."""


class Counted(msgspec.Struct):
    """How many entries of one tree are counted, and how the last of them begins."""

    size: int
    last: bytes


class Rollup(msgspec.Struct):
    """What is counted, by the name of the shard. ``days`` maps a day (since 1970) to callers to models to calls."""

    trees: dict[str, Counted]
    rows: int = 0
    cut: bool = False
    days: dict[int, dict[str, dict[str, int]]] = {}


class _Decided(msgspec.Struct):
    at: int
    effect: str
    caller: str = ""
    resolved: str = ""


_decided = msgspec.json.Decoder(_Decided)
_rollup = msgspec.msgpack.Decoder(Rollup)


def recent_use(home: Home, now: Moment, tell: Tell = lambda _: None, environ: Mapping[str, str] | None = None) -> Use:
    """Permitted calls of the last 30 days; empty where there is no log yet. Keeps the rollup for the next question."""
    trees = {each.shard.name: each for each in signed_shards(home, os.environ if environ is None else environ) if not each.fault}
    path = home.run / ROLLUP
    rollup = _read(path)
    if not all(name in trees and _goes_on(trees[name], counted) for name, counted in rollup.trees.items()):
        rollup = Rollup({})  # of another log, or of one that was restored: count anew
    oldest = (now - DAYS * DAY) // DAY
    for day in [day for day in rollup.days if day < oldest]:
        rollup.rows -= sum(len(models) for models in rollup.days.pop(day).values())
    grown = [each for name, each in trees.items() if name not in rollup.trees or rollup.trees[name].size < each.size]
    for each in grown:
        _count(rollup, each, oldest, tell)
    if grown:
        _write(path, rollup)
    found: Use = {}
    for day, callers in rollup.days.items():
        if day >= oldest:
            for caller, models in callers.items():
                sums = found.setdefault(caller, {})
                for model, calls in models.items():
                    sums[model] = sums.get(model, 0) + calls
    return found


def live_sessions(home: Home, now: Moment) -> Iterator[tuple[str, str, str, str, int]]:
    """Kind and id of each caller in the middle of a call, organization, model and how many calls; by what workers said last."""
    for (caller, organization, model), count in sorted(read_live(home.run, now - FRESH).items()):
        kind, _, name = caller.partition("/")
        yield kind, name, organization, model, count


def _goes_on(signed: Signed, counted: Counted) -> bool:
    """Whether the tree still holds, in its place, the entry that was counted last."""
    if not signed.minimum < counted.size <= signed.size:
        return False
    try:
        return all(entry[:MARK_BYTES] == counted.last for _, entry in signed.entries(counted.size - 1, counted.size))
    except (OSError, ValueError):
        return False


def _count(rollup: Rollup, signed: Signed, oldest: int, tell: Tell) -> None:
    name = signed.shard.name
    since, last = rollup.trees[name].size if name in rollup.trees else signed.minimum, b""
    for index, last in signed.entries(since, signed.size):
        if _NEEDLE in last:
            _add(rollup, last, oldest)
        if index % TELL_EVERY == 0:
            tell(index)
    if last:
        rollup.trees[name] = Counted(signed.size, last[:MARK_BYTES])


def _add(rollup: Rollup, entry: bytes, oldest: int) -> None:
    decided = _decided.decode(entry)
    day = decided.at // DAY
    if decided.effect != "permit" or not decided.caller or not decided.resolved or day < oldest:
        return
    models = rollup.days.setdefault(day, {}).setdefault(decided.caller, {})
    if decided.resolved not in models:
        if rollup.rows >= MAX_ROWS:
            rollup.cut = True
            return
        rollup.rows += 1
    models[decided.resolved] = models.get(decided.resolved, 0) + 1


def _read(path: Path) -> Rollup:
    try:
        if path.stat().st_size > MAX_BYTES:
            return Rollup({})
        return _rollup.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return Rollup({})


def _write(path: Path, rollup: Rollup) -> None:
    """Replace the file whole, or not at all. Where it cannot be written, the next question counts again."""
    aside = path.with_suffix(".new")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(rollup))
        aside.replace(path)
    except OSError:
        return
