"""Duties: carried out, or the answer is no."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.exchange.duties import foreseen, judged, retained, unmet
from safeconduct.terms.call import Dialect, Operation
from safeconduct.terms.content import CLASS_DAYS
from safeconduct.terms.decision import Decision, Duty, Effect, Reason
from safeconduct.terms.standing import Model
from support.exchange_world import CAPPED, FABLE, HELD, KEPT, MASKED, MYTHOS, duty, instrument, read, scene

CAP = Duty("cap", "max_output_tokens=1000", "terms/capped")
APPROVE = Duty("approve", "lead", "terms/held")
RETAIN = Duty("retain", "standard", "terms/kept")
BAN = Duty("retain", "none", "acme/private")
REDACT = Duty("redact", "names", "terms/redacted")


def _permit(*duties: Duty, say: str = "") -> Decision:
    reasons = tuple(Reason("permitted", say, "", duty.rule) for duty in duties)
    return Decision(Effect.PERMIT, "m", reasons, "p", "s", 1, tuple(duties))


def _code(*duties: Duty, asked: int = 500, generates: bool = True) -> str:
    found = unmet(duties, asked, generates=generates)
    return found[1].code if found is not None else ""


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (1, ""),
        (999, ""),
        (1000, ""),
        (1001, "output_limit_exceeded"),
        (0, "output_limit_missing"),
        (10**9, "output_limit_exceeded"),
    ],
)
def test_a_cap_is_carried_out_by_refusing_what_asks_for_more(asked: int, code: str) -> None:
    assert _code(CAP, asked=asked) == code


def test_the_tightest_of_two_caps_binds() -> None:
    tighter = Duty("cap", "max_output_tokens=10", "other/rule")
    found = unmet((CAP, tighter), 500, generates=True)
    assert found is not None
    assert found[1].rule == "other/rule"


def test_counting_tokens_writes_none_and_needs_no_limit() -> None:
    assert _code(CAP, asked=0, generates=False) == ""
    assert _code(REDACT, asked=0, generates=False) == "duty_unavailable"


@pytest.mark.parametrize(
    "value",
    [
        "1000",
        "max_output_tokens",
        "max_output_tokens=",
        "max_output_tokens=-1",
        "max_output_tokens=1e3",
        "max_output_tokens=1 000",
        "max_output_tokens= 1000",
        "MAX_OUTPUT_TOKENS=1000",
        "max_output_tokens=\u0661",
        "max_output_tokens=1000000000000",
        "tokens_per_day=5",
    ],
)
def test_a_cap_of_any_other_form_is_beyond_us(value: str) -> None:
    assert _code(Duty("cap", value, "terms/odd"), asked=1) == "duty_unavailable"


def test_a_cap_of_nothing_permits_nothing() -> None:
    assert _code(Duty("cap", "max_output_tokens=0", "terms/none"), asked=1) == "output_limit_exceeded"


def test_approval_holds_and_what_is_impossible_comes_before_it() -> None:
    found = unmet((APPROVE,), 1, generates=True)
    assert found is not None
    assert found[0] is Effect.HOLD
    for first, second in ((APPROVE, REDACT), (REDACT, APPROVE)):
        found = unmet((first, second), 1, generates=True)
        assert found is not None
        assert (found[0], found[1].code) == (Effect.DENY, "duty_unavailable")


@pytest.mark.parametrize("duty", [REDACT, Duty("sing", "loudly", "terms/new")])
def test_a_duty_beyond_us_names_its_rule_and_itself(duty: Duty) -> None:
    found = unmet((duty,), 1, generates=True)
    assert found is not None
    effect, reason = found
    assert (effect, reason.code, reason.rule) == (Effect.DENY, "duty_unavailable", duty.rule)
    assert duty.rule in reason.say
    assert duty.name in reason.say
    assert "this version cannot carry out" in reason.say


@given(st.lists(st.sampled_from([CAP, APPROVE, RETAIN, BAN, REDACT]), min_size=1), st.integers(0, 2000))
def test_p1_no_duty_is_left_aside(duties: list[Duty], asked: int) -> None:
    met = APPROVE not in duties and REDACT not in duties and (CAP not in duties or 0 < asked <= 1000)
    assert (unmet(duties, asked, generates=True) is None) is met
    decision, keeps = retained(_permit(*duties), CLASS_DAYS)
    assert decision.permits is not (RETAIN in duties and BAN in duties)
    assert keeps == ("standard" if RETAIN in duties and BAN not in duties else "")


def test_a_permit_without_duties_is_the_same_object() -> None:
    at = scene()
    for model in (FABLE.id, MYTHOS.id):
        resolved = at.view.decide(at.session(), read(Dialect.MESSAGES, model=model), at.now)
        assert judged(resolved, 500) is resolved


def test_a_no_stays_the_no_it_is_whatever_its_duties() -> None:
    at = scene()
    resolved = at.view.decide(at.session(), read(Dialect.MESSAGES, model="nothing-1"), at.now)
    assert judged(resolved, 0) is resolved


@pytest.mark.parametrize(
    ("model", "effect", "code"),
    [
        (HELD, Effect.HOLD, "held"),
        (MASKED, Effect.DENY, "duty_unavailable"),
        (KEPT, Effect.PERMIT, ""),
        (CAPPED, Effect.PERMIT, ""),
    ],
)
def test_judging_adds_the_reason_and_keeps_what_was_granted(model: object, effect: Effect, code: str) -> None:
    at = scene()
    before = at.view.decide(at.session(), read(Dialect.MESSAGES, model=model.id), at.now)  # type: ignore[attr-defined]
    after = judged(before, 500)
    assert (after.decision.effect, after.effect, after.decision.permits) == (effect, effect.value, effect is Effect.PERMIT)
    assert after.reason_codes == ((code, *before.reason_codes) if code else before.reason_codes)
    assert tuple(reason.code for reason in after.decision.reasons) == after.reason_codes
    assert (after.decision.rules, after.duty_texts, after.model) == (before.decision.rules, before.duty_texts, before.model)
    assert before.decision.permits, "what is remembered stays as it is"


def test_the_same_decision_is_judged_anew_for_each_call() -> None:
    at = scene()
    resolved = at.view.decide(at.session(), read(Dialect.MESSAGES, model=CAPPED.id), at.now)
    assert judged(resolved, 1000).decision.permits
    assert not judged(resolved, 1001).decision.permits


def test_token_counting_under_a_cap_is_permitted() -> None:
    at = scene()
    counting = read(Dialect.MESSAGES, Operation.COUNT_TOKENS, model=CAPPED.id, max_tokens=None)
    assert judged(at.view.decide(at.session(), counting, at.now), 0).decision.permits


@pytest.mark.parametrize(
    ("name", "value", "effect"),
    [
        ("cap", "max_output_tokens=10", "permit"),
        ("cap", "money=3", "deny"),
        ("approve", "lead", "hold"),
        ("retain", "standard", "permit"),
        ("retain", "none", "permit"),
        ("retain", "30d", "deny"),
        ("redact", "names", "deny"),
    ],
)
def test_before_there_is_a_call_only_its_cap_is_open(name: str, value: str, effect: str) -> None:
    permit = Decision(Effect.PERMIT, "m", (Reason("permitted", "Yes."),), "p", "s", 1, (Duty(name, value, "terms/rule"),))
    assert foreseen(permit).effect == effect
    denied = Decision(Effect.DENY, "m", (), "p", "s", 1, (Duty(name, value, "terms/rule"),))
    assert foreseen(denied) is denied


# Keeping what is said


def _retain(value: str, rule: str) -> Duty:
    return Duty("retain", value, rule)


@pytest.mark.parametrize(
    ("values", "keeps"),
    [
        ((), ""),
        (("standard",), "standard"),
        (("standard", "export", "flagged"), "export"),
        (("none",), ""),
        (("none", "none"), ""),
        (("short", "standard"), "standard"),
        (("short", "alike"), "short"),
    ],
)
def test_the_longest_class_that_is_asked_for_is_taken(values: tuple[str, ...], keeps: str) -> None:
    permit = _permit(*(_retain(value, f"terms/{value}") for value in values))
    assert retained(permit, {**CLASS_DAYS, "short": 7, "alike": 7}) == (permit, keeps)


def test_p1_an_order_and_a_ban_refuse_the_call_with_both_rules_and_what_they_say() -> None:
    order, ban = _retain("export", "ministry/keep"), _retain("none", "acme/private")
    says = (
        Reason("permitted", "Yes."),
        Reason("obliged", "Exports are kept.", "", "ministry/keep"),
        Reason("obliged", "Acme keeps nothing.", "", "acme/private"),
    )
    permit = replace(_permit(order, ban), reasons=says)
    decision, keeps = retained(permit, CLASS_DAYS)
    assert (decision.effect, keeps) == (Effect.DENY, "")
    reason, *before = decision.reasons
    assert (reason.code, reason.rule, tuple(before)) == ("retention_conflict", "ministry/keep", says)
    for word in ("ministry/keep", "Exports are kept.", "1,826 days", "acme/private", "Acme keeps nothing."):
        assert word in reason.say
    assert foreseen(permit) == decision


@pytest.mark.parametrize("others", [(), ("standard",), ("none",), ("standard", "none")])
def test_p1_a_class_that_is_not_there_refuses_the_call(others: tuple[str, ...]) -> None:
    permit = _permit(_retain("decade", "ministry/keep"), *(_retain(value, "terms/rule") for value in others))
    decision, keeps = retained(permit, CLASS_DAYS)
    assert (decision.effect, decision.reasons[0].code, keeps) == (Effect.DENY, "retention_class_unknown", "")
    assert "[vault.class.decade]" in decision.reasons[0].mend
    assert retained(permit, {**CLASS_DAYS, "decade": 3650})[0].reasons[0].code != "retention_class_unknown"


def test_a_no_keeps_nothing_and_stays_the_no_it_is() -> None:
    denied = replace(_permit(RETAIN, BAN), effect=Effect.DENY)
    assert retained(denied, CLASS_DAYS) == (denied, "")


def test_what_is_refused_for_another_duty_is_not_kept() -> None:
    at = scene()
    at.enter("keep", _obliging("keep", HELD, CAPPED))
    for model, kept in ((HELD, ""), (CAPPED, "flagged")):
        resolved = at.view.decide(at.session(), read(Dialect.MESSAGES, model=model.id), at.now)
        assert resolved.keeps == "flagged"
        assert judged(resolved, 500).keeps == kept


def test_the_view_says_how_a_call_is_kept_and_what_its_fallbacks_add() -> None:
    at = scene()

    def asked(**fields: object) -> str:
        return at.view.decide(at.session(), read(Dialect.MESSAGES, **fields), at.now).keeps

    assert (asked(), asked(model=KEPT.id), asked(fallbacks=[{"model": KEPT.id}])) == ("", "standard", "standard")
    assert asked(model="nothing-1") == ""


def _obliging(name: str, *models: Model, value: str = "flagged") -> str:
    ids = ", ".join(f'"{model.id}"' for model in models)
    rule = f'id = "all"\neffect = "oblige"\nmodels = [{ids}]\ncohort = \'true\'\nsay = "It is kept."\n'
    return instrument(name, rule + duty("retain", value), kind="requirement")
