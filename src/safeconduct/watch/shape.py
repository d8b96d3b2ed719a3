"""In which order do packed subjects and cohorts have their fields, and how does what an earlier version packed move to today's?

Both are packed by position, as names would take twice the room. So the names lie beside them once, in the order that was packed:
what an earlier version left is put in order by name. A field that is new begins as it does for somebody new; one that went is
dropped. Without its names nothing can be told, and the watch begins anew.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from safeconduct.risk.score import Evidence
from safeconduct.watch import cohort as cohorts
from safeconduct.watch import subject as subjects
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.subject import Subject


class Shape(msgspec.Struct, frozen=True):
    """The names of the fields, in the order in which they are packed."""

    subject: tuple[str, ...]
    evidence: tuple[str, ...]
    cohort: tuple[str, ...]


NOW: Final = Shape(Subject.__struct_fields__, Evidence.__struct_fields__, Cohort.__struct_fields__)
_EVIDENCE: Final[list[Any]] = ["", 0.0, 0, 1, "", []]


def packed() -> bytes:
    """Today's order, to be kept beside what is packed in it."""
    return msgspec.msgpack.encode(NOW)


def read(data: bytes) -> Shape | None:
    """The order that lies beside; None where there is none that can be read."""
    try:
        return msgspec.msgpack.decode(data, type=Shape)
    except msgspec.DecodeError:
        return None


def moved_subject(data: bytes, before: Shape) -> bytes:
    """A packed subject in today's order. Raises msgspec.DecodeError when it cannot be one."""
    raw = msgspec.msgpack.decode(data, type=list[Any])
    fresh = msgspec.msgpack.decode(subjects.pack(subjects.fresh("", 0)), type=list[Any])
    found = _ordered(raw, before.subject, NOW.subject, fresh)
    place = NOW.subject.index("evidence")
    if not isinstance(found[place], dict):
        raise msgspec.DecodeError("the evidence is none")
    found[place] = {kind: _ordered(each, before.evidence, NOW.evidence, _EVIDENCE) for kind, each in found[place].items()}
    return subjects.pack(subjects.unpack(msgspec.msgpack.encode(found)))


def moved_whole(data: bytes, before: Shape) -> bytes:
    """The pieces that belong to everybody (``snapshot``), their cohorts in today's order. Raises msgspec.DecodeError."""
    whole = msgspec.msgpack.decode(data, type=dict[str, Any])
    fresh = msgspec.msgpack.decode(msgspec.msgpack.encode(cohorts.fresh("")), type=list[Any])
    listed = whole.get("cohorts", [])
    if not isinstance(listed, list):
        raise msgspec.DecodeError("the cohorts are none")
    whole["cohorts"] = [_ordered(each, before.cohort, NOW.cohort, fresh) for each in listed]
    return msgspec.msgpack.encode(whole)


def _ordered(raw: object, before: tuple[str, ...], now: tuple[str, ...], fresh: list[Any]) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > len(before):
        raise msgspec.DecodeError("there are more fields than names")
    known = dict(zip(before, raw, strict=False))
    return [known.get(name, value) for name, value in zip(now, fresh, strict=True)]
