"""Rules that cannot be compiled and changes that cannot be read: every call is refused, and what mends them is taken in (P1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import RETRY
from safeconduct.office import acts
from safeconduct.policy.decide import Policy
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.terms.call import Dialect
from safeconduct.terms.decision import Effect
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from support.exchange_world import (
    FABLE,
    GPT,
    MYTHOS,
    Scene,
    instrument,
    permit,
    read,
    scene,
)

MESSAGES, CHAT = Dialect.MESSAGES, Dialect.CHAT


def _codes(at: Scene, dialect: Dialect = MESSAGES, digest: bytes | None = None, **fields: object) -> tuple[str, ...]:
    return at.view.decide(at.session(digest), read(dialect, **fields), at.now).reason_codes


class Mender(Rules):
    """Rules that can be compiled, or cannot, as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self.made = 0

    def __call__(self, registry: Registry, now: Moment) -> Policy:
        self.made += 1
        if self.fault is not None:
            raise self.fault
        return super().__call__(registry, now)


UNREADABLE = Refused(Fault("wrong_value", "the secret of the letter", "letter.toml:12", "mend it"))


@pytest.mark.parametrize("fault", [UNREADABLE, ValueError("the cohort was never checked")])
def test_p1_rules_that_cannot_be_compiled_refuse_every_call(fault: Exception) -> None:
    rules = Mender()
    at = scene(rules)
    before = at.view.decide(at.session(), read(MESSAGES), at.now)
    rules.fault = fault
    at.act(acts.WithdrawInstrument("terms"))
    assert at.view.version == len(at.world.changes), "the registry moves on"
    assert not at.view.holds(before, at.now)
    for name in (FABLE.id, MYTHOS.id, "nothing-1"):
        resolved = at.view.decide(at.session(), read(MESSAGES, model=name), at.now)
        assert (resolved.effect, resolved.reason_codes, resolved.decision.permits) == ("deny", ("rules_broken",), False)
    assert "every call is refused" in at.view.fault
    assert "secret" not in at.view.fault


def test_the_fault_names_the_place() -> None:
    rules = Mender()
    rules.fault = UNREADABLE
    at = scene(rules)
    assert "wrong_value at letter.toml:12" in at.view.fault
    assert _codes(at) == ("rules_broken",), "from the first moment on"


def test_mended_rules_are_in_force_at_once() -> None:
    rules = Mender()
    rules.fault = UNREADABLE
    at = scene(rules)
    assert _codes(at) == ("rules_broken",)
    rules.fault = None
    at.act(acts.EnterInstrument("other", instrument("other", permit("p", GPT))))
    assert (_codes(at), at.view.fault) == (("permitted",), "")


def test_the_clock_tries_broken_rules_again_but_not_with_every_call() -> None:
    rules = Mender()
    rules.fault = ValueError("broken")
    at = scene(rules)
    made = rules.made
    for _ in range(5):
        assert _codes(at) == ("rules_broken",)
    assert rules.made == made
    rules.fault = None
    assert _codes(at.at(at.now + RETRY)) == ("permitted",)
    assert at.view.fault == ""


def test_p1_a_fault_nobody_thought_of_leaves_no_rules_behind() -> None:
    rules = Mender()
    at = scene(rules)
    rules.fault = RuntimeError("a fault of ours")
    with pytest.raises(RuntimeError):
        at.act(acts.WithdrawInstrument("terms"))
    assert _codes(at) == ("rules_broken",)
    assert at.view.fault


def _unreadable(at: Scene) -> Change:
    return Change(at.view.version + 1, at.now, "officer", "person.enchanted", "ann", {})


def test_p1_a_change_that_cannot_be_read_refuses_every_call() -> None:
    at = scene()
    session = at.session()
    before = at.view.decide(session, read(MESSAGES), at.now)
    assert at.view.apply([_unreadable(at)], at.now)
    assert not at.view.holds(before, at.now), "not even what was permitted a moment ago"
    assert at.view.decide_again(session, before, at.now).reason_codes == ("rules_broken",)
    assert not at.view.apply([], at.now)
    assert _codes(at) == ("rules_broken",)
    assert "change_unreadable at change" in at.view.fault


def test_what_came_before_an_unreadable_change_has_taken_effect() -> None:
    at = scene()
    good = at.world.act(acts.Suspend("person", "ann", "theft"))
    bad = replace(_unreadable(at), seq=good[-1].seq + 1)
    assert at.view.apply([*good, bad], at.now)
    assert at.view.version == good[-1].seq
    assert at.view.registry.people["ann"].suspended


def test_a_readable_change_in_its_place_heals_the_view() -> None:
    at = scene()
    at.view.apply([_unreadable(at)], at.now)
    assert at.view.apply(at.world.act(acts.Suspend("person", "ben", "other")), at.now)
    assert (_codes(at), at.view.fault) == (("permitted",), "")


def test_a_gap_in_the_history_is_not_bridged() -> None:
    at = scene()
    missed = at.world.act(acts.Suspend("person", "ann", "theft"))
    later = at.world.act(acts.Suspend("person", "ben", "other"))
    at.view.apply(later, at.now)
    assert _codes(at) == ("rules_broken",)
    at.view.apply([*missed, *later], at.now)
    assert _codes(at) == ("person_suspended",)


def test_a_change_told_twice_takes_effect_once() -> None:
    at = scene()
    changes = at.act(acts.Suspend("person", "ben", "other"))
    assert not at.view.apply(changes, at.now)
    assert at.view.fault == ""
    assert _codes(at) == ("permitted",)


def test_a_registry_that_somebody_moved_first_is_noticed_with_the_feed() -> None:
    at = scene()
    assert _codes(at) == ("permitted",)
    changes = at.world.act(acts.WithdrawInstrument("terms"))
    for change in changes:
        at.view.registry.apply(change)
    assert at.view.apply(changes, at.now)
    assert (_codes(at), at.view.fault) == (("model_not_found",), "")


def test_a_feed_that_breaks_off_has_moved_nothing() -> None:
    at = scene()

    def feed():  # type: ignore[no-untyped-def]
        yield from at.world.act(acts.Suspend("person", "ann", "theft"))
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - the feed's own
        at.view.apply(feed(), at.now)
    assert not at.view.registry.people["ann"].suspended
    assert Effect(at.view.decide(at.session(), read(CHAT), at.now).effect) is Effect.PERMIT
