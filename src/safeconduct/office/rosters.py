"""What does a roster change, and may it?

Rows are compared with what is recorded. What is already so is left alone, so importing the same file twice changes
nothing. A row that says something else than the registry is a fault, unless the officer asked for corrections with
``replace``: then the earlier records are withdrawn and the row's are recorded, in one act.

Rows come one by one and so do the changes they make: a roster of a million is never held. All faults or all rows: whoever
performs the changes waits until the last row has been judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import evidence, parties, rosters
from safeconduct.registry.changes import Draft
from safeconduct.registry.facts import CATALOG
from safeconduct.registry.records import FactRecord, Person, record_name
from safeconduct.registry.roster import MAX_FAULTS, RosterFact, RosterRow
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import FOREVER, Moment, show
from safeconduct.terms.standing import FactValue

Content = tuple[str, FactValue, str, str, str, Moment, Moment, str]

ACT: Final = "roster.import"  # what the log calls it; no act of the office's list, for its rows are never held together
REPLACE_MEND: Final = "correct the row, or import with --replace to let the roster correct the registry"


class Judging:
    """The rows of a roster that is read as it is judged, and must name nobody twice. ``faults`` grow with the rows."""

    def __init__(self, file: str, replace: bool, registry: Registry, actor: str, now: Moment) -> None:
        self._file = file
        self._replace = replace
        self._ask = Asking(registry, actor, now, file)
        self._more = 0

    def drafts(self, rows: Iterable[RosterRow]) -> Iterator[Draft]:
        """The changes that the rows make, in order. They may be performed only when all were seen and no fault was found."""
        ask = self._ask
        for row in rows:
            _judge(row, self._replace, ask)
            if len(ask.faults) > MAX_FAULTS:
                self._more += len(ask.faults) - MAX_FAULTS
                del ask.faults[MAX_FAULTS:]
            if not ask.faults:
                yield from ask.drafts
            ask.drafts.clear()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault found so far; beyond ``MAX_FAULTS`` their number."""
        if not self._more:
            return tuple(self._ask.faults)
        more = Fault("roster_more_faults", f"{self._more} more faults are not shown", self._file, "mend these and check again")
        return (*islice(self._ask.faults, MAX_FAULTS), more)


def _judge(row: RosterRow, replace: bool, ask: Asking) -> None:
    ask.where = row.where
    ask.wants_organization(row.organization)
    person = ask.registry.population.person(row.person)
    if person is None:
        _enroll(row, ask)
        return
    _correct_person(row, person, replace, ask)
    _membership(row, person, replace, ask)
    for fact in row.facts:
        _fact(row, fact, replace, ask)


def _enroll(row: RosterRow, ask: Asking) -> None:
    """Somebody new: everything the row says, in one change."""
    starts = ask.now if row.starts is None else row.starts
    ends = FOREVER if row.ends is None else row.ends
    ask.wants_interval(starts, ends)
    for fact in row.facts:
        _wants_past(fact, ask)
    facts = tuple([rosters.EnrolledFact(*_content(fact)) for fact in row.facts])
    body = rosters.PersonEnrolled(row.organization, starts, ends, row.name, row.email, row.role, facts)
    ask.change("person.enrolled", row.person, body)


def _correct_person(row: RosterRow, person: Person, replace: bool, ask: Asking) -> None:
    name = row.name if row.name and row.name != person.name else None
    email = row.email if row.email and row.email != person.email else None
    if name is None and email is None:
        return
    if not replace and ((person.name and name is not None) or (person.email and email is not None)):
        ask.refuse("roster_differs", f"{row.person} has another name or e-mail in the registry", REPLACE_MEND)
    ask.change("person.amended", row.person, parties.PersonAmended(name, email))


def _membership(row: RosterRow, person: Person, replace: bool, ask: Asking) -> None:
    """What the row says of the membership; what it leaves blank stays as it is, or begins now and open."""
    found = next((each for each in person.memberships if each.organization == row.organization), None)
    before = (found.starts, found.ends, found.role) if found is not None else (ask.now, FOREVER, "")
    if found is not None and found.ending is not None and row.ends is not None and row.ends > found.ends:
        what = f"{row.person} was taken out of {row.organization}, and a roster cannot undo that"
        ask.refuse("roster_returns", what, "take the person in by itself, so that a second officer can agree: safeconduct person")
    starts = before[0] if row.starts is None else row.starts
    ends = before[1] if row.ends is None else row.ends
    role = row.role or before[2]
    if found is not None and before == (starts, ends, role):
        return
    if found is not None and not replace:
        what = f"{row.person} is a member of {row.organization} with another role or other dates"
        ask.refuse("roster_differs", f"{what} ({show(found.starts)} to {show(found.ends)})", REPLACE_MEND)
    ask.wants_interval(starts, ends)
    ask.change("membership.started", row.person, parties.MembershipStarted(row.organization, starts, ends, role))


def _fact(row: RosterRow, fact: RosterFact, replace: bool, ask: Asking) -> None:
    _wants_past(fact, ask)
    recorded = [
        each for each in ask.registry.facts_of(row.person) if each.name == fact.name and each.organization == fact.organization
    ]
    if any(_is_same(each, fact) for each in recorded):
        return
    against = [each for each in recorded if not CATALOG[fact.name].additive and _contradicts(each, fact)]
    if against and not replace:
        names = ", ".join(record_name(each) for each in against)
        ask.refuse("roster_differs", f"{fact.name} of {row.person} is recorded otherwise (record {names})", REPLACE_MEND)
    for each in against:
        why = f"corrected by {row.where}"[:200]
        ask.change("fact.withdrawn", row.person, evidence.FactWithdrawn(each.number, why, each.item))
    ask.change("fact.recorded", row.person, evidence.FactRecorded(*_content(fact)))


def _wants_past(fact: RosterFact, ask: Asking) -> None:
    if fact.verified_at > ask.now:
        what = f"{fact.name} would be verified in the future, at {show(fact.verified_at)}"
        ask.refuse("future_evidence", what, "correct verified_at, or import the row once it is verified")


def _content(fact: RosterFact | FactRecord) -> Content:
    """What a fact says, in the order in which the bodies of changes carry it."""
    return (
        fact.name,
        fact.value,
        fact.source,
        fact.verifier,
        fact.method,
        fact.verified_at,
        fact.expires_at,
        fact.organization,
    )


def _is_same(record: FactRecord, fact: RosterFact) -> bool:
    return _content(record) == _content(fact)


def _contradicts(record: FactRecord, fact: RosterFact) -> bool:
    overlap = record.verified_at < fact.expires_at and fact.verified_at < record.expires_at
    return overlap and record.value != fact.value
