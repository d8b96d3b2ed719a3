"""Honest histories never differ from their log; any one thing that is altered behind it is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.reconciling import ActRow, Comparison, Difference, Performed, Row
from safeconduct.registry.bodies.erasures import ErasureDone
from safeconduct.registry.changes import MOST_NAMED, SALT_BYTES, Digest, Draft, FirstDigest, draft, sealed
from safeconduct.terms.moments import Moment


@dataclass
class Told:
    """What log and registry say: entries, acts and rows, and how many changes each content.erased counts."""

    entries: list[Performed] = field(default_factory=list)
    acts: list[ActRow] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)

    def differences(self, since: int = 1) -> list[Difference]:
        made = Comparison(self.entries, self.acts, self.rows, self.erased, since)
        return list(made.differences())

    def codes(self) -> list[str]:
        return [each.code for each in self.differences()]

    def act(self, name: str, drafts: list[Draft], chance: random.Random, *, old: bool = False) -> None:
        """One act in both; ``old``: as a version did that gave changes no salts."""
        first, salt = len(self.rows) + 1, chance.randbytes(32)
        digest, first_digest, hashes = Digest(), FirstDigest(salt), []
        for seq, each in enumerate(drafts, first):
            ready = sealed(each, chance.randbytes(SALT_BYTES))
            digest.add(ready.hash)
            first_digest.add(each.at, each.actor, each.kind, each.subject, ready.words)
            hashes.append(ready.hash)
            kept = (b"", "") if old else (ready.salt, ready.hash)
            self.rows.append(Row(seq, each.at, each.actor, each.kind, each.subject, ready.words, *kept))
        said = first_digest.hex() if old else digest.hex()
        named = () if old or len(hashes) > MOST_NAMED else tuple(hashes)
        self.entries.append(Performed("", len(self.entries), drafts[0].at, name, said, named, first, len(drafts)))
        self.acts.append(ActRow(first, first + len(drafts) - 1, name, salt, said))


def history(seed: int) -> Told:
    """Acts of one to four changes, two of more than an entry names, the first ones of before changes had salts."""
    chance, told, now = random.Random(seed), Told(), 1_000
    for number in range(12):
        now += chance.randrange(3)
        count = MOST_NAMED + 3 if number in (5, 9) else chance.randrange(1, 5)
        drafts = [
            Draft(
                now, f"os:{chance.choice('ab')}", "person.amended", f"p{chance.randrange(99)}", {"name": f"N {chance.random()}"}
            )
            for _ in range(count)
        ]
        told.act(f"act.{number}", drafts, chance, old=number < 3)
    return told


def with_erasure(seed: int) -> Told:
    """A history in which rows were lawfully erased: one whole, one of its free words."""
    told = history(seed)
    chance = random.Random(seed + 1)
    whole, words = chance.sample(range(told.acts[3].first, len(told.rows) + 1), 2)
    done = draft(told.rows[-1].at, "erasure", "erasure.done", "erased-1", ErasureDone("gdpr-17", (whole,), (words,)))
    told.act("erasure.finish", [done], chance)
    told.rows[whole - 1] = replace(
        told.rows[whole - 1], kind="erased", subject="erased-1", body=b'{"was":"person.amended"}', salt=b""
    )
    told.rows[words - 1] = replace(told.rows[words - 1], body=b"{}", salt=b"")
    for number, act in enumerate(told.acts):
        if any(act.first <= seq <= act.last for seq in (whole, words)):
            told.acts[number] = replace(act, salt=b"")
    told.erased.append(2)
    return told


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_p6_an_honest_history_never_differs(seed: int) -> None:
    assert history(seed).differences() == []
    assert with_erasure(seed).differences() == []


def _row(told: Told, place: int, /, **new: object) -> None:
    told.rows[place] = replace(told.rows[place], **new)


def _resealed(told: Told, at: int) -> None:
    row = told.rows[at]
    ready = sealed(Draft(row.at, row.actor, row.kind, "mallory", {"name": "Mallory"}), b"m" * SALT_BYTES)
    told.rows[at] = Row(row.seq, row.at, row.actor, row.kind, "mallory", ready.words, ready.salt, ready.hash)


def _inserted(told: Told) -> None:
    last: Moment = told.rows[-1].at
    ready = sealed(Draft(last, "os:a", "person.amended", "p1", {"name": "x"}), b"m" * SALT_BYTES)
    told.rows.append(Row(len(told.rows) + 1, last, "os:a", "person.amended", "p1", ready.words, ready.salt, ready.hash))


def _inserted_with_act(told: Told) -> None:
    _inserted(told)
    told.acts.append(ActRow(len(told.rows), len(told.rows), "person.amend", b"s" * 32, "0" * 64))


def _swapped(told: Told, at: int, other: int) -> None:
    one, two = told.rows[at], told.rows[other]
    told.rows[at], told.rows[other] = replace(two, seq=one.seq), replace(one, seq=two.seq)


def _act(told: Told, at: int, **new: object) -> None:
    told.acts[at] = replace(told.acts[at], **new)


def _older(told: Told, act: int) -> None:
    del told.rows[told.acts[act].first - 1 :], told.acts[act:]


MUTATIONS: dict[str, Callable[[Told, int, int], object]] = {
    "words": lambda told, at, _: _row(told, at, body=told.rows[at].body + b" "),
    "actor": lambda told, at, _: _row(told, at, actor="os:mallory"),
    "moment": lambda told, at, _: _row(told, at, at=told.rows[at].at + 1),
    "kind": lambda told, at, _: _row(told, at, kind="person.ended"),
    "subject": lambda told, at, _: _row(told, at, subject="mallory"),
    "hash": lambda told, at, _: _row(told, at, hash="ab" * 32),
    "salt": lambda told, at, _: _row(told, at, salt=b"m" * SALT_BYTES),
    "no salt": lambda told, at, _: _row(told, at, salt=b"", body=b"{}", hash=told.rows[at].hash or "ab" * 32),
    "no hash": lambda told, at, _: _row(told, at, salt=b"", hash="", body=b"{}"),
    "words and hash": lambda told, at, _: _resealed(told, at),
    "erased": lambda told, at, _: _row(told, at, kind="erased", subject="erased-1", body=b'{"was":"x"}', salt=b""),
    "deleted": lambda told, at, _: told.rows.pop(at),
    "tail cut": lambda told, at, _: told.rows.__delitem__(slice(at, None)),
    "inserted": lambda told, *_: _inserted(told),
    "inserted as an act": lambda told, *_: _inserted_with_act(told),
    "swapped": lambda told, at, _: _swapped(told, at, at - 1 if at else 1),
    "act gone": lambda told, _, act: told.acts.pop(act),
    "act renamed": lambda told, _, act: _act(told, act, name="another"),
    "act digest": lambda told, _, act: _act(told, act, digest="0" * 64),
    "act shorter": lambda told, _, act: _act(told, act, last=told.acts[act].last - 1),
    "act longer": lambda told, _, act: _act(told, act, last=told.acts[act].last + 1),
    "act moved": lambda told, _, act: _act(told, act, first=told.acts[act].first + 1),
    "entry gone": lambda told, _, act: told.entries.pop(act),
    "older file": lambda told, _, act: _older(told, act),
}  # fmt: skip
OF_A_ROW = [*MUTATIONS][: [*MUTATIONS].index("inserted")]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.data())
@pytest.mark.parametrize("name", MUTATIONS)
def test_p6_any_one_thing_altered_behind_the_log_is_named(name: str, seed: int, data: st.DataObject) -> None:
    told = history(seed)
    at, act = data.draw(st.integers(0, len(told.rows) - 1)), data.draw(st.integers(0, len(told.acts) - 1))
    MUTATIONS[name](told, at, act)
    found = told.differences()
    assert found, f"{name}: row {at + 1}, act {act}"
    if name in OF_A_ROW:
        assert any(each.seq <= at + 1 <= each.until for each in found), found


def test_where_the_entry_names_the_hashes_the_very_row_is_named() -> None:
    told = history(7)
    small = next(each for each in told.entries[3:] if each.count > 1 and each.hashes)
    _resealed(told, small.first)
    (found,) = told.differences()
    assert (found.code, found.seq, found.until, found.act, found.index) == (
        "row_edited",
        small.first + 1,
        small.first + 1,
        small.act,
        small.index,
    )


def test_where_the_entry_names_none_the_range_is_named() -> None:
    told = history(7)
    large = told.entries[5]
    _resealed(told, large.first + 10)
    (found,) = told.differences()
    assert (found.code, found.seq, found.until) == ("rows_edited", large.first, large.last)


def test_rows_deleted_in_the_middle_are_named_as_one_range() -> None:
    told = history(7)
    large = told.entries[5]
    del told.rows[large.first + 4 : large.first + 9]
    (found,) = told.differences()
    assert (found.code, found.seq, found.until) == ("row_missing", large.first + 5, large.first + 9)


def test_what_is_erased_needs_an_erasure_that_lists_it_and_an_entry_that_counts_it() -> None:
    told = with_erasure(3)
    told.erased.clear()
    assert told.codes() == ["erasure_unlogged"]
    told = with_erasure(3)
    gone = next(at for at, row in enumerate(told.rows) if row.salt and row.kind != "erasure.done" and row.hash)
    _row(told, gone, kind="erased", subject="erased-1", body=b'{"was":"person.amended"}', salt=b"")
    assert told.codes() == ["row_erased"]


def test_words_that_come_back_after_erasing_are_named() -> None:
    told, whole = with_erasure(3), history(3)
    back = next(at for at, row in enumerate(told.rows) if row.kind == "erased")
    told.rows[back] = whole.rows[back]
    assert told.codes() == ["erased_is_back"]


def test_an_erasure_that_is_not_proven_excuses_nothing() -> None:
    told = with_erasure(3)
    done = next(at for at, row in enumerate(told.rows) if row.kind == "erasure.done")
    gone = next(at for at, row in enumerate(told.rows) if row.salt and at != done and row.hash)
    body = told.rows[done].body.replace(b'"changes":[', b'"changes":[%d,' % (gone + 1))
    _row(told, done, body=body)
    _row(told, gone, kind="erased", subject="erased-1", body=b'{"was":"person.amended"}', salt=b"")
    assert {"row_edited", "row_erased"} <= set(told.codes())


def test_two_entries_for_one_place_are_named() -> None:
    told = history(7)
    told.entries.insert(4, replace(told.entries[3], digest="0" * 64))
    assert told.codes() == ["entry_overlaps"]


def test_what_the_log_does_not_speak_of_any_more_is_passed_over() -> None:
    told = history(7)
    del told.entries[:6]
    assert told.differences(since=told.entries[0].first) == []
    assert told.codes() != []


def test_p6_one_lawful_erasure_does_not_open_a_long_act_to_edits() -> None:
    """The act's salt is gone with the person; whoever takes the hashes out as well makes rows that nothing would prove."""
    chance = random.Random(1)
    told = Told()
    told.act("officer.add", [Draft(1, "os:a", "person.amended", "p0", {"name": "N"})], chance)
    told.act(
        "roster.import", [Draft(2, "os:a", "person.amended", f"p{n}", {"name": f"N {n}"}) for n in range(MOST_NAMED + 3)], chance
    )
    told.act("erasure.finish", [draft(3, "erasure", "erasure.done", "erased-1", ErasureDone("gdpr-17", (5,)))], chance)
    _row(told, 4, kind="erased", subject="erased-1", body=b'{"was":"person.amended"}', salt=b"")
    _act(told, 1, salt=b"")
    told.erased.append(1)
    assert told.differences() == []
    _row(told, 4, hash="")
    for at in range(1, len(told.rows) - 1):
        if at != 4:
            _row(told, at, salt=b"", hash="", subject="mallory", body=b'{"name":"Mallory"}')
    assert {2, 10, 40} <= {each.seq for each in told.differences() if each.code == "row_edited"}
