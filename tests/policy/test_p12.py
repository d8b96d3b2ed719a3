"""P10 and P12 at the decision: what is shown to the engine, and who is told which reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.reasons import NOT_FOUND
from safeconduct.terms.standing import Lapse
from support.policy_june import (
    AFTER_12,
    AFTER_26,
    AFTER_30,
    BEFORE,
    CODEX,
    EXPIRED,
    GLASSWING,
    LETTER_30,
    MODELS,
    MYTHOS,
    NO,
    PEOPLE,
    YES,
    held,
    instrument,
    known,
    policy_at,
    standing,
)
from support.policy_worlds import CALL

# -- P10, P12 ----------------------------------------------------------------------------------------------------------


def test_p10_facts_that_no_rule_about_the_model_reads_are_not_shown() -> None:
    part = policy_at(AFTER_26).slice_of(MYTHOS.id)
    assert part is not None
    assert part.facts == ("employed_there", "us_person.ear")
    caller = standing("acme", us_person__ear=YES, us_person__itar=NO, nationality=known(("IR",)), vetting=known("basic"))
    shown = json.loads(b"[" + schema.caller_json(caller, (), part.facts, AFTER_26) + b"]")[0]["attrs"]
    assert shown["known"] == ["us_person.ear"]
    assert shown["us_person"] == {"ear": "yes", "itar": "unknown", "bulk": "unknown"}
    assert (shown["nationality"], shown["vetting"]) == ([], "")


def test_p12_who_was_authorized_is_refused_by_naming_the_instrument() -> None:
    decision = policy_at(AFTER_12).decide(PEOPLE["foreign employee"], MYTHOS, CALL, AFTER_12)
    assert "us-bis-2026-06-12" in decision.reasons[0].say
    assert decision.reasons[0].mend
    assert decision.rules == ("us-bis-2026-06-12/foreign-persons",)


@pytest.mark.parametrize("lapses", [(), (Lapse("person", "p1", "suspended"),)])
@pytest.mark.parametrize(
    "context", [CALL, Context(), Context(hosts=frozenset({"evil.example"})), Context(hosts=frozenset({"\ud800"}))]
)
def test_p12_who_was_never_authorized_learns_nothing(lapses: tuple[Lapse, ...], context: Context) -> None:
    for now in (BEFORE, AFTER_12, AFTER_26, AFTER_30):
        policy = policy_at(now)
        caller = replace(PEOPLE["us outsider"], lapses=lapses)
        for model in (MYTHOS, CODEX):
            real = policy.decide(caller, model, context, now)
            absent = policy.not_found(caller, model.id, now)
            assert replace(real, errors=()) == absent
            assert real.reasons == (NOT_FOUND,)
            assert model.id not in NOT_FOUND.say + NOT_FOUND.mend


def test_p12_an_authorization_that_ended_is_still_named() -> None:
    text = GLASSWING.replace("effective = 2026-06-09T00:00:00Z", "effective = 2026-06-09T00:00:00Z\nuntil = 2026-06-20T00:00:00Z")
    policy = Policy(compile_rules([held(instrument(text))], AFTER_26), MODELS)
    [reason] = policy.decide(PEOPLE["us employee"], MYTHOS, CALL, AFTER_26).reasons
    assert reason.code == "authorization_ended"
    assert "glasswing" in reason.say
    assert "2026-06-20" in reason.say


def test_p12_an_authorization_withdrawn_or_lifted_is_still_named() -> None:
    withdrawn = Policy(compile_rules([held(instrument(GLASSWING), withdrawn=AFTER_12)], AFTER_26), MODELS)
    assert withdrawn.decide(PEOPLE["us employee"], MYTHOS, CALL, AFTER_26).reasons[0].code == "authorization_ended"
    lift = LETTER_30.replace("us-bis-2026-06-12/foreign-persons", "glasswing/partners").replace("06-30T18", "06-20T18")
    lifted = Policy(compile_rules([held(instrument(GLASSWING)), held(instrument(lift))], AFTER_26), MODELS)
    assert lifted.decide(PEOPLE["us employee"], MYTHOS, CALL, AFTER_26).reasons[0].code == "authorization_ended"
    assert lifted.decide(PEOPLE["us outsider"], MYTHOS, CALL, AFTER_26).reasons == (NOT_FOUND,)


def test_p12_an_unmet_condition_of_a_permit_names_the_fact() -> None:
    text = GLASSWING.replace("""Annex::"partners\"'""", """Annex::"partners" && principal.vetting == "enhanced"'""")
    policy = Policy(compile_rules([held(instrument(text))], BEFORE), MODELS)
    cases = ((standing("acme"), "fact_unknown"), (standing("acme", vetting=EXPIRED), "fact_expired"))
    for caller, code in cases:
        [reason] = policy.decide(caller, MYTHOS, CALL, BEFORE).reasons
        assert reason.code == code
        assert "vetting" in reason.mend
    [reason] = policy.decide(standing("acme", vetting=known("basic")), MYTHOS, CALL, BEFORE).reasons
    assert reason.code == "not_covered"


def test_an_open_exemption_is_told_with_what_it_needs() -> None:
    decision = policy_at(AFTER_26).decide(PEOPLE["foreign, employment expired"], MYTHOS, CALL, AFTER_26)
    assert "us-bis-2026-06-26/trusted-partners" in decision.reasons[0].mend
    assert "employment" in decision.reasons[0].mend
