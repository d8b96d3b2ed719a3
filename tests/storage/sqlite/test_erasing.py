"""Erasing in the file: all of the person, nothing of anybody else, and not a byte left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.registry.bodies.cases import HoldPlaced
from safeconduct.registry.changes import BODIES, draft, row_hash
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.erasing import WORDS, ErasingStore, Mention
from support.registry_world import DAY, PSEUDONYM_KEY, T0, digest_number

ERASURE = "erased-" + "0" * 32
ID, NAME, EMAIL = "telltale.person", "Telltale Personname", "telltale@person.example"
KEY, OTHER = "key-telltale", "key-other"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ErasingStore]:
    with ErasingStore.open(tmp_path / "registry.db") as opened:
        for act in _acts():
            made = plan(act, opened.registry(PSEUDONYM_KEY), "officer", T0).changes
            opened.append(made, act.act)
        yield opened


def _acts() -> list[acts.Act]:
    ends = T0 + 100 * DAY
    return [
        acts.RegisterOrganization("acme", "Acme"),
        acts.RegisterPerson(ID, "acme", NAME, EMAIL),
        acts.RegisterPerson("ben", "acme", "Ben Example"),
        acts.RecordFact(ID, "nationality", ("FR",), "telltale-passport", "v", "d", T0, ends),
        acts.RecordFact("ben", "nationality", ("DE",), "passport", ID, "d", T0, ends),
        acts.RegisterAgent("telltale-bot", "acme", "person", ID, "Bot of Telltale"),
        acts.RegisterAgent("sub-bot", "acme", "agent", "telltale-bot"),
        acts.RegisterAgent("bens-bot", "acme", "person", "ben"),
        acts.IssueKey(KEY, digest_number(1), "agent", "sub-bot", "acme"),
        acts.IssueKey(OTHER, digest_number(2), "person", "ben", "acme"),
        acts.RevokeKey(OTHER, f"given to {NAME} by mistake"),
        acts.Suspend("person", "ben", f"was {ID}2, not him"),
    ]


def test_all_of_a_person_is_found_and_nobody_else(store: ErasingStore) -> None:
    kinds = {each.seq: (each.kind, each.subject) for each in store.since(0)}
    found = store.footprint(ID)
    assert (found.agents, found.keys) == (("telltale-bot", "sub-bot"), (KEY,))
    assert {kinds[seq] for seq in found.changes} == {
        ("person.registered", ID),
        ("membership.started", ID),
        ("fact.recorded", ID),
        ("agent.registered", "telltale-bot"),
        ("agent.registered", "sub-bot"),
        ("key.issued", KEY),
    }
    assert [kinds[seq] for seq in found.words] == [("key.revoked", OTHER)]
    (mention,) = found.mentions
    assert (kinds[mention.seq], mention.kind, mention.where) == (("fact.recorded", "ben"), "fact.recorded", ("verifier",))
    assert isinstance(mention, Mention)


def test_p6_every_change_can_be_read_without_its_free_words() -> None:
    """One that could not be would make the whole history unreadable, for everybody, once somebody it names is erased."""
    wanted = [
        (kind, each.name)
        for kind, shape in BODIES.items()
        for each in msgspec.structs.fields(shape)
        if each.name in WORDS and each.required
    ]
    assert wanted == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (NAME, "asked by TELLTALE PERSONNAME"),
        (NAME, "Telltale Personnames laptop"),
        (NAME, "the file of Telltale.Person"),
        (NAME, "see Telltale@Person.Example"),
        ("Zo\u00eb Telltale", "asked by Zoe\u0308 Telltale"),
        ("\u738b\u5c0f\u660e", "\u4e0e\u738b\u5c0f\u660e\u7684\u5408\u540c"),
    ],
)
def test_p8_other_ways_of_writing_a_name_are_found(tmp_path: Path, name: str, said: str) -> None:
    with ErasingStore.open(tmp_path / "registry.db") as store:
        for act in (
            acts.RegisterOrganization("acme", "Acme"),
            acts.RegisterPerson(ID, "acme", name, EMAIL),
            acts.RegisterPerson("ben", "acme", "Ben Example"),
            acts.Suspend("person", "ben", said),
            acts.RegisterProject("telltale.person", "acme", "Site", "review", "benign"),
        ):
            store.append(plan(act, store.registry(PSEUDONYM_KEY), "officer", T0).changes, act.act)
        kinds = {each.seq: each.kind for each in store.since(0)}
        found = store.footprint(ID)
        assert [kinds[seq] for seq in found.words] == ["person.suspended"]
        assert [(each.kind, each.where) for each in found.mentions] == [("project.registered", ("id",))]


def test_p9_a_hold_on_others_outlives_whoever_it_was_placed_for(store: ErasingStore) -> None:
    """Only its reason names the person: were it taken whole, one erasure would let go what it holds."""
    holds = [
        draft(T0, "officer:mira", "hold.placed", "for-all", HoldPlaced("organization", "acme", f"{NAME} sued")),
        draft(T0, "officer:mira", "hold.placed", "his", HoldPlaced("person", ID, "sued")),
    ]
    store.append(tuple(holds), "hold.place")
    kinds = {each.seq: each.subject for each in store.since(0)}
    found = store.footprint(ID)
    assert "for-all" in {kinds[seq] for seq in found.words}
    assert "his" in {kinds[seq] for seq in found.changes}
    store.redact(ERASURE, found.changes, found.words)
    holding = store.registry(PSEUDONYM_KEY).holds
    assert [(each.id, each.target, each.why) for each in holding.values()] == [("for-all", "acme", "")]


def test_p8_what_is_erased_is_nowhere_in_the_file(store: ErasingStore, tmp_path: Path) -> None:
    found = store.footprint(ID)
    before = {each.seq: each for each in store.since(0)}
    hashes = _hashes(tmp_path)
    store.redact(ERASURE, found.changes, found.words)
    store.redact(ERASURE, found.changes, found.words)  # as after a crash
    store.scrub()
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for telltale in (NAME, EMAIL, KEY, digest_number(1).hex(), "telltale-passport", "telltale-bot", "Bot of Telltale"):
        assert telltale.encode() not in data, telltale
    assert (tmp_path / "registry.db-wal").stat().st_size == 0
    assert _hashes(tmp_path) == hashes
    for each in store.since(0):
        if each.seq in found.changes:
            assert (each.kind, each.subject, each.salt) == ("erased", ERASURE, b"")
            assert each.body == {"was": before[each.seq].kind}
        elif each.seq in found.words:
            assert (each.kind, each.subject, each.body, each.salt) == ("key.revoked", OTHER, {}, b"")
        else:
            assert each == before[each.seq]
    registry = store.registry(PSEUDONYM_KEY)
    assert ID not in registry.people
    assert "telltale-bot" not in registry.agents
    assert KEY not in registry.keys
    assert not registry.has_digest(digest_number(1))
    assert registry.people["ben"].name == "Ben Example"


def test_p8_what_pages_kept_when_they_were_split_is_gone_too(store: ErasingStore, tmp_path: Path) -> None:
    doomed = [f"{letter}-telltale-twin" for letter in "05af"]
    for number in range(4):
        names = [f"{sha256(bytes([number, each])).hexdigest()[:20]}{number}" for each in range(100)]
        crowd = tuple(acts.RegisterPerson(each, "acme") for each in (*names, doomed[number]))
        store.append(plan(acts.Batch(crowd, "crowd"), store.registry(PSEUDONYM_KEY), "officer", T0).changes)
    for name in doomed:
        found = store.footprint(name)
        store.redact(ERASURE, found.changes, found.words)
    store.scrub()
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"telltale-twin" not in data


def test_p8_the_salts_of_acts_about_an_erased_person_go_too(store: ErasingStore, tmp_path: Path) -> None:
    found = store.footprint(ID)
    store.redact(ERASURE, found.changes, found.words)
    touched = {*found.changes, *found.words}
    for first, last, _, salt, _ in store.acts():
        assert (salt == b"") == bool(touched & set(range(first, last + 1)))


def test_p6_only_changes_that_an_erasure_names_lose_words_and_nothing_else_of_them_moves(
    store: ErasingStore, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as raw:
        for change in ("body = x'7b7d'", "kind = 'erased', salt = NULL"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(f"UPDATE change SET {change} WHERE seq = 2")
        raw.execute("INSERT INTO erasing_row VALUES (2)")
        for change in ("body = x'7b7d'", "salt = NULL, hash = NULL", "salt = NULL, subject = 'x'", "salt = NULL, actor = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(f"UPDATE change SET {change} WHERE seq = 2")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("UPDATE act SET digest = 'x', salt = x''")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM change WHERE seq = 2")


def test_a_reader_that_holds_the_file_is_said_and_not_waited_for_without_end(store: ErasingStore, tmp_path: Path) -> None:
    store._connection.execute("PRAGMA busy_timeout = 50")
    with ChangeStore.open(tmp_path / "registry.db", read_only=True) as reader:
        walk = reader.since(0)
        next(walk)
        connection = reader._connection
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM change").fetchone()
        found = store.footprint(ID)
        store.redact(ERASURE, found.changes, found.words)
        with pytest.raises(OSError, match="reads the registry"):
            store.scrub()
        assert store.unfinished() == [ERASURE]
        walk.close()
        connection.execute("COMMIT")
    store.scrub()


def test_an_erasure_notes_how_far_it_is(store: ErasingStore) -> None:
    assert store.step(ERASURE) == ""
    store.mark(ERASURE, "entered")
    assert (store.step(ERASURE), store.unfinished()) == ("entered", [])
    store.redact(ERASURE, (2,), ())
    assert (store.step(ERASURE), store.unfinished()) == ("redacted", [ERASURE])
    store.mark(ERASURE, "")
    assert store.step(ERASURE) == ""


def test_everybody_else_still_has_the_hash_that_the_log_knows(store: ErasingStore, tmp_path: Path) -> None:
    found = store.footprint(ID)
    store.redact(ERASURE, found.changes, found.words)
    with closing(sqlite3.connect(tmp_path / "registry.db")) as raw:
        for seq, at, actor, kind, subject, body, salt, known in raw.execute(
            "SELECT seq, at, actor, kind, subject, body, salt, hash FROM change"
        ):
            assert (salt is None) == (seq in {*found.changes, *found.words})
            assert salt is None or row_hash(salt, at, actor, kind, subject, body) == known


def _hashes(folder: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(folder / "registry.db")) as raw:
        return raw.execute("SELECT seq, hash FROM change ORDER BY seq").fetchall()


def test_p8_measures_about_a_person_go_and_others_lose_only_their_words(store: ErasingStore) -> None:
    def perform(act: acts.Act) -> None:
        store.append(plan(act, store.registry(PSEUDONYM_KEY), "officer", T0 + 9).changes, act.act)

    until = T0 + 50 * DAY
    perform(acts.TakeMeasure("M-000000000001", f"person/{ID}", "suspend", until, why=f"{NAME} again"))
    perform(acts.TakeMeasure("M-000000000002", "agent/telltale-bot", "watch", until))
    perform(acts.TakeMeasure("M-000000000003", f"key/{KEY}", "watch", until))
    perform(acts.TakeMeasure("M-000000000004", "organization/acme", "hold", until, f"Ask {NAME}.", f"what {ID} did"))
    perform(acts.AppealMeasure("M-000000000001", "It was not me."))
    perform(acts.MoveRisk(f"person/{ID}", "high", until, ("Much.",)))
    perform(acts.MoveRisk("person/ben", "high", until, (f"Shares a device with {NAME}.",)))
    found = store.footprint(ID)
    kinds = {each.seq: (each.kind, each.subject) for each in store.since(0)}
    about = [f"person/{ID}", "agent/telltale-bot", f"key/{KEY}"]
    marks = [(kind, subject) for kind, subject in (kinds[seq] for seq in found.changes) if kind.startswith(("measure.", "risk."))]
    assert {subject for _, subject in marks} == set(about)
    assert len(marks) == 5
    assert {kinds[seq] for seq in found.words} >= {("measure.taken", "organization/acme"), ("risk.moved", "person/ben")}
    store.redact(ERASURE, found.changes, found.words)
    after = store.registry(PSEUDONYM_KEY)
    assert after.measure("M-000000000001") is None
    left = after.measure("M-000000000004")
    assert left is not None
    assert (left.step, left.message, left.why) == ("hold", "", "")
    assert after.marks("person/ben").band(T0 + 10) == "high"


def test_p8_who_an_officer_is_and_who_appealed_for_a_team_go_with_the_person(store: ErasingStore) -> None:
    def perform(act: acts.Act, actor: str = "officer") -> None:
        store.append(plan(act, store.registry(PSEUDONYM_KEY), actor, T0 + 9).changes, act.act)

    perform(acts.AddOfficer("mira", digest_number(9)))
    perform(acts.LinkOfficer("mira", ID))
    perform(acts.IssueKey("key-own", digest_number(3), "person", ID, "acme"))
    perform(acts.TakeMeasure("M-000000000004", "organization/acme", "hold", T0 + 50 * DAY))
    perform(acts.AppealMeasure("M-000000000004", "It was not us.", "key-own"), "watch")
    said = store.registry(PSEUDONYM_KEY).measure("M-000000000004")
    assert said is not None
    assert (said.appealed_by, said.appealed_key) == (f"person/{ID}", "key-own")
    found = store.footprint(ID)
    kinds = {each.seq: each.kind for each in store.since(0)}
    assert {"officer.linked", "measure.appealed"} <= {kinds[seq] for seq in found.changes}
    store.redact(ERASURE, found.changes, found.words)
    after = store.registry(PSEUDONYM_KEY)
    left = after.measure("M-000000000004")
    assert left is not None
    assert (left.step, left.appealed_by, after.officers["mira"].person) == ("hold", "", "")
