"""Calls that the real view decided and the log recorded are derived again from history; a forged entry is told."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from safeconduct.audit.entries import CallDecided
from safeconduct.exchange import duties, record
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.inquiry.replay import Views, keys_by_pseudonym, replay
from safeconduct.office import acts
from safeconduct.registry.state import Registry
from safeconduct.terms.call import Dialect
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment, show
from support.exchange_world import (
    CAPPED,
    COMMITMENT_KEY,
    FABLE,
    GPT,
    HELD,
    MYTHOS,
    NAMED,
    Scene,
    duty,
    forbid,
    instrument,
    permit,
    read,
    scene,
)
from support.letters import agreed, put_in_force
from support.registry_world import PSEUDONYM_KEY, digest_number

MINUTE: Moment = 60 * SECOND
NAMES = (FABLE.id, "fable", GPT.id, MYTHOS.id, CAPPED.id, HELD.id, "nothing-1")
COHORTS = (
    "true",
    'principal.us_person.ear == "yes"',
    "principal.employed_there",
    'principal.organization == Organization::"acme"',
)


class Months:
    """An installation over some time: officers act, and people call in between. Every call leaves its entry."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.scene: Scene = scene()
        self.keys = [self.scene.ann, self.scene.ben]
        self.entries: list[CallDecided] = []
        self.letters = 0

    def step(self, calls: int) -> None:
        self.scene.at(self.scene.now + self.chance.randrange(1, 90) * MINUTE)
        try:
            self.act()
        except Refused:
            pass  # not everything makes sense at every moment
        for _ in range(calls):
            self.scene.at(self.scene.now + self.chance.randrange(1, 120) * SECOND)
            self.call()

    def act(self) -> None:
        chance, now = self.chance, self.scene.now
        who, home = chance.choice((("ann", "acme"), ("ben", "sub")))
        soon = now + chance.randrange(10, 500) * MINUTE
        match chance.randrange(7):
            case 0:
                self.scene.act(acts.Suspend("person", who, "why"))
            case 1:
                agreed(self.scene, acts.Restore("person", who, "why"))
            case 2:
                value = chance.choice(("yes", "no"))
                self.scene.act(acts.RecordFact(who, "us_citizen", value, "hr", "v", "paper", now, soon))
            case 3:
                self.scene.act(acts.RecordFact(who, "employed_there", True, "hr", "v", "paper", now, soon, home))
            case 4:
                digest = digest_number(7_000 + len(self.keys))
                self.scene.act(acts.IssueKey(f"more-{len(self.keys)}", digest, "person", who, home, ends=soon))
                self.keys.append(digest)
            case _:
                self.letter()

    def letter(self) -> None:
        self.letters += 1
        chance = self.chance
        forbids = chance.random() < 0.4
        rule = (forbid if forbids else permit)("r", *chance.sample((FABLE, GPT), 1), cohort=chance.choice(COHORTS))
        if forbids and chance.random() < 0.3:
            rule = rule.replace('"forbid"', '"oblige"') + duty("retain", chance.choice(("export", "none"))) + "\n"
        effective = self.scene.now + chance.randrange(0, 300) * MINUTE
        until = f"until = {show(effective + chance.randrange(60, 900) * MINUTE)}\n"
        kind = "requirement" if forbids else "authorization"
        text = instrument(f"letter-{self.letters}", rule, kind=kind, effective=show(effective), more=until)
        put_in_force(self.scene, text)

    def call(self) -> None:
        chance, view, now = self.chance, self.scene.view, self.scene.now
        dialect = chance.choice(list(Dialect))
        name = chance.choice((*NAMES, *[NAMED[dialect]] * 4))
        limit = chance.choice((None, 500, 100_000))
        call = read(dialect, model=name, max_tokens=limit) if dialect is not Dialect.RESPONSES else read(dialect, model=name)
        session = view.session(chance.choice(self.keys), now)
        if session is None:
            return
        resolved = duties.judged(view.decide(session, call, now), call.max_output_tokens)
        entry = record.decision(f"call-{len(self.entries)}", call, session, resolved, "", view.version, now)
        self.entries.append(msgspec.json.decode(msgspec.json.encode(entry), type=CallDecided))

    def views(self) -> Views:
        def make(version: int, at: Moment) -> View:
            registry = Registry.fold(self.scene.world.changes[:version], PSEUDONYM_KEY)
            return View(registry, Rules(), COMMITMENT_KEY, lambda _: None, at)

        return Views(make)

    def keys_of(self) -> Callable[[str], list[bytes]]:
        callers = frozenset(entry.caller for entry in self.entries)
        found = keys_by_pseudonym(self.scene.world.registry, callers, self.scene.now, lambda _: None)
        return lambda caller: found.get(caller, [])


def _lived(seed: int, steps: int = 60, calls: int = 20) -> Months:
    months = Months(seed)
    for _ in range(steps):
        months.step(calls)
    return months


