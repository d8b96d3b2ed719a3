"""Rosters at the desk: one act, all or nothing, however many rows and whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from safeconduct.audit.commitment import commit
from safeconduct.desk.rosters import Stack
from safeconduct.office import acts
from safeconduct.registry.changes import SALT_BYTES, Draft, digest_of, sealed
from safeconduct.registry.roster import MAX_FAULTS, RosterReading
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Refused
from support.registry_desk import Office
from support.registry_world import DAY, PSEUDONYM_KEY, T0
from support.roster_struck import HEAD, STEPS, desk, lines
from support.tree import ROOT

MILLION = 1_000_000


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.desk.perform(acts.RegisterOrganization("acme", "Acme"))
    return made


def reading(text: str | bytes) -> RosterReading:
    data = text.encode() if isinstance(text, str) else text
    return RosterReading("r.csv", data.splitlines(keepends=True), "acme")


def codes(office: Office, text: str | bytes) -> list[tuple[str, str]]:
    """The faults of a roster, which must have left no trace."""
    before = (office.store.head(), len(office.journal.entries))
    with pytest.raises(Refused) as refused:
        office.desk.import_roster(reading(text), file="r.csv")
    assert (office.store.head(), len(office.journal.entries)) == before
    assert sorted(each.name for each in office.path.parent.iterdir() if "waiting" in each.name) == []
    return [(fault.code, fault.where) for fault in refused.value.faults]


ROW = "{},yes,passport,v,doc,2026-01-01T00:00:00Z,open\n"


def test_a_roster_is_one_act_and_the_log_can_be_opened_with_its_salt(office: Office) -> None:
    done = office.desk.import_roster(reading(HEAD + ROW.format("ann") + ROW.format("ben")), file="r.csv")
    assert (done.rows, done.counts, done.changes, done.at) == (2, {"person.enrolled": 2}, 2, T0)
    name, entry = office.journal.entries[-1]
    first, last, act, salt, digest = office.store.acts()[-1]
    assert (name, entry["act"], act, entry["first_change"], entry["changes"]) == ("performed", act, "roster.import", first, 2)
    made = office.store.since(first - 1)
    drafts = [sealed(Draft(each.at, each.actor, each.kind, each.subject, each.body), each.salt) for each in made]
    assert last == first + 1
    assert entry["changes_digest"] == digest == digest_of(drafts, salt)
    assert entry["changes_hashes"] == tuple(each.hash for each in drafts)
    assert entry["subject_commitment"] == commit(salt, "subject", "r.csv")
    standing = office.desk.registry.standing_for(person="ann", organization="acme", now=T0)
    assert (standing.lapses, standing.facts["us_person.ear"].value) == ((), "yes")


def test_importing_again_changes_nothing_and_is_not_recorded(office: Office) -> None:
    text = HEAD + ROW.format("ann")
    office.desk.import_roster(reading(text), file="r.csv")
    before = (office.store.head(), len(office.journal.entries))
    office.clock.now = T0 + DAY
    assert office.desk.import_roster(reading(text), file="r.csv").changes == 0
    assert (office.store.head(), len(office.journal.entries)) == before


def test_looking_writes_nothing(office: Office) -> None:
    before = (office.store.head(), len(office.journal.entries))
    assert office.desk.import_roster(reading(HEAD + ROW.format("ann")), file="r.csv", only_look=True).changes == 1
    assert (office.store.head(), len(office.journal.entries)) == before


def test_faults_of_the_file_and_against_the_registry_come_together_and_nothing_is_done(office: Office) -> None:
    head = HEAD.replace("person,", "person,organization,")
    rows = "ann,acme,yes,hr,v,doc,2026-01-01T00:00:00Z,open\nben,none,maybe,hr,v,doc,2026-01-01T00:00:00Z,open\n"
    assert codes(office, head + rows) == [("roster_fact", "r.csv:3 us_citizen"), ("unknown_organization", "r.csv:3")]


def test_a_wrong_byte_near_the_end_undoes_all_before_it(office: Office) -> None:
    text = HEAD + "".join(ROW.format(f"p{number:05}") for number in range(9_000))
    broken = text.encode() + b"p\xfc,yes,hr,v,doc,2026-01-01T00:00:00Z,open\n" + ROW.format("zoe").encode()
    assert codes(office, broken) == [("roster_encoding", "r.csv:9002")]
    assert codes(office, text.encode("utf-16")) == [("roster_encoding", "r.csv:1")]


@pytest.mark.parametrize(
    ("again", "code"),
    [(ROW.format("p00003"), "roster_repeats"), (ROW.format("p00003").replace("yes", "no"), "roster_conflict")],
)
def test_a_person_listed_twice_far_apart_is_found(office: Office, again: str, code: str) -> None:
    text = HEAD + "".join(ROW.format(f"p{number:05}") for number in range(3_000))
    assert codes(office, text + again) == [(code, "r.csv:3002 person")]


def test_too_many_faults_are_counted_and_not_held(office: Office) -> None:
    rows = "".join(f"p{number},yes,hr,v,doc,2099-01-01T00:00:00Z,open\n" for number in range(MAX_FAULTS + 7))
    found = codes(office, HEAD + rows)
    assert (len(found), found[-1]) == (MAX_FAULTS + 1, ("roster_more_faults", "r.csv"))


def test_a_full_disk_is_a_no(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Stack, "put", full)
    before = (office.store.head(), len(office.journal.entries))
    with pytest.raises(OSError, match="No space"):
        office.desk.import_roster(reading(HEAD + ROW.format("ann")), file="r.csv")
    assert (office.store.head(), len(office.journal.entries)) == before


def test_a_stack_gives_back_what_was_put_down_and_takes_no_foreign_draft(office: Office) -> None:
    drafts = [Draft(T0, "op", "x", f"s{number}", {"b": [number, True], "a": "ü"}) for number in range(5)]
    drawn: list[int] = []

    def random(size: int) -> bytes:
        drawn.append(size)
        return bytes(number % 251 for number in range(size))

    with Stack(office.store.scratch(), random, "op", T0) as stack:
        for each in drafts:
            stack.put(each)
        whole = random(5 * SALT_BYTES)
        ready = [sealed(each, whole[at * SALT_BYTES : (at + 1) * SALT_BYTES]) for at, each in enumerate(drafts)]
        assert list(stack) == list(stack) == [replace(each, body={}) for each in ready]
        assert (len(stack), stack.digest(b"s"), stack.counts) == (5, digest_of(ready, b"s"), {"x": 5})
        assert len(drawn) == 2, "salts are drawn together"
        with pytest.raises(ValueError, match="another act"):
            stack.put(Draft(T0 + 1, "op", "x", "s", {}))


@pytest.mark.parametrize("step", STEPS)
def test_p6_an_import_killed_at_any_step_is_there_whole_or_not_at_all(tmp_path: Path, step: str) -> None:
    rows = 3_000
    desk(tmp_path).perform(acts.RegisterOrganization("acme", "Acme"))
    command = [sys.executable, "-m", "support.roster_struck", str(tmp_path), step, str(rows)]
    environ = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    ended = subprocess.run(command, env=environ, capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not [each for each in tmp_path.iterdir() if "waiting" in each.name]
    again = desk(tmp_path)
    assert len(again.registry.people) == (rows if step == "committed" else 0)
    again.perform(acts.RegisterPerson("zoe", "acme"))
    log = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    with ChangeStore.open(tmp_path / "registry.db") as store:
        claimed = {each["changes_digest"] for each in log if each["name"] == "performed"}
        closed = {each["changes_digest"] for each in log if each["name"] == "failed"}
        assert claimed - closed == {act[4] for act in store.acts()}
        assert store.intent() is None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_million_rows_are_imported_in_flat_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "support.roster_whole", str(tmp_path), str(MILLION)]
    environ = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=280, check=True)
    done = json.loads(ended.stdout)
    assert (done["rows"], done["counts"]) == (MILLION, {"person.enrolled": MILLION})
    assert done["peak"] < 400 * 1024, "a million rows of a few hundred bytes each would not fit"
    path = tmp_path / "registry.db"
    with ChangeStore.open(path, read_only=True) as store:
        registry = store.registry(PSEUDONYM_KEY)
        assert len(registry.people) == MILLION
        assert [each.id for each, _ in islice(registry.everyone(), 2)] == ["p0000000", "p0000001"]
        assert registry.people["p0999999"].memberships[0].role == "engineer"
        news = store.news(1)
        assert news is not None
        assert news.touched is None
    for each in tmp_path.glob("registry.db*"):
        each.unlink()  # some 400 MB that nobody wants to look at


def test_the_lines_of_the_killed_import_are_sound() -> None:
    assert len(list(RosterReading("r.csv", lines(40), "acme").rows())) == 40
