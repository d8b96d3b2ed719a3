"""What was ever recorded about a person, by whom, and what became of it? Read from the person's part of the history.

The registry keeps what counts; this tells the rest: records that were withdrawn, with who, when and why. As of a moment, it
tells what was known then and nothing that came later (P6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile

from safeconduct.registry.bodies.evidence import FactRecorded, FactWithdrawn
from safeconduct.registry.bodies.rosters import PersonEnrolled
from safeconduct.registry.changes import Change, read_body
from safeconduct.registry.effects.rosters import enrolled_facts
from safeconduct.registry.records import FactRecord
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class Trace:
    """One record and its fate. ``withdrawn_at`` is None while it counts."""

    record: FactRecord
    recorded_at: Moment
    recorded_by: str
    withdrawn_at: Moment | None = None
    withdrawn_by: str = ""
    why: str = ""


def trail(changes: Iterable[Change], person: str, until: Moment | None = None) -> tuple[Trace, ...]:
    """Every record about ``person`` in order of recording, as known at ``until`` (now when None).

    ``changes`` are in order and may hold those about others. Raises Refused for a change that cannot be read.
    """
    traces: dict[tuple[int, int], Trace] = {}
    for change in changes if until is None else takewhile(lambda each: each.at <= until, changes):
        if change.subject != person or change.kind not in ("fact.recorded", "fact.withdrawn", "person.enrolled"):
            continue
        match read_body(change):
            case FactWithdrawn(record=number, item=item, why=why):
                before = traces.get((number, item))
                if before is not None and before.withdrawn_at is None:
                    traces[number, item] = replace(before, withdrawn_at=change.at, withdrawn_by=change.actor, why=why)
            case FactRecorded() as body:
                traces[change.seq, 0] = Trace(_record(change.seq, body), change.at, change.actor)
            case PersonEnrolled() as body:
                for record in enrolled_facts(change.seq, body):
                    traces[change.seq, record.item] = Trace(record, change.at, change.actor)
    return tuple(traces.values())


def _record(seq: int, body: FactRecorded) -> FactRecord:
    return FactRecord(
        seq,
        body.fact,
        body.value,
        body.source,
        body.verifier,
        body.method,
        body.verified_at,
        body.expires_at,
        body.organization,
    )