@pytest.mark.parametrize("seed", range(3))
def test_p6_thousands_of_logged_calls_are_derived_again_from_history(seed: int) -> None:
    months = _lived(seed)
    found = replay(months.entries, months.views(), months.keys_of(), lambda _: None)
    assert found.differences == []
    assert found.same == found.calls == len(months.entries) > 1_000
    assert {entry.effect for entry in months.entries} >= {"permit", "deny"}
    assert len({entry.registry_version for entry in months.entries}) > 10
    assert len({code for entry in months.entries for code in entry.reasons}) > 4


def test_p6_an_entry_that_history_does_not_lead_to_is_told() -> None:
    months = _lived(5, steps=6, calls=5)
    denied = next(entry for entry in months.entries if entry.effect == "deny")
    forged = msgspec.structs.replace(denied, effect="permit", reasons=("permitted",))
    found = replay([forged], months.views(), months.keys_of(), lambda _: None)
    assert not found.holds
    assert {each.field for each in found.differences} == {"effect", "reasons"}


def test_p6_an_entry_of_another_standing_is_told() -> None:
    months = _lived(6, steps=3, calls=3)
    forged = msgspec.structs.replace(months.entries[0], standing_hash="0" * 64)
    found = replay([forged], months.views(), months.keys_of(), lambda _: None)
    assert [each.field for each in found.differences] == ["caller"]


def test_p6_a_call_that_could_not_be_kept_is_derived_as_the_permit_that_it_was() -> None:
    months = _lived(9, steps=12, calls=8)
    kept = next(entry for entry in months.entries if entry.effect == "permit" and "retain=export" in " ".join(entry.duties))
    lost = record.not_kept(msgspec.structs.replace(kept, kept_class="export"))
    assert (lost.effect, lost.reasons[0]) == ("deny", "not_kept")
    assert replay([lost], months.views(), months.keys_of(), lambda _: None).holds
    never = next(entry for entry in months.entries if entry.effect == "deny")
    forged = msgspec.structs.replace(never, reasons=("not_kept", *never.reasons))
    assert not replay([forged], months.views(), months.keys_of(), lambda _: None).holds


@pytest.mark.parametrize(
    ("effect", "reasons"),
    [
        ("deny", ("safeguard_secrets", "*", "safeguard_secrets")),
        ("deny", ("safeguard_unavailable", "*")),
        ("deny", ("justification_required", "*", "safeguard_secrets")),
        ("hold", ("held", "*", "safeguard_misuse")),
        ("permit", ("*", "safeguard_secrets")),
    ],
)
def test_p6_what_content_decided_is_derived_as_the_permit_that_it_was(effect: str, reasons: tuple[str, ...]) -> None:
    months = _lived(7, steps=4, calls=5)
    permitted = next(entry for entry in months.entries if entry.effect == "permit")
    told = tuple(code for each in reasons for code in (permitted.reasons if each == "*" else (each,)))
    months.entries[:] = [msgspec.structs.replace(permitted, effect=effect, reasons=told)]
    assert replay(months.entries, months.views(), months.keys_of(), lambda _: None).holds
    months.entries[:] = (
        [msgspec.structs.replace(permitted, effect="deny", reasons=told)]
        if effect == "permit"
        else [msgspec.structs.replace(permitted, effect=effect, reasons=("other", *told))]
    )
    assert not replay(months.entries, months.views(), months.keys_of(), lambda _: None).holds


def test_a_refusal_for_a_stale_view_is_counted_apart() -> None:
    months = _lived(7, steps=2, calls=2)
    stale = msgspec.structs.replace(months.entries[0], effect="deny", reasons=("view_stale",))
    found = replay([stale], months.views(), months.keys_of(), lambda _: None)
    assert (found.worker, found.same, found.holds) == (1, 0, True)


def test_p6_calls_of_the_erased_are_said_to_be_that_and_nothing_else() -> None:
    months = _lived(7, steps=2, calls=2)
    forged = msgspec.structs.replace(months.entries[0], caller="sc_erased")
    found = replay([forged], months.views(), months.keys_of(), lambda _: None, {"sc_erased"})
    assert (found.erased, found.same, found.holds) == (1, 0, True)
    assert not replay([forged], months.views(), months.keys_of(), lambda _: None, {"sc_other"}).holds


def test_views_are_made_anew_for_an_earlier_moment() -> None:
    made: list[tuple[int, Moment]] = []
    months = _lived(8, steps=1, calls=1)
    inner = months.views()

    def make(version: int, at: Moment) -> View:
        made.append((version, at))
        return inner(version, at)

    views = Views(make)
    version = months.scene.view.version
    now = months.scene.now
    assert views(version, now) is views(version, now + 1)
    views(version, now - MINUTE)
    assert made == [(version, now), (version, now - MINUTE)]
