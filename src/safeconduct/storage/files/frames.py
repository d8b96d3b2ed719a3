"""How does one entry lie in a journal segment? The frame format that writer and reader share.

A segment is the magic, the first seq (u64), then frames; zeros after the last one. A frame is length (u32), CRC-32 (u32) over
all that follows, seq (u64), mark (u8), ref (u64), then the entry's bytes. All numbers big-endian. The marks are those of
``audit.chain``; ref is the seq that CLOSES closes. The CRC tells a torn write from a whole one; it proves nothing against a
person, which is what the log is for.
"""

from __future__ import annotations

import struct

MAGIC = b"SCWAL\x00\x00\x01"
SEGMENT_HEAD = struct.Struct(">8sQ")
FRAME_HEAD = struct.Struct(">II")  # length of the entry, CRC-32 of what follows
COVERED = struct.Struct(">QBQ")  # seq, mark, ref; then the entry

SUFFIX = ".wal"
LOCK_NAME = "lock"

Frame = tuple[int, int, int, bytes]  # seq, mark, ref, entry


def segment_name(first: int) -> str:
    return f"{first:016d}{SUFFIX}"
