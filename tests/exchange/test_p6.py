"""P6: any decision can be derived again, from the history as it was known then and the moment of the call alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import Resolved, View
from safeconduct.office import acts
from safeconduct.registry.state import Registry
from safeconduct.terms.call import CallView, Dialect
from safeconduct.terms.faults import Refused
from safeconduct.terms.measures import BANDS, STEPS
from safeconduct.terms.moments import FOREVER, SECOND, Moment, show
from support.exchange_world import (
    COMMITMENT_KEY,
    FABLE,
    GPT,
    KEPT,
    MYTHOS,
    NAMED,
    OLD,
    Scene,
    forbid,
    instrument,
    permit,
    read,
    scene,
)
from support.letters import agreed, put_in_force
from support.registry_world import PSEUDONYM_KEY, digest_number

MINUTE: Moment = 60 * SECOND
NAMES = (FABLE.id, "fable", GPT.id, MYTHOS.id, "mythos", KEPT.id, OLD.id, "nothing-1")
PARTIES = (("person", "ann"), ("person", "ben"), ("organization", "sub"))
COHORTS = (
    "true",
    'principal.us_person.ear == "yes"',
    'principal.us_person.ear != "yes"',
    "principal.employed_there",
    'principal.risk != "high"',
)


@dataclass(frozen=True)
class Logged:
    """A call as the log remembers it: when, by which key, asking what, and what was decided."""

    at: Moment
    version: int
    digest: bytes
    call: CallView
    decided: tuple[Any, ...] | None


def _said(resolved: Resolved) -> tuple[Any, ...]:
    decision = resolved.decision
    return (
        resolved.effect,
        resolved.reason_codes,
        [reason.say for reason in decision.reasons],
        decision.rules,
        decision.measures,
        decision.rehearsed,
        decision.duties,
        decision.policy_hash,
        decision.standing_hash,
        resolved.model.id if resolved.model is not None else None,
        resolved.context_texts,
    )


class History:
    """Months of an installation in a few hundred steps: officers act, clocks pass boundaries, and people call."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at: Scene = scene()
        self.keys = [self.at.ann, self.at.ben]
        self.logged: list[Logged] = []
        self.letters = 0

    def step(self) -> None:
        self.at.at(self.at.now + self.chance.randrange(1, 40) * MINUTE)
        try:
            act = self.act()
            if isinstance(act, str):
                put_in_force(self.at, act)
            else:
                agreed(self.at, act)
        except Refused:  # not every act makes sense at every moment; the office says so
            pass
        self.at.at(self.at.now + self.chance.randrange(1, 40) * MINUTE)
        self.call()

    def act(self) -> acts.Act | str:
        """What an officer does next; a text is an instrument to be put in force."""
        now, chance = self.at.now, self.chance
        who = chance.choice(("ann", "ben"))
        soon = now + chance.randrange(10, 400) * MINUTE
        status = chance.choice(("yes", "no"))
        home = {"ann": "acme", "ben": "sub"}[who]
        model = chance.choice((FABLE, MYTHOS, OLD))
        match chance.randrange(15):
            case 0:
                return acts.Suspend(*chance.choice(PARTIES), "why")
            case 1 | 2:
                return acts.Restore(*next((each for each in PARTIES if self.suspended(*each)), PARTIES[0]), "why")
            case 3 | 4:
                return acts.RecordFact(who, "us_citizen", status, "hr", "verifier", "document", now, soon)
            case 5:
                return acts.RecordFact(who, "employed_there", True, "hr", "verifier", "document", now, soon, home)
            case 6:
                return acts.WithdrawModel(model.id)
            case 7 | 8:
                return acts.CatalogModel(model, replace=True)
            case 9:
                return acts.JoinOrganization(who, home, "", now, soon if chance.random() < 0.3 else FOREVER)
            case 10:
                return self.issue(who, home, soon)
            case 11:
                step = chance.choice(STEPS)
                rate, rehearsal = (30 if step == "throttle" else 0), step != "revoke" and chance.random() < 0.3
                whom = "/".join(chance.choice((*PARTIES, ("model", FABLE.id))))
                return acts.TakeMeasure(f"M-{now:012x}"[:14], whom, step.value, soon, rehearsal=rehearsal, rate=rate)
            case 12:
                taken = [each.id for _, marks in self.at.view.registry.marked() for each in marks.measures]
                return acts.UndoMeasure(chance.choice(taken) if taken else "M-000000000000")
            case 13:
                return acts.MoveRisk("/".join(chance.choice(PARTIES)), chance.choice(BANDS), soon)
            case _:
                return self.letter()

    def suspended(self, kind: str, name: str) -> bool:
        registry = self.at.view.registry
        return (registry.people if kind == "person" else registry.organizations)[name].suspended

    def issue(self, who: str, home: str, until: Moment) -> acts.Act:
        digest = digest_number(5_000 + len(self.keys))
        self.keys.append(digest)
        return acts.IssueKey(f"extra-{len(self.keys)}", digest, "person", who, home, ends=until)

    def letter(self) -> str:
        """An instrument with one rule, in force now or later, for a while or for good."""
        chance = self.chance
        self.letters += 1
        name = f"letter-{self.letters}"
        models = chance.sample((FABLE, GPT, MYTHOS), chance.randrange(1, 3))
        forbids = chance.random() < 0.3
        rule = (forbid if forbids else permit)("r", *models, cohort=chance.choice(COHORTS))
        effective = self.at.now + chance.randrange(-60, 300) * MINUTE
        until = f"until = {show(effective + chance.randrange(60, 900) * MINUTE)}\n" if forbids or chance.random() < 0.5 else ""
        kind = "requirement" if forbids else "authorization"
        return instrument(name, rule, kind=kind, effective=show(effective), more=until)

    def call(self) -> None:
        digest = self.chance.choice((*self.keys[:2], *self.keys[-3:]))
        dialect = self.chance.choice(list(Dialect))
        name = self.chance.choice((*NAMES, *[NAMED[dialect]] * 8))
        fallbacks = [MYTHOS.served_as] if self.chance.random() < 0.1 else None
        call = read(dialect, model=name, fallbacks=fallbacks)
        view, now = self.at.view, self.at.now
        session = view.session(digest, now)
        decided = None if session is None else _said(view.decide(session, call, now))
        self.logged.append(Logged(now, view.version, digest, call, decided))


