"""How do signals get from those who see calls to the watch? Spools: files under ``run/signals`` that one process fills and the
watch empties.

A spool is a row of segments ``WRITER-NNNNNN.spool``; a segment is frames, each a length (u32, big-endian) and the MessagePack of
one signal. Who fills a segment holds a lock on it (flock). Who reads one to its end and gets the lock knows that it is complete,
and removes it once what was read from it is safe.

What cannot be put down is counted, never waited for: signals are evidence for people, and the log, not the spool, is the proof.
Nothing here is synced; a power cut takes the last moments with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.terms.signals import Signal

SUFFIX: Final = ".spool"
HEAD_BYTES: Final = 4
MOST_FRAME: Final = 64 * 1024
SEGMENT_BYTES: Final = 4 * 1024 * 1024
MOST_SEGMENTS: Final = 16  # of one writer: some 64 MB, or an hour of fifty calls a second, while nobody reads
MOST_SEGMENT_BYTES: Final = 64 * 1024 * 1024
MOST_WAITING: Final = 4096  # signals between two writes
BLANK: Final = b"\0"  # what no signal begins with
READ_BYTES: Final = 1024 * 1024

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Signal)


class SpoolWriter:
    """Fills one writer's spool. ``lost`` counts what could not be put down since it began."""

    def __init__(
        self, folder: Path, writer: str, *, segment_bytes: int = SEGMENT_BYTES, most_segments: int = MOST_SEGMENTS
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._segment_bytes = segment_bytes
        self._most_segments = most_segments
        self._waiting: list[bytes] = []
        self._fd = -1
        self._size = 0
        self._number = 0
        self.lost = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, signal: Signal) -> None:
        """Let a signal wait for the next ``flush``."""
        if len(self._waiting) >= MOST_WAITING:
            self.lost += 1
            return
        data = _ENCODER.encode(signal)
        if len(data) > MOST_FRAME:
            self.lost += 1
            return
        self._waiting.append(len(data).to_bytes(HEAD_BYTES, "big") + data)

    def flush(self) -> None:
        """Put down what waits. What the disk does not take is lost, and counted."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        data = b"".join(waiting)
        try:
            if self._fd < 0 or self._size + len(data) > self._segment_bytes:
                self._next()
            if os.write(self._fd, data) == len(data):
                self._size += len(data)
                return
            os.ftruncate(self._fd, self._size)  # a full disk: no half frame may stand before whole ones
        except OSError:
            pass
        self.lost += len(waiting)

    def close(self) -> None:
        """Put down the rest, and let go of the segment."""
        self.flush()
        self._release()

    def _next(self) -> None:
        """A fresh segment, locked before anybody can see it. Raises OSError when too many wait to be read."""
        if len(list(self._folder.glob(f"{self._writer}-*{SUFFIX}"))) >= self._most_segments:
            raise OSError("nobody reads the spool")
        name = f"{self._writer}-{self._number:06d}{SUFFIX}"
        fresh = self._folder / f".{name}.new"
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fresh.replace(self._folder / name)
        except OSError:
            os.close(fd)
            raise
        self._release()
        self._fd, self._size = fd, 0
        self._number += 1

    def _release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class SpoolReader:
    """Reads every spool of a folder. ``positions`` says how far each segment was read; whoever keeps it goes on from there."""

    def __init__(self, folder: Path, positions: dict[str, int] | None = None) -> None:
        self._folder = folder
        self.positions = {name: at for name, at in (positions or {}).items() if (folder / name).exists()}
        self.damaged = 0  # frames that were no signals
        self._complete: list[str] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self) -> Iterator[Signal]:
        """What came since the last time, segment by segment in the order of each writer. At most 1 MB of each segment."""
        names = sorted(path.name for path in self._folder.glob(f"*{SUFFIX}"))
        for name in names:
            if name not in self._complete:
                with contextlib.suppress(FileNotFoundError):
                    yield from self._segment(name)

    def backlog(self) -> int:
        """How many bytes wait to be read."""
        waiting = 0
        for path in self._folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                waiting += max(0, path.stat().st_size - self.positions.get(path.name, 0))
        return waiting

    def forget(self) -> None:
        """Remove what was read to its end: what came of it is safe now."""
        complete, self._complete = self._complete, []
        for name in complete:
            (self._folder / name).unlink(missing_ok=True)
            self.positions.pop(name, None)

    def blank(self, gone: Callable[[Signal], bool]) -> int:
        """Overwrite every signal that is to go, read or not; returns how many. Raises OSError."""
        return blank(self._folder, gone)

    def _segment(self, name: str) -> Iterator[Signal]:
        with (self._folder / name).open("rb") as file:
            start = self.positions.get(name, 0)
            free = _unlocked(file.fileno())  # asked first: whoever lets go has written everything before
            file.seek(start)
            data = file.read(READ_BYTES)
        end = 0
        for frame, end in _frames(data):
            self.positions[name] = start + end
            if frame[:1] == BLANK:
                continue
            try:
                yield _DECODER.decode(frame)
            except msgspec.DecodeError:
                self.damaged += 1
        if free and len(data) < READ_BYTES:
            self.damaged += 1 if end < len(data) else 0  # a torn end: its writer died in the middle
            self.positions[name] = start + len(data)
            self._complete.append(name)
        elif data and not end and len(data) == READ_BYTES:  # no frame is so long
            self.damaged += 1
            self.positions[name] = start + len(data)


def add_signals(folder: Path, writer: str, signals: Sequence[Signal]) -> None:
    """Put a few signals down at once, as a writer of their own. Raises OSError when the disk does not take them all."""
    spool = SpoolWriter(folder, writer)
    try:
        for start in range(0, len(signals), MOST_WAITING):
            for each in signals[start : start + MOST_WAITING]:
                spool.put(each)
            spool.flush()
    finally:
        spool.close()
    if spool.lost:
        raise OSError(f"{spool.lost} signals could not be put down")


def blank(folder: Path, gone: Callable[[Signal], bool]) -> int:
    """Overwrite every signal that is to go, read or not; returns how many. Raises OSError.

    INVARIANT (P8): nothing waits for a watch that may not come. Places of all others stay what they are, so whoever fills or
    reads a segment meanwhile is not disturbed.
    """
    count = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
            data = file.read(MOST_SEGMENT_BYTES)
            for frame, end in _frames(data):
                try:
                    doomed = frame[:1] != BLANK and gone(_DECODER.decode(frame))
                except msgspec.DecodeError:
                    continue
                if doomed:
                    file.seek(end - len(frame))
                    file.write(BLANK * len(frame))
                    count += 1
            file.flush()
            os.fsync(file.fileno())
    return count


def _frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Whole frames, each with where it ends."""
    at = 0
    while at + HEAD_BYTES <= len(data):
        length = int.from_bytes(data[at : at + HEAD_BYTES], "big")
        if length > MOST_FRAME:  # no frame of ours: nothing behind it can be found again
            yield b"", len(data)
            return
        end = at + HEAD_BYTES + length
        if end > len(data):
            return
        yield data[at + HEAD_BYTES : end], end
        at = end


def _unlocked(fd: int) -> bool:
    """Whether nobody fills this segment any more."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return True
