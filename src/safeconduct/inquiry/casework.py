"""What is there to do in cases, and what happened in one? Answers for every face: command line, API, pages to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from safeconduct.cases.calibration import Judged
from safeconduct.cases.joining import Open
from safeconduct.cases.queue import Waiting, ordered, severity
from safeconduct.registry.cases import Case
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment


class Queued(msgspec.Struct, frozen=True):
    """An open case in its place: ``due`` is when somebody should have looked at it, ``late`` by how long that is over."""

    id: str
    severity: str
    about: tuple[str, ...]
    organization: str
    signals: int
    due: Moment
    late: Moment
    assignee: str
    last: str


class Happened(msgspec.Struct, frozen=True):
    """One thing in a case's timeline, and who did it or whom it is about."""

    at: Moment
    who: str
    what: str


def queue(registry: Registry, now: Moment) -> list[Queued]:
    """Open cases in the order in which to look at them."""
    cases = {each.id: each for each in registry.cases.values() if each.closed_at is None}
    waiting = [
        Waiting(each.id, severity_of(each), each.opened_at, each.assignee, looked_at=_looked_at(each)) for each in cases.values()
    ]
    found = []
    for place in ordered(waiting, now):
        case = cases[place.id]
        last = case.signals[-1].note if case.signals else case.why
        told = (case.id, severity_of(case), case.about, case.organization, case.signaled)
        found.append(Queued(*told, place.due, place.late, case.assignee, last))
    return found


def timeline(case: Case, registry: Registry) -> list[Happened]:
    """Everything that happened in a case, oldest first."""
    told = [Happened(case.opened_at, case.opened_by, f"opened: {case.why}")]
    told += [Happened(each.at, each.who, f"{each.kind} ({each.severity}): {each.note}") for each in case.signals]
    told += [Happened(each.at, each.actor, f"noted: {each.note}") for each in case.notes]
    for each in case.verdicts:
        why = f": {each.why}" if each.why else ""
        told.append(Happened(each.at, each.actor, f"judged {each.detector} {'right' if each.right else 'wrong'}{why}"))
    for reading in registry.reads.values():
        if reading.case == case.id:
            told.append(Happened(reading.at, reading.actor, f"read {reading.part} of {reading.call}: {reading.why}"))
    if case.closed_at is not None:
        end = f"merged into {case.merged_into}" if case.merged_into else "closed"
        told.append(Happened(case.closed_at, case.closed_by, end))
    return sorted(told, key=lambda each: each.at)


def judged(cases: Iterable[Case]) -> Iterator[Judged]:
    """Every verdict of these cases."""
    for case in cases:
        for each in case.verdicts:
            yield Judged(each.detector, each.cohort, each.actor, each.right)


def joinable(registry: Registry) -> list[Open]:
    """The open cases, as joining asks about them."""
    return [
        Open(
            case.id,
            frozenset(case.about),
            frozenset(mark for each in case.signals for mark in each.marks),
            case.changed_at,
            case.signaled,
        )
        for case in registry.cases.values()
        if case.closed_at is None and case.signals
    ]


def severity_of(case: Case) -> str:
    """The gravest of what was seen in it."""
    return severity(each.severity for each in case.signals)


def _looked_at(case: Case) -> Moment:
    """When an officer last did something in it; 0 for never."""
    return max((*[each.at for each in case.notes], *[each.at for each in case.verdicts]), default=0)
