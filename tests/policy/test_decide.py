"""P1 and P12 at the decision: nothing missing, erring or unknown is ever a yes, and a no tells its reason to the right people."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.reasons import NOT_FOUND
from safeconduct.terms.decision import Duty, Effect
from safeconduct.terms.moments import FOREVER, parse
from safeconduct.terms.rules import Compiled, CompiledRule, Selectors
from safeconduct.terms.standing import FactState, FactStatus, Lapse, Standing
from support.policy_conditions import VALUES
from support.policy_june import (
    AFTER_12,
    AFTER_26,
    AFTER_30,
    BEFORE,
    CODEX,
    CONTRADICTED,
    EXPIRED,
    FABLE,
    GLASSWING,
    LETTER_12,
    LETTER_30,
    MODELS,
    MYTHOS,
    held,
    instrument,
    june,
    known,
    standing,
)
from support.policy_worlds import CALL, NOW, World, callers, worlds


def policy_at(now: int) -> Policy:
    return Policy(compile_rules(june(), now), MODELS)


# -- the four legal states of June 2026 ------------------------------------------------------------------------------

YES, NO = known("yes"), known("no")
EMPLOYED = known(True)
PEOPLE: dict[str, Standing] = {
    "us employee": standing("acme", us_person__ear=YES, employed_there=EMPLOYED),
    "green-card holder of two nationalities": standing(
        "acme", us_person__ear=YES, nationality=known(("CN", "FR")), employed_there=EMPLOYED
    ),
    "foreign employee": standing("acme", us_person__ear=NO, employed_there=EMPLOYED),
    "foreign, employment expired": standing("acme", us_person__ear=NO, employed_there=EXPIRED),
    "foreign contractor at work there": standing("acme", us_person__ear=NO, employed_there=known(False)),
    "nothing on file": standing("acme"),
    "nothing on file but employment": standing("acme", employed_there=EMPLOYED),
    "status expired": standing("acme", us_person__ear=EXPIRED),
    "status contradicted": standing("acme", us_person__ear=CONTRADICTED, employed_there=known(False)),
    "us under another regime only": standing("acme", us_person__itar=YES, us_person__bulk=YES),
    "foreign employee of a partner off the annex": standing("cobalt", us_person__ear=NO, employed_there=EMPLOYED),
    "us employee of a partner off the annex": standing("cobalt", us_person__ear=YES, employed_there=EMPLOYED),
    "foreign employee of a sponsored contractor": replace(
        standing("sub-of-acme", us_person__ear=NO, employed_there=EMPLOYED), organizations_above=("acme",)
    ),
    "us outsider": standing("zeta", us_person__ear=YES),
}
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
    assert decision.duties == (Duty("retain", "30d", "glasswing/partners"),)
    assert decision.rules == ("glasswing/partners",)


# -- P1 --------------------------------------------------------------------------------------------------------------


@settings(max_examples=120, deadline=None)
@given(worlds(), callers(), st.data())
def test_p1_losing_a_fact_never_turns_a_no_into_a_yes(world: World, caller: Standing, data: st.DataObject) -> None:
    policy = world.policy()
    before = policy.decide(caller, MYTHOS, CALL, NOW)
    lost = data.draw(st.sampled_from(sorted(VALUES)))
    how = data.draw(st.sampled_from(["delete", *FactStatus]))
    facts = dict(caller.facts)
    if how == "delete":
        del facts[lost]
    elif how is FactStatus.KNOWN:
        facts[lost] = replace(facts[lost], until=NOW)  # known, but only until this very moment
    else:
        facts[lost] = FactState(FactStatus(how))
    after = policy.decide(replace(caller, facts=facts), MYTHOS, CALL, NOW)
    assert before.permits or not after.permits
    assert not after.errors


@settings(max_examples=120, deadline=None)
@given(worlds(), callers())
def test_p1_the_decision_is_what_three_valued_logic_says(world: World, caller: Standing) -> None:
    def judged(condition: object) -> bool | None:
        return condition.judge(caller.organization, caller.project, caller.facts)  # type: ignore[attr-defined]

    permitted = any(judged(one) is True for one in world.permits)
    exempt = any(judged(one) is True for one in world.exemptions)
    forbidden = any(judged(one) is not False and not (index == 0 and exempt) for index, one in enumerate(world.forbids))
    decision = world.policy().decide(caller, MYTHOS, CALL, NOW)
    assert decision.permits is (permitted and not forbidden)
    assert decision.permits or decision.reasons


@settings(max_examples=40, deadline=None)
@given(worlds(), callers(), st.data())
def test_p1_what_is_missing_from_the_request_is_never_permitted(world: World, caller: Standing, data: st.DataObject) -> None:
    """Take any attribute, entity or context key from what the engine is shown: the answer is no."""
    policy = world.policy()
    true_caller, true_context, true_model = schema.caller_json, schema.context_json, schema.model_json
    what = data.draw(st.sampled_from(["caller", "organization", "model", "attribute", "context", "model attribute"]))

    def cut_caller(*arguments: object, **named: object) -> bytes:
        caller_, organization = json.loads(b"[" + true_caller(*arguments, **named) + b"]")  # type: ignore[arg-type]
        if what == "attribute":
            del caller_["attrs"][data.draw(st.sampled_from(sorted(caller_["attrs"])))]
        kept = [one for one, name in ((caller_, "caller"), (organization, "organization")) if name != what]
        return ",".join(json.dumps(one) for one in kept).encode()

    def cut_context(context: Context) -> str:
        tree = json.loads(true_context(context))
        del tree[data.draw(st.sampled_from(sorted(tree)))]
        return json.dumps(tree)

    def cut_model(*arguments: object, **named: object) -> bytes:
        tree = json.loads(true_model(*arguments, **named))  # type: ignore[arg-type]
        del tree["attrs"][data.draw(st.sampled_from(sorted(tree["attrs"])))]
        return json.dumps(tree).encode()

    with pytest.MonkeyPatch.context() as patch:
        if what in ("caller", "organization", "attribute"):
            patch.setattr(schema, "caller_json", cut_caller)
        if what == "context":
            patch.setattr(schema, "context_json", cut_context)
        if what == "model attribute":
            patch.setattr(schema, "model_json", cut_model)
            policy = world.policy()
        if what == "model":
            part = policy.slice_of(MYTHOS.id)
            assert part is not None
            policy._slices[MYTHOS.id] = replace(part, entity=true_model(CODEX, withdrawn=False))
        decision = policy.decide(caller, MYTHOS, CALL, NOW)
    assert decision.effect is Effect.DENY
    assert decision.errors


def _rule(name: str, effect: str, body: object) -> CompiledRule:
    policy = json.dumps(
        {
            "effect": effect,
            "principal": {"op": "All"},
            "action": {"op": "All"},
            "resource": {"op": "All"},
            "conditions": [{"kind": "when", "body": body}],
            "annotations": {"id": name},
        }
    )
    nothing: frozenset[str] = frozenset()
    return CompiledRule(name, "i", effect, Selectors(frozenset({MYTHOS.id})), policy, policy, nothing, nothing, "No.")


def test_p1_an_erring_prohibition_is_a_no() -> None:
    """Cedar skips what errs and would answer Allow; we do not."""
    overflow = {"<": {"left": {"+": {"left": {"Value": 2**63 - 1}, "right": {"Value": 1}}}, "right": {"Value": 0}}}
    permit = _rule("i/permit", "permit", {"Value": True})
    forbid = _rule("i/forbid", "forbid", overflow)
    allowed = Policy(Compiled((permit,), (), {}, "", 0), MODELS).decide(standing(), MYTHOS, CALL, NOW)
    erring = Policy(Compiled((permit, forbid), (), {}, "", 0), MODELS).decide(standing(), MYTHOS, CALL, NOW)
    assert allowed.permits
    assert erring.effect is Effect.DENY
    assert any("i/forbid" in error for error in erring.errors)


def test_p1_rules_compiled_for_another_time_permit_nothing() -> None:
    policy = policy_at(BEFORE)
    for now in (BEFORE - 1, policy.boundary, FOREVER - 1):
        decision = policy.decide(PEOPLE["us employee"], MYTHOS, CALL, now)
        assert decision.effect is Effect.DENY
        assert decision.errors


@pytest.mark.parametrize("change", [{"person": ""}, {"organization": ""}])
def test_p1_a_caller_that_is_missing_is_refused(change: dict[str, str]) -> None:
    decision = policy_at(BEFORE).decide(replace(PEOPLE["us employee"], **change), FABLE, CALL, BEFORE)
    assert decision.effect is Effect.DENY


@pytest.mark.parametrize("value", ["true", ("yes",), None, "maybe", True])
def test_p1_a_fact_of_the_wrong_shape_is_not_known(value: object) -> None:
    caller = standing("acme", us_person__ear=FactState(FactStatus.KNOWN, value))  # type: ignore[arg-type]
    assert not policy_at(AFTER_12).decide(caller, MYTHOS, CALL, AFTER_12).permits


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", '"', "}{", "\u202e"])
def test_p1_strange_text_from_a_caller_is_data_or_a_no(text: str) -> None:
    context = replace(CALL, hosts=frozenset({text}))
    decision = policy_at(BEFORE).decide(PEOPLE["us employee"], MYTHOS, context, BEFORE)
    assert decision.effect is Effect.DENY
    assert decision.reasons


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
