"""How does sealed content lie in a writer's file? The format that writer and readers share.

A file is the magic, then records one behind the other: what stays, what can be taken away, the ciphertext. What stays is a CRC-32
(u32) over its rest, the lengths of call and part (u8 each), the length of the ciphertext (u32), the moment (u64), the id of the
data key (16 bytes), call and part. What can be taken away is a mark (``LIVE`` or ``GONE``), the content's wrapped key (60 bytes)
and the SHA-256 of the ciphertext (32). Big-endian.

Removing makes the mark, the wrapped key, the hash and the ciphertext zero; because what stays is untouched, a crash in the
middle of it costs no other record. A CRC that fails, or a file that ends too early, is the torn end of a writer that died.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Final, NamedTuple
from zlib import crc32

from safeconduct.terms.moments import Moment
from safeconduct.vault.sealing import WRAP_BYTES

MAGIC: Final = b"SCVAULT\x01"
SUFFIX: Final = ".blobs"
KEY_ID_BYTES: Final = 16
MAX_NAME: Final = 255
MAX_SEALED: Final = 256 * 1024 * 1024
LIVE: Final = 1
GONE: Final = 0
_HEAD: Final = struct.Struct(f">IBBIQ{KEY_ID_BYTES}s")
_REST: Final = struct.Struct(f">B{WRAP_BYTES}s32s")
_CRC: Final = 4
MAX_HEAD: Final = _HEAD.size + 2 * MAX_NAME + _REST.size


class Record(NamedTuple):
    """A record without its ciphertext. ``size`` and ``sha256`` are the ciphertext's, which begins ``head_size`` bytes further on.

    ``rest_at`` is where what can be taken away begins. ``gone`` tells that the record was removed.
    """

    gone: bool
    at: Moment
    key: bytes
    wrap: bytes
    sha256: bytes
    call: str
    part: str
    size: int
    rest_at: int
    head_size: int

    @property
    def length(self) -> int:
        """How many bytes of the file the record takes."""
        return self.head_size + self.size


def pack(call: str, part: str, at: Moment, key: bytes, wrap: bytes, sealed: bytes) -> tuple[bytes, bytes]:
    """What comes before the ciphertext, and the ciphertext's SHA-256. Raises ValueError for what does not fit."""
    names = call.encode(), part.encode()
    if max(map(len, names)) > MAX_NAME or len(key) != KEY_ID_BYTES or len(wrap) != WRAP_BYTES or len(sealed) > MAX_SEALED:
        raise ValueError("a record of the vault has an id, a key or a size that does not fit")
    found = sha256(sealed).digest()
    stays = _HEAD.pack(0, len(names[0]), len(names[1]), len(sealed), at, key)[_CRC:] + b"".join(names)
    return crc32(stays).to_bytes(_CRC, "big") + stays + _REST.pack(LIVE, wrap, found), found


def read_head(data: bytes) -> Record | None:
    """The record that begins here; None when no whole one does. ``data`` needs at most ``MAX_HEAD`` bytes."""
    if len(data) < _HEAD.size:
        return None
    crc, call_size, part_size, size, at, key = _HEAD.unpack_from(data)
    end = _HEAD.size + call_size + part_size
    if len(data) < end + _REST.size or crc32(data[_CRC:end]) != crc:
        return None
    names = data[_HEAD.size : end]
    try:
        call, part = names[:call_size].decode(), names[call_size:].decode()
    except UnicodeDecodeError:
        return None
    mark, wrap, found = _REST.unpack_from(data, end)
    return Record(mark != LIVE, at, key, wrap, found, call, part, size, end, end + _REST.size)


def erased(record: Record) -> int:
    """How many bytes from ``rest_at`` on have to become zero for the record to be gone."""
    return _REST.size + record.size
