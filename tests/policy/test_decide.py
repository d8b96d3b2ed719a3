"""The four legal states of June 2026, the base rules, and how sets of instruments combine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy import decide as deciding
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.reasons import NOT_FOUND
from safeconduct.terms.decision import Decision, Duty, Effect
from safeconduct.terms.moments import parse
from safeconduct.terms.standing import Lapse, Standing
from support.policy_june import (
    AFTER_12,
    AFTER_26,
    AFTER_30,
    BEFORE,
    EXPIRED,
    FABLE,
    GLASSWING,
    LETTER_12,
    MODELS,
    MYTHOS,
    NO,
    PEOPLE,
    YES,
    held,
    instrument,
    june,
    policy_at,
    standing,
)
from support.policy_worlds import CALL, NOW, World, callers, worlds

# Who may use Mythos 5 before the letter, under it, with the exemption, and after the lift; and the code of the last no.
MYTHOS_TABLE = {
    "us employee": ("yyyy", ""),
    "green-card holder of two nationalities": ("yyyy", ""),
    "foreign employee": ("ynyy", "forbidden"),
    "foreign, employment expired": ("ynny", "forbidden"),
    "foreign contractor at work there": ("ynny", "forbidden"),
    "nothing on file": ("ynny", "fact_unknown"),
    "nothing on file but employment": ("ynyy", "fact_unknown"),
    "status expired": ("ynny", "fact_expired"),
    "status contradicted": ("ynny", "fact_contradicted"),
    "us under another regime only": ("ynny", "fact_unknown"),
    "foreign employee of a partner off the annex": ("ynny", "forbidden"),
    "us employee of a partner off the annex": ("yyyy", ""),
    "foreign employee of a sponsored contractor": ("ynny", "forbidden"),
    "us outsider": ("nnnn", "model_not_found"),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_mythos_through_the_four_states(who: str) -> None:
    expected, code = MYTHOS_TABLE[who]
    decisions = [policy_at(now).decide(PEOPLE[who], MYTHOS, CALL, now) for now in (BEFORE, AFTER_12, AFTER_26, AFTER_30)]
    assert "".join("y" if decision.permits else "n" for decision in decisions) == expected
    denied = [decision.reasons[0].code for decision in decisions if not decision.permits]
    assert (denied[-1] if denied else "") == code


@pytest.mark.parametrize("who", PEOPLE)
def test_fable_is_cut_for_foreign_persons_only_and_never_exempt(who: str) -> None:
    us = PEOPLE[who].facts.get("us_person.ear") == YES
    for now, expected in ((BEFORE, True), (AFTER_12, us), (AFTER_26, us), (AFTER_30, True)):
        assert policy_at(now).decide(PEOPLE[who], FABLE, CALL, now).permits is expected


def test_each_switch_is_exact_to_the_second() -> None:
    begins = parse("2026-06-12T17:21:00-04:00")
    foreign = PEOPLE["foreign employee"]
    before = policy_at(begins - 1)
    assert before.boundary == begins
    decision = before.decide(foreign, MYTHOS, CALL, begins - 1)
    assert decision.permits
    assert decision.valid_until == begins
    assert not policy_at(begins).decide(foreign, MYTHOS, CALL, begins).permits


def test_duties_come_with_the_permit_that_asks_for_them() -> None:
    decision = policy_at(BEFORE).decide(PEOPLE["us employee"], MYTHOS, CALL, BEFORE)
    assert decision.duties == (Duty("cap", "max_output_tokens=4000", "glasswing/partners"),)
    assert decision.rules == ("glasswing/partners",)


# -- base rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "code"),
    [
        (Context(dialect="messages", hosts=frozenset({"files.example"})), "permitted"),
        (Context(dialect="messages", hosts=frozenset({"files.example", "evil.example"})), "host_out_of_scope"),
        (Context(dialect="messages", foreign_resources=frozenset({"file_1"})), "resource_not_owned"),
        (Context(dialect="responses"), "dialect_not_served"),
        (Context(), "dialect_not_served"),
    ],
)
def test_base_rules_hold_for_every_model(context: Context, code: str) -> None:
    for model in (MYTHOS, FABLE):
        decision = policy_at(BEFORE).decide(PEOPLE["us employee"], model, context, BEFORE)
        assert decision.reasons[0].code == code
        assert decision.permits is (code == "permitted")


@pytest.mark.parametrize("why", ["ended", "suspended", "not_yet", "unknown"])
def test_one_lapse_is_enough_for_a_no(why: str) -> None:
    caller = replace(PEOPLE["us employee"], lapses=(Lapse("membership", "p1@acme", why),))
    decision = policy_at(BEFORE).decide(caller, MYTHOS, CALL, BEFORE)
    assert decision.effect is Effect.DENY
    assert decision.reasons[0].code == f"membership_{why}"
    assert "p1" not in decision.reasons[0].say


def test_a_withdrawn_model_is_refused_by_its_name_to_those_who_could_use_it() -> None:
    policy = Policy(compile_rules(june(), BEFORE), [FABLE], [MYTHOS])
    assert policy.decide(PEOPLE["us employee"], MYTHOS, CALL, BEFORE).reasons[0].code == "model_withdrawn"
    assert policy.decide(PEOPLE["us outsider"], MYTHOS, CALL, BEFORE).reasons == (NOT_FOUND,)


# -- sets of instruments -------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(worlds(), callers())
def test_an_exemption_never_takes_access_away(world: World, caller: Standing) -> None:
    without = world.without_exemptions().policy().decide(caller, MYTHOS, CALL, NOW)
    assert world.policy().decide(caller, MYTHOS, CALL, NOW).permits or not without.permits


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter(world: World, random: object) -> None:
    shuffled = list(world.instruments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compile_rules(shuffled, NOW).hash == compile_rules(world.instruments, NOW).hash
    assert replace(world, instruments=tuple(shuffled)).policy().hash == world.policy().hash


def test_a_rule_about_one_model_touches_no_other() -> None:
    two = [
        held(instrument(GLASSWING)),
        held(instrument(LETTER_12.replace('["claude-fable-5", "claude-mythos-5"]', '["claude-mythos-5"]'))),
    ]
    policy = Policy(compile_rules(two, AFTER_12), MODELS)
    foreign = PEOPLE["foreign employee"]
    assert not policy.decide(foreign, MYTHOS, CALL, AFTER_12).permits
    assert policy.decide(foreign, FABLE, CALL, AFTER_12).permits
    part = policy.slice_of(FABLE.id)
    assert part is not None
    assert set(part.rules) == {"glasswing/everyone"}


def test_the_policy_hash_changes_with_anything_that_decides() -> None:
    hashes = {policy_at(now).hash for now in (BEFORE, AFTER_12, AFTER_26, AFTER_30)}
    hashes.add(Policy(compile_rules(june(), BEFORE), MODELS[:2]).hash)
    hashes.add(Policy(compile_rules(june(), BEFORE), MODELS[:2], MODELS[2:]).hash)
    assert len(hashes) == 5  # a lifted rule is as if it had never been: the fourth state decides by the rules of the first
    assert policy_at(AFTER_30).hash == policy_at(BEFORE).hash
    assert policy_at(AFTER_26).hash == policy_at(AFTER_26 + 1).hash


class Counting:
    """Counts the questions put to the engine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.questions = 0
        engine = cedarpy.is_authorized

        def counting(request: dict[str, Any], *rest: Any) -> Any:
            self.questions += 1
            return engine(request, *rest)

        patch.setattr(cedarpy, "is_authorized", counting)

    def of(self, ask: Callable[[], Decision]) -> tuple[int, Decision]:
        before = self.questions
        decision = ask()
        return self.questions - before, decision


