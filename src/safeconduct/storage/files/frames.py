"""How do entries lie in a journal segment? The format that writer and reader share.

A segment is the magic, the first seq (u64), then groups; zeros after the last one. A group is what was written at one moment, at
most 256 entries: a head, a table, the entries one behind the other. The head is a CRC-32 (u32) over the rest of the head and the
table, the count (u32), the first seq (u64) and the length of all entries together (u64). The table has one word (u64) for each
entry, then one RFC 6962 leaf hash (32 bytes) for each. A word is ``ref << 18 | mark << 16 | length``; marks and ref are those of
``audit.chain``. All numbers are big-endian.

CRC and hashes tell a torn group from a whole one. The hashes cost nothing: the writer needs them for its chain, the reader for
the tree. Neither proves anything against a person, which is what the log is for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from zlib import crc32

from safeconduct.audit.entries import MAX_ENTRY_BYTES
from safeconduct.audit.tree import HASH_BYTES

MAGIC = b"SCWAL\x00\x00\x02"
SEGMENT_HEAD = struct.Struct(">8sQ")
GROUP_ENTRIES = 256  # bounds what a reader must hold before it can tell whether a group is whole
GROUP_HEAD = struct.Struct(">IIQQ")  # CRC-32, count, first seq, length of all entries
CRC_BYTES = 4
WORDS = tuple(struct.Struct(f">{count}Q") for count in range(GROUP_ENTRIES + 1))
ROW_BYTES = 8 + HASH_BYTES
MAX_GROUP_BYTES = GROUP_HEAD.size + GROUP_ENTRIES * (ROW_BYTES + MAX_ENTRY_BYTES)

SUFFIX = ".wal"
LOCK_NAME = "lock"

Group = tuple[int, Sequence[int], list[bytes], list[bytes]]  # first seq, words, leaf hashes, entries


def segment_name(first: int) -> str:
    return f"{first:016d}{SUFFIX}"


def pack_group(first: int, words: Sequence[int], leaves: Sequence[bytes], entries: Sequence[bytes]) -> bytes:
    """The bytes of one group of 1 to 256 entries."""
    body = b"".join(entries)
    rest = GROUP_HEAD.pack(0, len(words), first, len(body))[CRC_BYTES:]
    table = b"".join((rest, WORDS[len(words)].pack(*words), *leaves))
    return b"".join((crc32(table).to_bytes(CRC_BYTES, "big"), table, body))
