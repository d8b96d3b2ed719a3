"""How are the watch's wishes carried out? Through the desk, like any officer's act, by the actor ``watch``.

A band of risk that moved is noted; then the ladders in force say which measure it calls for, and that is taken as an automatic
one: what goes beyond a ladder's limit waits for an officer (``office.measures``). An alert joins a case or opens one. A monitor
that fell silent gets an entry in the log.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from typing import Final

from safeconduct.assembly.desk import DeskJournal
from safeconduct.audit.entries import MonitorSilent, clip
from safeconduct.cases.joining import joined
from safeconduct.desk.desk import Desk
from safeconduct.inquiry.casework import joinable
from safeconduct.office import acts
from safeconduct.office.case_acts import RaiseCase
from safeconduct.office.ladders import ladder_of
from safeconduct.office.measure_acts import MoveRisk as MoveRiskAct
from safeconduct.office.measure_acts import TakeMeasure
from safeconduct.office.persons import same_person
from safeconduct.registry.bodies.cases import CaseJudged
from safeconduct.registry.cases import Case
from safeconduct.registry.changes import Change, News, read_body
from safeconduct.registry.names import MAX_TEXT
from safeconduct.registry.state import Registry
from safeconduct.risk.score import band_of
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.watch.state import AlertRow, WatchStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.measures import BANDS, Rung
from safeconduct.terms.moments import Moment
from safeconduct.watch.budget import AGAIN
from safeconduct.watch.commands import Alert, Command, MoveRisk, Silent
from safeconduct.watch.detected import DAY
from safeconduct.workers.watcher import Happenings

PART_CHARACTERS: Final = 400
BUSY: Final = frozenset({"registry_busy", "not_recorded"})
"""Refusals that are none: the registry is taken or the disk is full, and the same can be asked again."""

_STANDING: Final = frozenset({"measure_in_force", "measure_exists"})


class Acting:
    """Performs what the watch asks. Not to be shared between threads."""

    def __init__(self, desk: Desk, store: ChangeStore, journal: DeskJournal, state: WatchStore) -> None:
        self._desk = desk
        self._store = store
        self._journal = journal
        self._state = state
        self._version = -1

    def perform(self, command: Command, now: Moment) -> bool:
        """Do it. False when it was refused for good. Raises OSError when it cannot be done now."""
        try:
            match command:
                case MoveRisk():
                    self._move(command, now)
                case Alert():
                    self._raise(command)
                case Silent():
                    at = max(now, command.since)
                    name, why = clip(command.monitor), clip(command.why)
                    self._journal.record(MonitorSilent(at=at, monitor=name, why=why, since=command.since, back=command.back))
        except Refused as refused:
            if any(fault.code in BUSY for fault in refused.faults):
                raise OSError(str(refused)) from refused
            print(f"safeconduct watcher: {'; '.join(fault.code for fault in refused.faults)}", file=sys.stderr)  # noqa: T201 - the process's own door
            return False
        return True

    def news(self) -> Happenings:
        """What happened since the last time. Raises OSError or Refused when the history cannot be read."""
        if self._version < 0:
            self._version = self._desk.registry.version
            return Happenings(erased=True, batch=batches(self._desk.registry))
        news = self._store.news(self._version)
        if news is None:
            return Happenings()
        registry = self._desk.registry
        kinds = {each.kind for each in news.changes}
        projects = any(kind.startswith("project.") for kind in kinds)
        verdicts = tuple(_verdicts(registry, news))
        batch = batches(registry) if projects else None
        self._version = news.version  # last: what could not be read is heard of again
        return Happenings("erasure.done" in kinds, verdicts, batch)

    def at_risk(self, now: Moment) -> Iterator[tuple[str, str, Moment]]:
        """Everybody and everything at risk by the registry: ``KIND/ID``, band, and until when."""
        for who, marks in self._desk.registry.marked():
            if marks.risk is not None and marks.band(now) != BANDS[0]:
                yield who, marks.risk.band, marks.risk.until

    def known(self, who: str) -> bool:
        """Whether the registry still knows a subject of the watch."""
        kind, _, name = who.partition("/")
        registry = self._desk.registry
        return name in (registry.agents if kind == "agent" else registry.people)

    def _move(self, command: MoveRisk, now: Moment) -> None:
        parts = tuple(_line(part, PART_CHARACTERS) for part in command.parts)[:16]
        until = max(command.until, now + 1)
        self._desk.perform(MoveRiskAct(command.who, command.band, until, parts))
        registry = self._desk.registry
        ladder = ladder_of(registry, now)
        kind = command.who.partition("/")[0]
        for rung, rehearsal in ((ladder.called_for(command.band, kind), False), (ladder.rehearsed(command.band, kind), True)):
            if rung is not None:
                self._take(command, rung, now, rehearsal=rehearsal)

    def _take(self, command: MoveRisk, rung: Rung, now: Moment, *, rehearsal: bool) -> None:
        """Take what the ladder calls for. One measure a day of one rung: who was let go today is not taken again at once."""
        name = sha256(f"{command.who}\n{rung.id}\n{rung.step}\n{now // DAY}".encode()).hexdigest()[:12]
        why = f"risk is {command.band}: {command.parts[0] if command.parts else ''}"
        act = TakeMeasure(
            id=f"M-{name}",
            who=command.who,
            step=rung.step.value,
            until=now + rung.lasts,
            message=rung.message,
            why=_line(why),
            rehearsal=rehearsal,
            automatic=True,
            rate=rung.rate,
            fallback=rung.fallback,
        )
        try:
            self._desk.perform(act)
        except Refused as refused:
            if any(fault.code not in _STANDING for fault in refused.faults):
                raise

    def _raise(self, alert: Alert) -> None:
        """Into a case, by what it has in common with what is open; and into the state, which outlives no registry."""
        registry = self._desk.registry
        marks = (alert.campaign,) if alert.campaign else ()
        again = _raised_before(registry, alert, self._desk.now())
        if again:  # a crash came between the case and the snapshot, and the same signals were read again
            if not any((each.kind, each.case) == (alert.kind, again) for each in self._state.alerts(alert.who)):
                self._state.raised(_row(alert, again))
            return
        found = joined(alert.who, marks, joinable(registry), self._desk.now())
        case = found.case or f"w-{sha256(f'{alert.who} {alert.at} {alert.kind}'.encode()).hexdigest()[:12]}"
        severity = band_of(alert.score)
        act: acts.Act = RaiseCase(
            id=case,
            who=alert.who,
            kind=alert.kind,
            note=_line(alert.sentence),
            calls=alert.calls[:16],
            marks=marks,
            severity=severity if severity != "none" else "low",
        )
        self._desk.perform(act)
        self._state.raised(_row(alert, case))


def batches(registry: Registry) -> frozenset[str]:
    """The projects that declared a batch application: an asset ``batch:NAME``."""
    declared = (each.id for each in registry.projects.values() if any(asset.startswith("batch:") for asset in each.assets))
    return frozenset(f"project/{name}" for name in declared)


def _row(alert: Alert, case: str) -> AlertRow:
    return AlertRow(
        alert.at, alert.who, alert.kind, alert.sentence, alert.calls, alert.score, alert.campaign, alert.organization, case
    )


def _raised_before(registry: Registry, alert: Alert, now: Moment) -> str:
    """The open case that this very alert is in already: of one kind, from the same calls, in the same words.

    INVARIANT: a signal that is read again after a crash stands in its case once.
    """
    told = (alert.who, alert.kind, alert.calls[:16], _line(alert.sentence))
    for case in registry.cases.values():
        if case.closed_at is None and alert.who in case.about:
            for each in case.signals:
                if (each.who, each.kind, each.calls, each.note) == told and now - each.at < AGAIN:
                    return case.id
    return ""


def _verdicts(registry: Registry, news: News) -> Iterator[tuple[str, str, bool]]:
    """What officers said about alarms: each verdict counts for everybody its case is about.

    INVARIANT (P9): "wrong" takes evidence away, so it counts from the second officer on who says so of a case.
    """
    for change in news.changes:
        body = _judged(change)
        case = registry.cases.get(change.subject) if body is not None else None
        if body is None or case is None or (body.verdict == "wrong" and not _agreed_wrong(registry, case, body.detector)):
            continue
        for who in case.about:
            yield who, body.detector, body.verdict == "right"


def _agreed_wrong(registry: Registry, case: Case, kind: str) -> bool:
    """Whether two persons called signals of this kind in the case wrong."""
    officers = sorted({each.actor for each in case.verdicts if each.detector == kind and not each.right})
    return any(not same_person(registry, one, other) for one, other in combinations(officers, 2))


def _judged(change: Change) -> CaseJudged | None:
    body = read_body(change) if change.kind == "case.judged" else None
    return body if isinstance(body, CaseJudged) else None


def _line(text: str, most: int = MAX_TEXT) -> str:
    """One printable line of bounded length: as long as a reason or a note may be, or the office would refuse the act itself."""
    line = "".join(each if each.isprintable() else " " for each in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
