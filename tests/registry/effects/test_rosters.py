"""What the rows of rosters do."""

from __future__ import annotations

from safeconduct.registry.bodies.rosters import EnrolledFact, PersonEnrolled
from safeconduct.registry.changes import Change, draft
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in
from safeconduct.registry.records import record_name
from safeconduct.terms.moments import FOREVER
from support.registry_world import DAY, T0

FACTS = (
    EnrolledFact("nationality", ("DE", "US"), "passport", "v", "doc", T0 - DAY, FOREVER),
    EnrolledFact("employed_there", True, "hr", "v", "doc", T0 - DAY, T0 + DAY, "acme"),
)


def enrolled(seq: int, body: PersonEnrolled) -> Change:
    made = draft(T0, "officer", "person.enrolled", "ann", body)
    return Change(seq, made.at, made.actor, made.kind, made.subject, made.body)


def test_a_row_makes_a_person_a_membership_and_named_records() -> None:
    state = State()
    fold_in(state, enrolled(1, PersonEnrolled("acme", T0, T0 + DAY, "Ann", "ann@example.org", "engineer", FACTS)))
    person = state.people["ann"]
    assert (person.name, person.email, person.starts, person.ends) == ("Ann", "ann@example.org", T0, FOREVER)
    (member,) = person.memberships
    assert (member.organization, member.role, member.starts, member.ends) == ("acme", "engineer", T0, T0 + DAY)
    nationality, employed = state.facts["ann"]
    assert (record_name(nationality), record_name(employed)) == ("1.1", "1.2")
    assert (nationality.value, nationality.organization) == (("DE", "US"), "")
    assert (employed.value, employed.organization, employed.expires_at) == (True, "acme", T0 + DAY)


def test_one_record_of_a_row_is_withdrawn_by_its_place() -> None:
    state = State()
    fold_in(state, enrolled(1, PersonEnrolled("acme", T0, FOREVER, facts=FACTS)))
    fold_in(state, Change(2, T0, "officer", "fact.withdrawn", "ann", {"record": 1}))
    assert len(state.facts["ann"]) == 2
    fold_in(state, Change(3, T0, "officer", "fact.withdrawn", "ann", {"record": 1, "item": 2}))
    assert [record_name(each) for each in state.facts["ann"]] == ["1.1"]


def test_nobody_is_enrolled_twice_and_who_joined_before_was_there_before() -> None:
    state = State()
    fold_in(state, enrolled(1, PersonEnrolled("acme", T0 - DAY, FOREVER, "Ann")))
    fold_in(state, enrolled(2, PersonEnrolled("sub", T0, FOREVER, "Eve", facts=FACTS)))
    assert (state.people["ann"].name, state.people["ann"].starts) == ("Ann", T0 - DAY)
    assert state.facts["ann"] == ()
