"""The desk: log first, then the registry, and one story in both whatever dies in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.commitment import commit
from safeconduct.office import acts
from safeconduct.registry import keys
from safeconduct.registry.changes import digest_of, sealed
from safeconduct.terms.faults import Refused
from support.registry_desk import PEPPER, Crash, Office
from support.registry_world import DAY, T0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.desk.perform(acts.RegisterOrganization("acme", "Acme"))
    return made


REGISTER = acts.RegisterPerson("ann", "acme", "Ann Example", "ann@example.org")


def test_an_act_is_in_the_log_and_then_in_the_registry(office: Office) -> None:
    done = office.desk.perform(REGISTER)
    assert [change.kind for change in done.changes] == ["person.registered", "membership.started"]
    assert "ann" in office.desk.registry.people
    name, entry = office.journal.entries[-1]
    assert (name, entry["act"], entry["first_change"], entry["changes"]) == ("performed", "person.register", 2, 2)
    assert office.performed_without_changes() == set()


def test_what_the_log_holds_about_an_act_can_be_opened_with_the_salt(office: Office) -> None:
    done = office.desk.perform(REGISTER)
    _, entry = office.journal.entries[-1]
    first, _, _, salt, digest = office.store.acts()[-1]
    assert first == entry["first_change"]
    assert done.changes == tuple(office.store.since(first - 1))
    again = [sealed(plan, change.salt) for plan, change in zip(done.plan.changes, done.changes, strict=True)]
    assert entry["changes_digest"] == digest == digest_of(again, salt)
    assert entry["changes_hashes"] == tuple(each.hash for each in again)
    assert len({change.salt for change in done.changes}) == len(done.changes)
    assert entry["subject_commitment"] == commit(salt, "subject", "ann")


def test_p8_the_log_names_neither_the_officer_nor_the_person(office: Office) -> None:
    office.desk.perform(REGISTER)
    told = repr(office.journal.entries)
    assert not any(word in told for word in ("ann", "Ann", "tester", "example.org"))


def test_an_act_that_is_refused_leaves_no_trace(office: Office) -> None:
    before = (list(office.journal.entries), office.store.head())
    with pytest.raises(Refused) as refused:
        office.desk.perform(acts.RegisterPerson("Ann", "nowhere"))
    assert len(refused.value.faults) == 2
    assert (office.journal.entries, office.store.head()) == before
    assert office.store.intent() is None


def test_an_act_that_changes_nothing_is_not_recorded(office: Office) -> None:
    before = len(office.journal.entries)
    assert office.desk.perform(acts.Batch(())).changes == ()
    assert len(office.journal.entries) == before


def test_p2_without_the_log_the_answer_is_no(office: Office) -> None:
    office.journal.fail = "performed"
    with pytest.raises(Refused, match="the log cannot be written"):
        office.desk.perform(REGISTER)
    assert "ann" not in office.desk.registry.people
    office.journal.fail = ""
    office.desk.perform(REGISTER)  # the doubtful entry is closed first
    assert office.journal.names[-2:] == ["failed", "performed"]
    assert office.performed_without_changes() == set()


def test_a_registry_that_cannot_be_written_makes_the_act_failed_in_the_log(office: Office) -> None:
    office.store.fail = "append"
    with pytest.raises(Refused, match="the registry cannot be written"):
        office.desk.perform(REGISTER)
    name, entry = office.journal.entries[-1]
    assert (name, entry["code"], entry["failed_seq"]) == ("failed", "registry_unwritable", len(office.journal.entries) - 1)
    assert office.store.intent() is None
    assert "ann" not in office.desk.registry.people
    assert office.performed_without_changes() == set()


def test_nothing_is_logged_when_the_intent_cannot_be_written(office: Office) -> None:
    office.store.fail = "intend"
    before = len(office.journal.entries)
    with pytest.raises(Refused, match="the registry cannot be written"):
        office.desk.perform(REGISTER)
    assert len(office.journal.entries) == before


@pytest.mark.parametrize("step", ["intend", "append", "append.after", "performed"])
def test_p6_a_crash_at_any_step_leaves_one_story_in_log_and_registry(office: Office, step: str) -> None:
    office.store.crash = office.journal.crash = step
    with pytest.raises(Crash):
        office.desk.perform(REGISTER)
    office.reopen()
    assert ("ann" in office.desk.registry.people) == (step == "append.after")
    office.desk.perform(acts.RegisterPerson("ben", "acme"))
    assert "ben" in office.desk.registry.people
    assert office.performed_without_changes() == set()
    assert office.store.intent() is None


@pytest.mark.parametrize("step", ["failed", "give_up"])
def test_a_crash_while_closing_a_cut_act_is_closed_by_the_next(office: Office, step: str) -> None:
    office.store.crash = "append"
    with pytest.raises(Crash):
        office.desk.perform(REGISTER)
    office.reopen()
    office.store.crash = office.journal.crash = step
    with pytest.raises(Crash):
        office.desk.perform(REGISTER)
    office.reopen()
    office.desk.perform(REGISTER)
    assert "ann" in office.desk.registry.people
    assert office.performed_without_changes() == set()


def test_a_cut_act_that_cannot_be_closed_holds_everything_up(office: Office) -> None:
    office.store.crash = "append"
    with pytest.raises(Crash):
        office.desk.perform(REGISTER)
    office.reopen()
    office.journal.fail = "failed"
    with pytest.raises(Refused, match="cut off earlier"):
        office.desk.perform(REGISTER)


def test_two_desks_see_each_other(office: Office) -> None:
    first = office.desk
    second = office.reopen()
    second.perform(REGISTER)
    with pytest.raises(Refused, match="already names one person"):
        first.perform(REGISTER)
    assert first.registry.version == second.registry.version


def test_a_clock_that_runs_backwards_does_not_turn_the_history(office: Office) -> None:
    office.clock.now = T0 - DAY
    done = office.desk.perform(REGISTER)
    assert done.plan.at == T0


def test_a_key_is_given_once_and_only_its_digest_is_kept(office: Office) -> None:
    office.desk.perform(REGISTER)
    issued = office.desk.issue_key(holder_kind="person", holder="ann", organization="acme")
    assert keys.checksum_holds(issued.text)
    assert issued.text not in repr(issued)
    standing = office.desk.registry.standing(keys.digest(PEPPER, issued.text), T0)
    assert standing is not None
    assert (standing.person, standing.credential) == ("ann", issued.id)
    kept = b"".join(path.read_bytes() for path in office.path.parent.iterdir())
    assert issued.text.encode() not in kept
    assert issued.text not in repr(office.journal.entries)


def test_p6_as_of_answers_from_the_history_on_disk(office: Office) -> None:
    office.clock.now = T0 + DAY
    office.desk.perform(REGISTER)
    office.clock.now = T0 + 2 * DAY
    office.desk.perform(acts.Suspend("person", "ann"))
    assert "ann" not in office.desk.as_of(T0).people
    assert not office.desk.as_of(T0 + DAY).people["ann"].suspended
    assert office.desk.as_of(T0 + 2 * DAY).people["ann"].suspended


def test_a_preview_writes_nothing(office: Office) -> None:
    before = (office.store.head(), len(office.journal.entries))
    assert len(office.desk.preview(REGISTER).changes) == 2
    assert (office.store.head(), len(office.journal.entries)) == before


def test_a_batch_is_one_act_all_or_nothing(office: Office) -> None:
    good = acts.Batch((REGISTER, acts.RegisterAgent("bot", "acme", "person", "ann")))
    bad = acts.Batch((acts.RegisterPerson("ben", "acme"), acts.RegisterAgent("x", "acme", "person", "nobody")))
    with pytest.raises(Refused):
        office.desk.perform(bad)
    assert "ben" not in office.desk.registry.people
    before = len(office.journal.entries)
    office.desk.perform(good)
    assert len(office.journal.entries) == before + 1
    assert "bot" in office.desk.registry.agents
