"""Where do signals stay once the watch has read them? Parquet files, one folder a day, for as long as the settings say.

Features and ids of the registry, never content. A part is written whole under another name and renamed; the parts of a day
that is over become one file. Whoever is erased is taken out of every file; a file that cannot be read goes whole then, because
nobody can tell whom it names.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from safeconduct.storage.duckdb import parts as files
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import CallSignal

PART_ROWS: Final = 20_000  # a part is written at the latest when so many wait
PART_SECONDS: Final = 300
MOST_PARTS: Final = 24  # of a day that is not over; more become one file
MERGED_ROWS: Final = 200_000  # a file that was put together takes no more
MOST_TOGETHER: Final = 1_000  # files
MOST_MARK: Final = 64 * 1024  # bytes
SKETCH: Final = 64
_TEXTS: Final = (
    "call", "person", "agent", "key", "organization", "project", "purpose", "model", "tier", "requested", "outcome", "code",
    "client", "net", "session", "language", "action",
)  # fmt: skip
_NUMBERS: Final = ("text_bytes", "tokens_in", "tokens_out")
_FLAGS: Final = ("refused", "justified")
_SEEN: Final = pa.struct(
    [
        ("detector", pa.string()),
        ("kind", pa.string()),
        ("direction", pa.string()),
        ("count", pa.int32()),
        ("chance", pa.float32()),
    ]
)
SCHEMA: Final = pa.schema(
    [("at", pa.int64())]
    + [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.int32()) for name in _NUMBERS]
    + [(name, pa.bool_()) for name in _FLAGS]
    + [("misuse", pa.float32()), ("injection", pa.float32())]
    + [
        ("tools", pa.list_(pa.string())),
        ("shingles", pa.list_(pa.int64())),
        ("sketch", pa.list_(pa.int8(), SKETCH)),
        ("seen", pa.list_(_SEEN)),
    ]
)


class SignalHistory:
    """The history's writing end: one process. ``random`` names parts."""

    def __init__(self, folder: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        self._folder = folder
        self._random = random
        self._waiting: dict[str, list[CallSignal]] = {}
        self._count = 0
        self._written_at: Moment = 0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, signals: Iterable[CallSignal], now: Moment) -> None:
        """Take signals; they are on disk with the next part. Raises OSError."""
        for signal in signals:
            self._waiting.setdefault(day_of(signal.at), []).append(signal)
            self._count += 1
        if self._count >= PART_ROWS or now - self._written_at >= PART_SECONDS * SECOND:
            self.flush(now)

    def flush(self, now: Moment) -> None:
        """Write what waits, a part for each day. Raises OSError; then what was not written still waits."""
        self._written_at = now
        with self._alone():
            for day in sorted(self._waiting):
                if self._waiting[day]:
                    target = self._folder / day
                    if target.is_symlink():  # signals go nowhere else
                        target.unlink()
                    target.mkdir(exist_ok=True, mode=0o700)
                    _write(table_of(self._waiting[day]), target / f"part-{self._random(8).hex()}.parquet")
                self._count -= len(self._waiting.pop(day))

    def tidy(self, now: Moment, days: int) -> None:
        """One file for each day that is over, and nothing older than ``days``. Raises OSError."""
        today = day_of(now)
        oldest = (datetime.fromtimestamp(now / SECOND, UTC) - timedelta(days=days)).date().isoformat()
        with self._alone():
            self._tidied(today, oldest)

    def _tidied(self, today: str, oldest: str) -> None:
        for target in self._days():
            if target.name < oldest:
                for path in target.iterdir():
                    if path.is_symlink() or not path.is_dir():
                        path.unlink()
                if not any(target.iterdir()):  # a folder within is not ours
                    target.rmdir()
            elif len(list(files.own(target))) > (1 if target.name < today else MOST_PARTS):
                for parts in _together(target):
                    whole = pa.concat_tables([pq.read_table(part, schema=SCHEMA) for part in parts])
                    merged = target / f"part-{self._random(8).hex()}.parquet"
                    self._replace(whole, merged, parts)

    def forget(self, person: str, agents: Iterable[str] = ()) -> int:
        """Take every signal of a person, and of these agents, out of every file. Returns how many. Raises OSError."""
        return self._drop({f"person/{person}", *(f"agent/{each}" for each in agents)}.__contains__)

    def forget_unknown(self, known: Callable[[str], bool]) -> int:
        """Take out whoever is not ``known`` any more (``person/ID``, ``agent/ID``). Returns how many signals. Raises OSError.

        Whoever adds signals calls this when somebody was erased: some may have come to a file after the eraser was there.
        """
        asked: dict[str, bool] = {}

        def gone(who: str) -> bool:
            if who not in asked:
                asked[who] = not known(who)
            return asked[who]

        return self._drop(gone)

    def _drop(self, gone: Callable[[str], bool]) -> int:
        count = 0
        for day, waiting in self._waiting.items():
            left = [each for each in waiting if not any(gone(who) for who in _who(each.person, each.agent))]
            count += len(waiting) - len(left)
            self._waiting[day] = left
        self._count -= count
        with self._alone():
            for target in self._days():
                for path in sorted(target.glob("*.parquet")):
                    if not _fit(path):
                        path.unlink()
                        continue
                    names = pq.read_table(path, columns=["person", "agent"])
                    people = [each for each in names["person"].unique().to_pylist() if each and gone(f"person/{each}")]
                    agents = [each for each in names["agent"].unique().to_pylist() if each and gone(f"agent/{each}")]
                    if people or agents:
                        table = pq.read_table(path, schema=SCHEMA)
                        theirs = pc.or_(
                            pc.is_in(table["person"], pa.array(people, pa.string())),
                            pc.is_in(table["agent"], pa.array(agents, pa.string())),
                        )
                        left = table.filter(pc.invert(theirs))
                        count += table.num_rows - left.num_rows
                        _write(left, path)
        return count

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Files are changed by one process at a time: the watcher adds and tidies, and an officer's command takes people out."""
        with (self._folder / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _replace(self, whole: pa.Table, merged: Path, parts: list[Path]) -> None:
        """One file in place of several: a crash in between leaves rows twice, which a mark beside them tells."""
        mark = merged.with_suffix(".replaces")
        _write_text(mark, "\n".join(part.name for part in parts))
        _write(whole, merged)
        settle(merged.parent)

    def _days(self) -> list[Path]:
        found = files.days(self._folder)
        for target in found:
            settle(target)
        return found


def _fit(path: Path) -> bool:
    try:
        files.wants_fit(path, SCHEMA)
    except Refused:
        return False
    return True


def _together(day: Path) -> Iterator[list[Path]]:
    """Which files of a day become one, two at least; what is none of ours is left alone, for whoever hunts to hear of."""
    small = [(path, count) for path in files.own(day) if 0 < (count := files.rows(path)) <= MERGED_ROWS // 2]
    some: list[Path] = []
    rows = 0
    for path, count in small if len(small) > 1 else ():
        if not _fit(path):
            continue
        if rows + count > MERGED_ROWS or len(some) == MOST_TOGETHER:
            yield some
            some, rows = [], 0
        some.append(path)
        rows += count
    if len(some) > 1:
        yield some


def settle(target: Path) -> None:
    """Finish what a crash cut off in a day's folder: parts that a whole file replaces go; a mark without its file goes."""
    for left in target.glob("*.new"):
        left.unlink()
    for mark in target.glob("*.replaces"):
        if mark.with_suffix(".parquet").exists() and not mark.is_symlink():
            with mark.open("rb") as file:
                names = file.read(MOST_MARK).decode("utf-8", "replace").splitlines()
            for name in names:
                if name != mark.with_suffix(".parquet").name and files.is_part(name):
                    (target / name).unlink(missing_ok=True)
        mark.unlink()


def _who(person: str, agent: str) -> list[str]:
    return [f"person/{person}"] * bool(person) + [f"agent/{agent}"] * bool(agent)


def day_of(moment: Moment) -> str:
    """The day of a moment in UTC, like 2026-11-23."""
    return datetime.fromtimestamp(moment / SECOND, UTC).date().isoformat()


def table_of(signals: list[CallSignal]) -> pa.Table:
    """Signals as rows of ``SCHEMA``."""
    columns: dict[str, list[Any]] = {"at": [each.at for each in signals]}
    for name in (*_TEXTS, *_NUMBERS, *_FLAGS, "misuse", "injection"):
        columns[name] = [getattr(each, name) for each in signals]
    columns["tools"] = [list(each.tools) for each in signals]
    columns["shingles"] = [[_signed(one) for one in each.shingles] for each in signals]
    columns["sketch"] = [_sketch(each.sketch) for each in signals]
    columns["seen"] = [
        [
            {"detector": one.detector, "kind": one.kind, "direction": one.direction, "count": one.count, "chance": one.chance}
            for one in each.seen
        ]
        for each in signals
    ]
    return pa.table(columns, schema=SCHEMA)


def _signed(number: int) -> int:
    """A 64-bit hash as the signed number that the file holds."""
    low = number & 0xFFFF_FFFF_FFFF_FFFF
    return low - (1 << 64) if low >= 1 << 63 else low


def _sketch(data: bytes) -> list[int] | None:
    return [each - 256 if each > 127 else each for each in data] if len(data) == SKETCH and any(data) else None


def _write(table: pa.Table, path: Path) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb") as file:
        pq.write_table(table, file, compression="zstd", row_group_size=files.GROUP_ROWS)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _write_text(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)
