"""What do entries about the safeguards themselves say? That one failed, that a monitor fell silent, that a judge was asked."""

from __future__ import annotations

from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class DetectorFailed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A detector erred, was late or could not be reached, and calls were refused for it.

    ``detector`` is ``name==version``, ``why`` a stable code (``error``, ``late``, ``gone``, ``absent``). One entry stands for
    ``count`` failures of the second that ends at ``at``.
    """

    at: int
    boot: str = ""
    count: int = 1
    detector: str
    node: str = ""
    prev: str = ""
    seq: int = 0
    type: Literal["detector.failed"] = always("detector.failed")
    v: int = always(1)
    why: str = ""


class MonitorSilent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A monitor was not heard of: a worker's signals, a detector's own sample, the watch itself.

    ``monitor`` names it (``worker-0``, ``secrets``, ``watch``), ``since`` is when it was heard last. ``back``: it is heard again.
    """

    at: int
    back: bool = False
    boot: str = ""
    monitor: str
    node: str = ""
    prev: str = ""
    seq: int = 0
    since: int = 0
    type: Literal["monitor.silent"] = always("monitor.silent")
    v: int = always(1)
    why: str = ""


class JudgeAsked(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Texts of a call were about to leave for a judge model; durable before they did. ``call`` is the call they were part of.

    ``texts_bytes`` is their size. ``held``: the call waits for the judgment.
    """

    at: int
    boot: str = ""
    call: str
    held: bool = False
    model: str = ""
    node: str = ""
    prev: str = ""
    provider: str = ""
    seq: int = 0
    texts_bytes: int = 0
    type: Literal["judge.asked"] = always("judge.asked")
    v: int = always(1)


class JudgeAnswered(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How asking a judge ended. ``asked_seq`` is the entry of the same writer that opened it.

    ``category`` is empty and ``code`` says why where there is no judgment; ``confidence_permille`` is the judge's own.
    """

    asked_seq: int = 0
    at: int
    boot: str = ""
    call: str
    category: str = ""
    code: str = ""
    confidence_permille: int = -1
    duration_us: int = 0
    node: str = ""
    prev: str = ""
    seq: int = 0
    type: Literal["judge.answered"] = always("judge.answered")
    v: int = always(1)