def _again(entry: Logged, registry: Registry) -> tuple[Any, ...] | None:
    view = View(registry, Rules(), COMMITMENT_KEY, lambda _: None, entry.at)
    session = view.session(entry.digest, entry.at)
    return None if session is None else _said(view.decide(session, entry.call, entry.at))


@pytest.mark.parametrize("seed", range(3))
def test_p6_every_logged_decision_is_derived_again_from_the_history_until_then(seed: int) -> None:
    history = History(seed)
    for _ in range(100):
        history.step()
    changes = history.at.world.changes
    for entry in history.logged:
        registry = Registry.fold(changes, PSEUDONYM_KEY, until=entry.at)
        assert registry.version == entry.version
        assert _again(entry, registry) == entry.decided, f"at {show(entry.at)}"
    effects = {entry.decided[0] for entry in history.logged if entry.decided is not None}
    codes = {code for entry in history.logged if entry.decided is not None for code in entry.decided[1]}
    assert effects >= {"permit", "deny"}
    assert len(codes) > 4, "the history has to be eventful for this to prove anything"
    assert len(changes) > 80


def test_p6_later_changes_do_not_reach_back() -> None:
    at = scene()
    call, then = read(Dialect.MESSAGES), at.now
    before = _said(at.view.decide(at.session(), call, then))
    at.at(then + MINUTE).act(acts.Suspend("person", "ann", "theft"))
    at.act(acts.WithdrawInstrument("terms"))
    at.act(acts.WithdrawModel(FABLE.id))
    assert _said(at.view.decide(at.session(), call, at.now))[0] == "deny"
    again = Logged(then, 0, at.ann, call, None)
    assert _again(again, Registry.fold(at.world.changes, PSEUDONYM_KEY, until=then)) == before
