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

from enum import StrEnum
from itertools import repeat
from typing import Literal, TypeVar

import msgspec

MAX_ENTRY_BYTES = 65_535  # C2SP tlog-tiles entry bundles carry a uint16 length
Value = TypeVar("Value")

MAX_TEXT = 256  # characters kept of any one text; longer ones are cut by ``clip`` before they are recorded


def _always(value: Value) -> Value:
    """A default that is written all the same: msgspec leaves out plain defaults only."""
    return msgspec.field(default_factory=repeat(value).__next__)


class Outcome(StrEnum):
    """How an arrival ended. Exactly one per arrival (P2)."""

    SERVED = "served"  # the provider's answer was passed on, whatever its status
    REFUSED = "refused"  # we said no; nothing left
    CUT = "cut"  # forwarded, then ended by us
    FAILED = "failed"  # the provider could not be reached or broke off
    DISCONNECTED = "disconnected"  # the caller hung up
    ABANDONED = "abandoned"  # the writer died; closed by the keeper


class WriterStarted(msgspec.Struct, kw_only=True, omit_defaults=True):
    """First entry of every writer: who writes, with which versions and settings (sha256 hex)."""

    at: int
    boot: str = ""
    node: str = ""
    prev: str = ""
    role: Literal["gateway", "keeper", "desk"]
    seq: int = 0
    settings_hash: str = ""
    type: Literal["writer.started"] = _always("writer.started")
    v: int = _always(1)
    versions: tuple[str, ...] = ()
    workers: int = 0


class WriterStopped(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Last entry of a writer that stopped in order. ``open_calls`` is 0 after a complete drain."""

    at: int
    boot: str = ""
    node: str = ""
    open_calls: int = 0
    prev: str = ""
    reason: str = ""
    seq: int = 0
    type: Literal["writer.stopped"] = _always("writer.stopped")
    v: int = _always(1)


class CallDecided(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was decided for one call, from what, before anything left.

    ``caller`` is the leaf pseudonym. ``context`` are the decided context facts as sorted ``name=value`` texts, ``duties`` as
    ``name=value@rule``. ``requested`` is the model name as sent when the catalog knows it, else empty: an unknown name may
    hold anything, so it appears only in ``requested_commitment``. ``request_commitment`` commits to the body's sha256.
    ``fallback_from`` is the model that was asked for and refused, where a rule offers the resolved one instead.
    ``session_commitment`` commits to the client's session id. ``registry_version`` is the last registry change seen.
    """

    at: int
    body_length: int = 0
    boot: str = ""
    call: str
    caller: str = ""
    context: tuple[str, ...] = ()
    dialect: str = ""
    duties: tuple[str, ...] = ()
    effect: str
    fallback_from: str = ""
    node: str = ""
    operation: str = ""
    organization: str = ""
    policy_hash: str = ""
    prev: str = ""
    project: str = ""
    reasons: tuple[str, ...] = ()
    registry_version: int = 0
    request_commitment: str = ""
    requested: str = ""
    requested_commitment: str = ""
    resolved: str = ""
    rules: tuple[str, ...] = ()
    seq: int = 0
    session_commitment: str = ""
    standing_hash: str = ""
    stream: bool = False
    type: Literal["call.decided"] = _always("call.decided")
    v: int = _always(1)


class CallEnded(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How an arrival ended. Closes the decided entry (``closes_boot``, ``closes_seq``); seq 0 when none was written.

    ``count`` is how many refused arrivals one entry stands for (coalesced floods), else 1. ``forwarded`` is true as soon as
    one byte may have left for the provider. Durations in microseconds, tokens -1 when unknown.
    """

    at: int
    boot: str = ""
    bytes_out: int = 0
    call: str = ""
    closes_boot: str = ""
    closes_seq: int = 0
    code: str = ""
    count: int = 1
    duration_us: int = 0
    first_byte_us: int = -1
    forwarded: bool = False
    node: str = ""
    outcome: Outcome
    prev: str = ""
    seq: int = 0
    served_model: str = ""
    status: int = 0
    stop_reason: str = ""
    tokens_cached: int = -1
    tokens_in: int = -1
    tokens_out: int = -1
    tool_calls: int = 0
    type: Literal["call.ended"] = _always("call.ended")
    v: int = _always(1)


class ActPerformed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An officer's act, durable before the registry changes it names.

    ``changes_digest`` is the sha256 hex of the canonical changes, ``first_change`` the first registry version it makes.
    ``subject_commitment`` commits to what the act is about.
    """

    act: str
    actor: str
    at: int
    boot: str = ""
    changes: int = 0
    changes_digest: str = ""
    first_change: int = 0
    node: str = ""
    prev: str = ""
    seq: int = 0
    subject_commitment: str = ""
    type: Literal["act.performed"] = _always("act.performed")
    v: int = _always(1)


class ActFailed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The act recorded as ``failed_seq`` by this writer did not take effect; ``code`` says why."""

    act: str
    actor: str
    at: int
    boot: str = ""
    changes_digest: str = ""
    code: str = ""
    failed_seq: int = 0
    node: str = ""
    prev: str = ""
    seq: int = 0
    type: Literal["act.failed"] = _always("act.failed")
    v: int = _always(1)


class EnforcementApplied(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One worker carried out a stop, or learned of a change that could have been one.

    ``activated_at`` is when it was decided that it should be (the moment of the last change, or of the boundary that the clock
    passed), ``applied_at`` when this worker's view held it. ``causes`` are kinds of change. Of the ``checked`` live calls ``cut``
    were ended and ``kept`` went on. ``last_byte_us`` is the time from ``activated_at`` to the moment at which the last words of
    the last cut call had left this process, ``last_byte_p50_us`` that of half of them.
    """

    activated_at: int = 0
    applied_at: int = 0
    at: int
    boot: str = ""
    causes: tuple[str, ...] = ()
    checked: int = 0
    cut: int = 0
    kept: int = 0
    last_byte_p50_us: int = 0
    last_byte_us: int = 0
    node: str = ""
    prev: str = ""
    registry_version: int = 0
    seq: int = 0
    type: Literal["enforcement.applied"] = _always("enforcement.applied")
    v: int = _always(1)


Entry = WriterStarted | WriterStopped | CallDecided | CallEnded | ActPerformed | ActFailed | EnforcementApplied

TYPES: dict[str, type[Entry]] = {
    "act.failed": ActFailed,
    "act.performed": ActPerformed,
    "call.decided": CallDecided,
    "call.ended": CallEnded,
    "enforcement.applied": EnforcementApplied,
    "writer.started": WriterStarted,
    "writer.stopped": WriterStopped,
}

_ENCODER = msgspec.json.Encoder()
_ORDERED = msgspec.json.Encoder(order="sorted")


class _Typed(msgspec.Struct):
    type: str


_TYPED = msgspec.json.Decoder(_Typed)
_DECODERS = {name: msgspec.json.Decoder(kind, strict=True) for name, kind in TYPES.items()}


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
    return entry


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
