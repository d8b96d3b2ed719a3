"""What does a roster change, and may it?

Rows are compared with what is recorded. What is already so is left alone, so importing the same file twice changes
nothing. A row that says something else than the registry is a fault, unless the officer asked for corrections with
``replace``: then the earlier records are withdrawn and the row's are recorded, in one act.
"""

from __future__ import annotations

from safeconduct.office.acts import ImportRoster
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import evidence, parties
from safeconduct.registry.facts import CATALOG
from safeconduct.registry.records import FactRecord, Person
from safeconduct.registry.roster import RosterFact, RosterRow
from safeconduct.terms.moments import FOREVER, show

REPLACE_MEND = "correct the row, or import with --replace to let the roster correct the registry"


def import_roster(act: ImportRoster, ask: Asking) -> None:
    """Judge every row; all faults are found before any is told."""
    whole = ask.where
    seen: set[str] = set()
    for row in act.rows:
        ask.where = row.where
        if row.person in seen:
            ask.refuse("roster_repeats", f"{row.person} is listed twice", "remove one of the two rows")
        seen.add(row.person)
        ask.wants_organization(row.organization)
        person = ask.registry.people.get(row.person)
        if person is None:
            starts = ask.now if row.starts is None else row.starts
            ask.change("person.registered", row.person, parties.PersonRegistered(starts, FOREVER, row.name, row.email))
        else:
            _correct_person(row, person, act.replace, ask)
        _membership(row, person, act.replace, ask)
        for fact in row.facts:
            _fact(row, fact, act.replace, ask)
    ask.where = whole


def _correct_person(row: RosterRow, person: Person, replace: bool, ask: Asking) -> None:
    name = row.name if row.name and row.name != person.name else None
    email = row.email if row.email and row.email != person.email else None
    if name is None and email is None:
        return
    if not replace and ((person.name and name is not None) or (person.email and email is not None)):
        ask.refuse("roster_differs", f"{row.person} has another name or e-mail in the registry", REPLACE_MEND)
    ask.change("person.amended", row.person, parties.PersonAmended(name, email))


def _membership(row: RosterRow, person: Person | None, replace: bool, ask: Asking) -> None:
    """What the row says of the membership; what it leaves blank stays as it is, or begins now and open."""
    members = person.memberships if person is not None else ()
    found = next((each for each in members if each.organization == row.organization), None)
    before = (found.starts, found.ends, found.role) if found is not None else (ask.now, FOREVER, "")
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
    if fact.verified_at > ask.now:
        what = f"{fact.name} would be verified in the future, at {show(fact.verified_at)}"
        ask.refuse("future_evidence", what, "correct verified_at, or import the row once it is verified")
    recorded = [
        each for each in ask.registry.facts_of(row.person) if each.name == fact.name and each.organization == fact.organization
    ]
    if any(_is_same(each, fact) for each in recorded):
        return
    against = [each for each in recorded if not CATALOG[fact.name].additive and _contradicts(each, fact)]
    if against and not replace:
        numbers = ", ".join(str(each.number) for each in against)
        ask.refuse("roster_differs", f"{fact.name} of {row.person} is recorded otherwise (record {numbers})", REPLACE_MEND)
    for each in against:
        ask.change("fact.withdrawn", row.person, evidence.FactWithdrawn(each.number, f"corrected by {row.where}"[:200]))
    body = evidence.FactRecorded(
        fact=fact.name,
        value=fact.value,
        source=fact.source,
        verifier=fact.verifier,
        method=fact.method,
        verified_at=fact.verified_at,
        expires_at=fact.expires_at,
        organization=fact.organization,
    )
    ask.change("fact.recorded", row.person, body)


def _is_same(record: FactRecord, fact: RosterFact) -> bool:
    return (record.value, record.source, record.verifier, record.method, record.verified_at, record.expires_at) == (
        fact.value,
        fact.source,
        fact.verifier,
        fact.method,
        fact.verified_at,
        fact.expires_at,
    )


def _contradicts(record: FactRecord, fact: RosterFact) -> bool:
    overlap = record.verified_at < fact.expires_at and fact.verified_at < record.expires_at
    return overlap and record.value != fact.value
