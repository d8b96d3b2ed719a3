"""What do entries about calls say, and about stops that workers carried out?"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class Outcome(StrEnum):
    """How an arrival ended. Exactly one per arrival (P2)."""

    SERVED = "served"  # the provider's answer was passed on, whatever its status
    REFUSED = "refused"  # we said no; nothing left
    CUT = "cut"  # forwarded, then ended by us
    FAILED = "failed"  # the provider could not be reached or broke off
    DISCONNECTED = "disconnected"  # the caller hung up
    ABANDONED = "abandoned"  # the writer died; closed by the keeper


class CallDecided(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was decided for one call, from what, before anything left.

    ``caller`` is the leaf pseudonym. ``context`` are the decided context facts as sorted ``name=value`` texts, ``duties`` as
    ``name=value@rule``. ``requested`` is the model name as sent when the catalog knows it, else empty: an unknown name may
    hold anything, so it appears only in ``requested_commitment``. ``request_commitment`` commits to the body's sha256.
    ``fallback_from`` is the model that was asked for and refused, where a rule offers the resolved one instead.
    Where a duty asks that content be kept, ``kept_sha256`` is the sha256 hex of the request as it lies encrypted in the vault,
    ``kept_class`` its retention class, and ``kept_place`` where in the vault it lies. ``detectors`` (``name==version``) are those
    that looked at ``scanned_blocks`` texts of ``scanned_bytes`` bytes of the request before it was decided, and ``redacted``
    (``name=count``) those by which something was taken out of it, in how many places.
    ``provider`` is the upstream of the settings that the model lives at; empty where no model is meant, and before it was noted.
    ``justification_commitment`` commits to why the caller said that something is needed that a detector saw.
    ``measures`` are those that made the decision what it is, ``rehearsed`` those that would have stopped it.
    ``session_commitment`` commits to the client's session id. ``registry_version`` is the last registry change seen.
    """

    at: int
    body_length: int = 0
    boot: str = ""
    call: str
    caller: str = ""
    context: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    dialect: str = ""
    duties: tuple[str, ...] = ()
    effect: str
    fallback_from: str = ""
    justification_commitment: str = ""
    kept_class: str = ""
    kept_place: str = ""
    kept_sha256: str = ""
    measures: tuple[str, ...] = ()
    node: str = ""
    operation: str = ""
    organization: str = ""
    policy_hash: str = ""
    prev: str = ""
    project: str = ""
    provider: str = ""
    reasons: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    registry_version: int = 0
    rehearsed: tuple[str, ...] = ()
    request_commitment: str = ""
    requested: str = ""
    requested_commitment: str = ""
    resolved: str = ""
    rules: tuple[str, ...] = ()
    scanned_blocks: int = 0
    scanned_bytes: int = 0
    schema_hash: str = ""
    seq: int = 0
    session_commitment: str = ""
    standing_hash: str = ""
    stream: bool = False
    type: Literal["call.decided"] = always("call.decided")
    v: int = always(1)


class CallEnded(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How an arrival ended. Closes the decided entry (``closes_boot``, ``closes_seq``); seq 0 when none was written.

    ``count`` is how many refused arrivals one entry stands for (coalesced floods), else 1. ``forwarded`` is true as soon as
    one byte may have left for the provider. Durations in microseconds, tokens -1 when unknown. ``kept_*``, ``scanned_*``,
    ``detectors`` and ``redacted`` are about the answer as the caller was sent it, and mean what they mean in ``CallDecided``;
    ``kept_cut``: it was longer than is kept of any answer, so only its beginning is there; ``kept_failed``: it could not be kept.
    """

    at: int
    boot: str = ""
    bytes_out: int = 0
    call: str = ""
    closes_boot: str = ""
    closes_seq: int = 0
    code: str = ""
    count: int = 1
    detectors: tuple[str, ...] = ()
    duration_us: int = 0
    first_byte_us: int = -1
    forwarded: bool = False
    kept_class: str = ""
    kept_cut: bool = False
    kept_failed: bool = False
    kept_place: str = ""
    kept_sha256: str = ""
    node: str = ""
    outcome: Outcome
    prev: str = ""
    redacted: tuple[str, ...] = ()
    scanned_blocks: int = 0
    scanned_bytes: int = 0
    seq: int = 0
    served_model: str = ""
    status: int = 0
    stop_reason: str = ""
    tokens_cached: int = -1
    tokens_in: int = -1
    tokens_out: int = -1
    tool_calls: int = 0
    type: Literal["call.ended"] = always("call.ended")
    v: int = always(1)


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
    type: Literal["enforcement.applied"] = always("enforcement.applied")
    v: int = always(1)
