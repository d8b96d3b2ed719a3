"""Which entries does the log hold, and what does each field mean? The one typed list.

Fields stand in alphabetical order, so that encoding a struct *is* the RFC 8785 canonical form (sections 3.2.2 and 3.2.3:
sorted names, no spaces, shortest escapes; integers stay below 2**53, there are no floats and no free-form objects).
A field that has its default value is absent from the bytes and read back as that default; ``type`` and ``v`` are always
present. A default is therefore part of the format: it never changes within a version.

How an entry is made durable is the journal's question; how it is hashed and proven is the tree's.

The writer's journal fills ``boot, node, prev, seq`` (and ``closes_*``): together they chain one writer's entries.
``seq`` counts from 1 within a boot; ``prev`` is the RFC 6962 leaf hash, in hex, of that writer's entry before it.

INVARIANT: P8 - no field holds personal data or content: callers are leaf pseudonyms, everything said is a salted commitment.
A field may be added, in its alphabetical place and with a default; a change of meaning raises ``v``.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from safeconduct.audit.kinds.acts import ActFailed as ActFailed
from safeconduct.audit.kinds.acts import ActPerformed as ActPerformed
from safeconduct.audit.kinds.calls import CallDecided as CallDecided
from safeconduct.audit.kinds.calls import CallEnded as CallEnded
from safeconduct.audit.kinds.calls import EnforcementApplied as EnforcementApplied
from safeconduct.audit.kinds.calls import Outcome as Outcome
from safeconduct.audit.kinds.content import ContentErased as ContentErased
from safeconduct.audit.kinds.log import LogExported as LogExported
from safeconduct.audit.kinds.log import LogPruned as LogPruned
from safeconduct.audit.kinds.log import LogReconciled as LogReconciled
from safeconduct.audit.kinds.log import ShardClosed as ShardClosed
from safeconduct.audit.kinds.log import ShardOpened as ShardOpened
from safeconduct.audit.kinds.watch import DetectorFailed as DetectorFailed
from safeconduct.audit.kinds.watch import JudgeAnswered as JudgeAnswered
from safeconduct.audit.kinds.watch import JudgeAsked as JudgeAsked
from safeconduct.audit.kinds.watch import MonitorSilent as MonitorSilent
from safeconduct.audit.kinds.writers import WriterStarted as WriterStarted
from safeconduct.audit.kinds.writers import WriterStopped as WriterStopped

VERSION = 1  # of every entry type so far
MAX_ENTRY_BYTES = 65_535  # C2SP tlog-tiles entry bundles carry a uint16 length
MAX_TEXT = 256  # characters kept of any one text; longer ones are cut by ``clip`` before they are recorded

Entry = (
    WriterStarted
    | WriterStopped
    | CallDecided
    | CallEnded
    | ActPerformed
    | ActFailed
    | EnforcementApplied
    | ContentErased
    | LogExported
    | LogPruned
    | LogReconciled
    | ShardOpened
    | ShardClosed
    | DetectorFailed
    | MonitorSilent
    | JudgeAsked
    | JudgeAnswered
)

TYPES: dict[str, type[Entry]] = {
    "act.failed": ActFailed,
    "act.performed": ActPerformed,
    "call.decided": CallDecided,
    "call.ended": CallEnded,
    "content.erased": ContentErased,
    "detector.failed": DetectorFailed,
    "enforcement.applied": EnforcementApplied,
    "judge.answered": JudgeAnswered,
    "judge.asked": JudgeAsked,
    "log.exported": LogExported,
    "log.pruned": LogPruned,
    "log.reconciled": LogReconciled,
    "monitor.silent": MonitorSilent,
    "shard.closed": ShardClosed,
    "shard.opened": ShardOpened,
    "writer.started": WriterStarted,
    "writer.stopped": WriterStopped,
}

_ENCODER = msgspec.json.Encoder()
_ORDERED = msgspec.json.Encoder(order="sorted")


class _Typed(msgspec.Struct):
    type: str


_TYPED = msgspec.json.Decoder(_Typed)
_DECODERS = {name: msgspec.json.Decoder(kind, strict=True) for name, kind in TYPES.items()}
_MANY = {
    f',"type":"{name}","v":1}}'.encode(): msgspec.json.Decoder(list[kind], strict=True)  # type: ignore[valid-type]
    for name, kind in TYPES.items()
}
_HEAD = b'{"'
_TAIL = b',"type":"'


def encode(entry: Entry) -> bytes:
    """The canonical bytes of an entry. Raises ValueError over 65,535 bytes (nothing that long may enter the log)."""
    data = _ENCODER.encode(entry)
    if len(data) > MAX_ENTRY_BYTES:
        raise ValueError(f"the entry has {len(data)} bytes, the log holds {MAX_ENTRY_BYTES}: clip its texts first")
    return data


def decode(data: bytes) -> Entry:
    """Read an entry of a known type. Raises ValueError when it is none."""
    kind = _TYPED.decode(data).type
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise ValueError(f"no entry type is called {kind[:64]!r}")
    entry: Entry = decoder.decode(data)
    if entry.v != VERSION:
        raise ValueError(f"an entry of {kind} in version {entry.v} means something else, and cannot be read here")
    return entry


def decode_all(many: Sequence[bytes]) -> list[Entry | None]:
    """Read entries that are in canonical form; None stands for each that is to be looked at alone (``decode``, ``canonical``).

    Entries of one type are read, and written again for comparison, in one go, at half the price. Joined bytes cannot pass where
    single entries would not: all begin with ``{"`` and end with their type; what is written again is flat objects of texts,
    numbers and lists of texts; so the end of an entry is the end of an object, and there are as many objects as entries.
    """
    groups: dict[bytes, list[int]] = {}
    found: list[Entry | None] = [None] * len(many)
    for place, data in enumerate(many):
        groups.setdefault(data[data.rfind(_TAIL) :], []).append(place)
    for tail, places in groups.items():
        decoder = _MANY.get(tail)
        group = [many[place] for place in places]
        if decoder is None or [data for data in group if data[:2] != _HEAD]:
            continue
        joined = b"[" + b",".join(group) + b"]"
        try:
            read = decoder.decode(joined)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if len(read) == len(group) and _ENCODER.encode(read) == joined:
            for place, entry in zip(places, read, strict=True):
                found[place] = entry
    return found


def canonical(data: bytes) -> bool:
    """Whether these bytes are the RFC 8785 form of what they say (entries hold no floats)."""
    try:
        tree = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(tree, dict) and _ORDERED.encode(tree) == data


def clip(text: str, limit: int = MAX_TEXT) -> str:
    """At most ``limit`` characters, without surrogates that UTF-8 cannot carry."""
    return text[:limit].encode("utf-8", "replace").decode()
