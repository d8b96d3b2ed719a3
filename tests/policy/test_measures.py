"""Measures only ever take away: whatever is in force, a no stays that very no, and a permit never grows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.measures import CODES, THROTTLED, judged, throttled
from safeconduct.terms.decision import Decision, Effect
from safeconduct.terms.measures import STEPS, THROTTLE, Measure, Step
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import Standing
from support.policy_june import AFTER_26, FABLE, MYTHOS, PEOPLE, policy_at

NOW = AFTER_26
CALL = Context(dialect="messages", operation="generate")
CALLER = next(each for each in PEOPLE.values() if policy_at(NOW).decide(each, MYTHOS, CALL, NOW).permits)
STOPS = {Step.HOLD, Step.SUSPEND, Step.REVOKE}


def measure(step: Step, number: int = 1, *, rehearsal: bool = False, until: int = FOREVER, who: str = "person/x") -> Measure:
    rate = 30 if step is Step.THROTTLE else 0
    return Measure(f"M-{number:012x}", who, step, 0, until, "Be careful.", rate, rehearsal=rehearsal)


def decided(*measures: Measure, caller: Standing = CALLER) -> Decision:
    return policy_at(NOW).decide(replace(caller, measures=measures), MYTHOS, CALL, NOW)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("restricted", [True, False])
def test_each_step_takes_what_it_takes(step: Step, restricted: bool) -> None:
    permit = decided()
    found = judged(permit, (measure(step),), NOW, restricted=restricted)
    if step in STOPS or (restricted and step in (Step.LOWER_MODEL, Step.STEP_UP)):
        assert found.effect is (Effect.HOLD if step is Step.HOLD else Effect.DENY)
        assert found.reasons[0].code == CODES[step]
        assert "Be careful." in found.reasons[0].say
        assert "appeal against M-000000000001" in found.reasons[0].mend
        assert found.measures == ("M-000000000001",)
    else:
        assert found.permits
        assert [(each.name, each.value) for each in found.duties[len(permit.duties) :]] == (
            [(THROTTLE, "30")] if step is Step.THROTTLE else []
        )


@pytest.mark.parametrize("step", STEPS)
def test_a_rehearsal_takes_nothing_and_says_what_it_would_have(step: Step) -> None:
    found = decided(measure(step, rehearsal=True))
    assert found.permits
    assert found.duties == decided().duties
    assert found.rehearsed == (() if step is Step.WATCH else ("M-000000000001",))


def test_the_strongest_speaks_and_only_a_lowered_model_offers_another() -> None:
    lower = replace(measure(Step.LOWER_MODEL, 2), fallback=FABLE.id)
    assert decided(measure(Step.STEP_UP), lower).fallback == FABLE.id
    both = decided(lower, measure(Step.HOLD))
    assert (both.reasons[0].code, both.fallback) == ("held", "")
    assert decided(measure(Step.SUSPEND), measure(Step.REVOKE, 2)).measures == ("M-000000000002",)


def test_what_is_over_or_not_yet_takes_nothing_and_what_lasts_bounds_the_answer() -> None:
    assert decided(measure(Step.SUSPEND, until=NOW)) == decided()
    assert decided(replace(measure(Step.SUSPEND), since=NOW + 1)).permits
    assert decided(measure(Step.WATCH, until=NOW + 5)).valid_until == NOW + 5


def test_p12_a_hidden_model_stays_hidden_under_every_measure() -> None:
    outsider = next(
        each for each in PEOPLE.values() if policy_at(NOW).decide(each, MYTHOS, CALL, NOW).reasons[0].code == "model_not_found"
    )
    for step in STEPS:
        assert decided(measure(step), caller=outsider).reasons == decided(caller=outsider).reasons


def test_a_measure_on_a_model_bears_on_everybody_and_ends_with_the_rules() -> None:
    plain = policy_at(NOW)
    models = [part.model for part in (plain.slice_of(MYTHOS.id), plain.slice_of(FABLE.id)) if part is not None]
    marked = {MYTHOS.id: (measure(Step.SUSPEND, until=NOW + 7, who=f"model/{MYTHOS.id}"),)}
    policy = Policy(plain.compiled, models, marked=marked)
    assert policy.boundary == NOW + 7
    found = policy.decide(CALLER, MYTHOS, CALL, NOW)
    assert found.reasons[0].say.startswith("This model is suspended until")
    assert policy.decide(CALLER, FABLE, CALL, NOW).reasons == plain.decide(CALLER, FABLE, CALL, NOW).reasons


def test_tiers_that_are_not_restricted_are_left_alone_by_mild_measures() -> None:
    plain = policy_at(NOW)
    policy = Policy(plain.compiled, [MYTHOS], unrestricted=(MYTHOS.tier,))
    mild = replace(CALLER, measures=(measure(Step.LOWER_MODEL), measure(Step.STEP_UP, 2)))
    assert policy.decide(mild, MYTHOS, CALL, NOW).permits
    assert not policy.is_restricted(MYTHOS)


_MEASURES = st.lists(
    st.builds(
        measure,
        st.sampled_from(STEPS),
        st.integers(1, 9),
        rehearsal=st.booleans(),
        until=st.sampled_from((NOW, NOW + 1, FOREVER)),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(_MEASURES, _MEASURES, st.sampled_from(sorted(PEOPLE)))
def test_p9_no_measure_ever_turns_a_no_into_a_yes(some: list[Measure], more: list[Measure], name: str) -> None:
    caller = PEOPLE[name]
    bare, few, many = (decided(*each, caller=caller) for each in ((), some, (*some, *more)))
    assert bare.permits >= few.permits >= many.permits
    if not bare.permits:
        assert many.reasons == bare.reasons
        assert many.effect is bare.effect
    if many.permits:
        assert set(bare.duties) <= set(few.duties) <= set(many.duties)


def test_being_too_early_is_told_with_the_rate_and_the_wait() -> None:
    reason = throttled("M-000000000001", (measure(Step.THROTTLE),), 3)
    assert (reason.code, reason.say) == (
        THROTTLED,
        "Calls are limited: 30 calls a minute for now. Be careful. (Measure M-000000000001.)",
    )
    assert reason.mend.startswith("Send it again in 3 s.")
    assert throttled("M-000000000009", (), 3).say.startswith("Calls are limited for now.")
