"""Where does the last survey wait for the next question? In a file of the run folder, which anybody may delete at any time.

A file holds the shapes of everybody (``inquiry.shapes``) at one version, for one set of facts, and is named by those facts. It is
sealed with a key of the home, and says which history it was read from: what is damaged, cut short, of another home, of a history
that went another way since, or written by another version of this code, is as if it were not there.

INVARIANT: an answer never depends on whether there was a file. Nothing is ever told to an officer about reading or writing one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.inquiry.shapes import Shapes

FORM: Final = b"safeconduct survey 2\n"
PERSON: Final = b"survey"  # what the key is used for here, as BLAKE2 has it
SEAL_BYTES: Final = 32
MAX_BYTES: Final = 512 * 1024 * 1024
MAX_FILES: Final = 4  # sets of facts remembered at once; rules in force read one, each previewed letter perhaps another
PREFIX: Final = "survey-"


class _Kept(msgspec.Struct, array_like=True):
    """``identity`` is that of the history up to the version of the shapes."""

    identity: str
    shapes: Shapes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def recall(folder: Path, key: bytes, facts: Collection[str]) -> tuple[str, Shapes] | None:
    """The history's identity and the shapes that were kept for these facts; None when there are none that are sound."""
    try:
        data = _read(_path(folder, facts))
    except OSError:
        return None
    body = data[len(FORM) + SEAL_BYTES :]
    if not hmac.compare_digest(data[: len(FORM) + SEAL_BYTES], FORM + _seal(key, body)):
        return None
    try:
        kept = _decode(body)
    except msgspec.DecodeError:
        return None
    return (kept.identity, kept.shapes) if kept.shapes.facts == tuple(sorted(facts)) else None


def remember(folder: Path, key: bytes, identity: str, shapes: Shapes) -> None:
    """Keep shapes for the next question, in the place of those for the same facts. Where that cannot be, nothing is kept."""
    body = _encode(_Kept(identity, shapes))
    if len(body) > MAX_BYTES:
        return
    with suppress(OSError):
        path = _path(folder, shapes.facts)
        handle, fresh = tempfile.mkstemp(dir=folder, prefix=f".{PREFIX}")  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(FORM + _seal(key, body))
                file.write(body)
            Path(fresh).replace(path)  # two commands at once: one of them wins, and either is right
        except OSError:
            Path(fresh).unlink(missing_ok=True)
            raise
        _tidy(folder, path)


def forget(folder: Path) -> None:
    """Leave nothing of what questions kept: what an erasure's own sweep may have come too early for. Raises OSError."""
    for pattern in (f"{PREFIX}*", f".{PREFIX}*"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _tidy(folder: Path, kept: Path) -> None:
    """Leave the files used last, and nothing of commands that were killed while they wrote."""
    old = sorted(folder.glob(f"{PREFIX}*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in [each for each in old if each != kept][MAX_FILES - 1 :]:
        path.unlink(missing_ok=True)
    for path in folder.glob(f".{PREFIX}*"):
        if path.stat().st_mtime_ns < kept.stat().st_mtime_ns - 600 * 10**9:
            path.unlink(missing_ok=True)


def _path(folder: Path, facts: Collection[str]) -> Path:
    return folder / (PREFIX + hashlib.sha256("\n".join(sorted(facts)).encode()).hexdigest()[:16])


def _read(path: Path) -> bytes:
    """The whole file. Raises OSError, also for one that is far too long or no plain file."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise OSError(f"{path} is no file of shapes")
        return file.read(MAX_BYTES)


def _seal(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=SEAL_BYTES, key=key, person=PERSON).digest()