def test_p12_a_name_that_means_nothing_is_asked_about_like_one_that_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the time of the answer would tell them apart: asking the engine is nearly all of it."""
    policy, outsider = policy_at(BEFORE), PEOPLE["us outsider"]
    policy._verdicts.clear()
    count = Counting(monkeypatch)
    questions, hidden = count.of(lambda: policy.decide(outsider, MYTHOS, CALL, BEFORE))
    assert hidden.reasons == (NOT_FOUND,)
    assert questions > 0
    for name in ("no-such-model", "claude-nythos-5", "\u2606", ""):
        asked, absent = count.of(lambda name=name: policy.not_found(outsider, name, BEFORE, CALL))  # type: ignore[misc]
        assert asked == questions
        assert (absent.effect, absent.reasons, absent.rules) == (hidden.effect, hidden.reasons, hidden.rules)
    assert count.of(lambda: policy.decide(outsider, MYTHOS, CALL, BEFORE))[0] == 0
    assert count.of(lambda: policy.not_found(outsider, "no-such-model", BEFORE, CALL))[0] == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["us outsider", "twin"]), st.booleans(), st.sampled_from("abc")), max_size=14))
def test_p12_what_is_remembered_tells_no_more_of_a_hidden_model_than_of_a_name_that_means_nothing(
    steps: list[tuple[str, bool, str]],
) -> None:
    """The same questions in the same order, once about a hidden model and its aliases, once about names that mean nothing.

    Two callers who differ in a fact that only rules of the hidden model read may look at each other's times, too.
    """
    first = PEOPLE["us outsider"]
    callers = {"us outsider": first, "twin": replace(first, person="twin", facts={**first.facts, "us_person.ear": NO})}
    with pytest.MonkeyPatch.context() as patch:
        count = Counting(patch)
        seen: list[list[int]] = []
        for exists in (True, False):
            policy = policy_at(AFTER_12)
            policy._verdicts.clear()
            asked = []
            for who, stream, name in steps:
                context = replace(CALL, stream=stream)
                before = count.questions
                if exists:
                    policy.decide(callers[who], MYTHOS, context, AFTER_12, f"mythos-{name}")
                else:
                    policy.not_found(callers[who], f"mythos-{name}", AFTER_12, context)
                asked.append(count.questions - before)
                policy.not_found(callers[who], "warm-up", AFTER_12, context)  # warms the questions about whatever it picks
            seen.append(asked)
    assert seen[0] == seen[1]


def test_a_class_of_callers_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_at(AFTER_12)
    policy._verdicts.clear()
    count = Counting(monkeypatch)
    one = PEOPLE["us employee"]
    other = replace(one, person="another", pseudonym="sc_1", hash="f" * 64, next_change=AFTER_12 + 5)
    asked, first = count.of(lambda: policy.decide(one, MYTHOS, CALL, AFTER_12))
    again, second = count.of(lambda: policy.decide(other, MYTHOS, CALL, AFTER_12))
    assert (asked, again) == (1, 0)
    assert first.permits
    assert second == replace(first, standing_hash=other.hash, valid_until=AFTER_12 + 5)
    agent = replace(one, agents=("bot",))
    assert count.of(lambda: policy.decide(agent, MYTHOS, CALL, AFTER_12))[0] == 1, "an agent is another kind of caller"


def test_what_is_said_comes_from_the_callers_own_standing() -> None:
    """Unknown and expired look alike to the engine, and are told apart to the caller."""
    policy = policy_at(AFTER_12)
    unknown, expired = standing("acme"), standing("acme", us_person__ear=EXPIRED)
    assert policy.decide(unknown, MYTHOS, CALL, AFTER_12).reasons[0].code == "fact_unknown"
    assert policy.decide(expired, MYTHOS, CALL, AFTER_12).reasons[0].code == "fact_expired"


def test_p1_a_fact_that_runs_out_is_not_answered_from_memory() -> None:
    policy, caller = policy_at(AFTER_12), standing("acme", us_person__ear=replace(YES, until=AFTER_12 + 10))
    assert policy.decide(caller, MYTHOS, CALL, AFTER_12 + 9).permits
    assert policy.decide(caller, MYTHOS, CALL, AFTER_12 + 10).reasons[0].code == "fact_expired"


def test_what_is_remembered_is_bounded_and_given_up_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MAX_VERDICTS", 3)
    policy = policy_at(AFTER_12)
    policy._verdicts.clear()
    for number in range(10):
        policy.not_found(PEOPLE["us outsider"], f"name-{number}", AFTER_12, CALL)
        assert len(policy._verdicts) <= 3
