"""A project whose use is prohibited gets no model: no instrument can name the rule that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from safeconduct.instruments.check import Known, check
from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import read
from safeconduct.policy.decide import Policy
from safeconduct.terms.faults import Refused
from safeconduct.terms.programs import ProgramTier
from safeconduct.terms.standing import Standing
from support.policy_june import MODELS, MYTHOS, held, instrument, standing
from support.policy_worlds import CALL, NOW, World, callers, worlds

RULE = "safeconduct/prohibited"
HEAD = '[instrument]\nid = "{id}"\nauthority = "a"\nkind = "{kind}"\neffective = 2026-01-01T00:00:00Z\n'
PERMIT = '[[rule]]\nid = "prohibited"\neffect = "permit"\nmodels = ["claude-mythos-5"]\ncohort = "true"\n'


@settings(max_examples=60, deadline=None)
@given(worlds(), callers())
def test_p9_nothing_unlocks_a_prohibited_project(world: World, caller: Standing) -> None:
    decision = world.policy().decide(replace(caller, tier="prohibited"), MYTHOS, CALL, NOW)
    assert not decision.permits
    assert decision.reasons[0].code in {"project_prohibited", "model_not_found"}


@pytest.mark.parametrize("tier", ProgramTier)
def test_p9_only_the_prohibited_tier_is_refused_whatever_is_permitted(tier: ProgramTier) -> None:
    permits = instrument(HEAD.format(id="all", kind="authorization") + PERMIT)
    policy = Policy(compile_rules([held(permits)], NOW), MODELS)
    decision = policy.decide(replace(standing(), tier=tier.value), MYTHOS, CALL, NOW)
    assert decision.permits is (tier is not ProgramTier.PROHIBITED)
    if not decision.permits:
        [reason] = decision.reasons
        assert (reason.code, reason.rule) == ("project_prohibited", RULE)


@pytest.mark.parametrize(("kind", "sort"), [("exemption", "exempts"), ("lift", "lifts")])
def test_p9_no_exemption_and_no_lift_can_name_it(kind: str, sort: str) -> None:
    cohort = 'models = ["claude-mythos-5"]\ncohort = "true"\n' if sort == "exempts" else ""
    text = HEAD.format(id="x", kind=kind) + f'[[rule]]\nid = "r"\n{sort} = "{RULE}"\n{cohort}'
    faults = check(read(text, {}, "x.toml"), Known(MODELS))
    assert [fault.code for fault in faults] == ["unknown_rule"]


def test_p9_an_instrument_cannot_take_the_place_of_a_base_rule() -> None:
    text = HEAD.format(id="safeconduct", kind="authorization") + PERMIT
    with pytest.raises(Refused) as refused:
        read(text, {}, "x.toml")
    assert [fault.code for fault in refused.value.faults] == ["reserved_id"]
    # And were it in a history all the same, the base rule stands.
    forged = replace(instrument(text.replace('"safeconduct"', '"x"')), id="safeconduct")
    policy = Policy(compile_rules([held(forged)], NOW), MODELS)
    assert not policy.decide(replace(standing(), tier="prohibited"), MYTHOS, CALL, NOW).permits
