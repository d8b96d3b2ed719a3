"""What decided, and the least that would change the answer; never a proposal to make up a status."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.explain import SHOWN, Explanation, explain
from safeconduct.terms.standing import FactStatus, Lapse, Standing
from support.policy_june import (
    AFTER_12,
    AFTER_26,
    BEFORE,
    EXPIRED,
    GLASSWING,
    MODELS,
    MYTHOS,
    held,
    instrument,
    june,
    known,
    standing,
)
from support.policy_worlds import CALL, NOW, World, callers, worlds


def explained(caller: Standing, now: int = AFTER_26, context: Context = CALL) -> Explanation:
    return explain(Policy(compile_rules(june(), now), MODELS), caller, MYTHOS, context, now)


def test_a_permit_needs_no_change() -> None:
    found = explained(standing("acme", us_person__ear=known("yes")))
    assert found.decision.permits
    assert found.changes == ()
    assert [(rule.id, rule.decided) for rule in found.rules] == [
        ("glasswing/partners", True),
        ("us-bis-2026-06-12/foreign-persons", False),
    ]


def test_missing_evidence_is_the_smallest_change() -> None:
    found = explained(standing("acme", employed_there=EXPIRED))
    assert sorted(step for [step] in found.changes) == [
        (
            "record valid evidence (us_citizen, nationality, permanent_residence, protected_individual) from which "
            "U.S. person status under the EAR (us_person.ear) follows as yes; now unknown"
        ),
        "record valid evidence that employment with the organization (employed_there) is true; now expired",
    ]
    forbid = found.rules[1]
    assert forbid.facts == (("employed_there", FactStatus.EXPIRED), ("us_person.ear", FactStatus.UNKNOWN))


def test_a_known_status_is_never_to_be_changed() -> None:
    found = explained(standing("acme", us_person__ear=known("no")), now=AFTER_12)
    assert found.changes == ()
    outside = explained(standing("cobalt", us_person__ear=known("no"), employed_there=known(True)))
    assert [list(steps) for steps in outside.changes] == [
        ['an amended us-bis-2026-06-26 that lists cobalt in "trusted-partners" (us-bis-2026-06-26/trusted-partners)']
    ]


def test_lapses_hosts_resources_and_dialect_are_steps_that_go_together() -> None:
    caller = replace(standing("acme", us_person__ear=known("yes")), lapses=(Lapse("project", "defense", "ended"),))
    assert explained(caller).changes == (("put in order: project defense (ended)",),)
    both = explained(caller, context=Context(dialect="chat", hosts=frozenset({"evil.example"})))
    [steps] = both.changes
    assert len(steps) == 3
    assert any("evil.example" in step for step in steps)
    assert any("over messages" in step for step in steps)
    [[resources]] = explained(
        replace(caller, lapses=()), context=Context(dialect="messages", foreign_resources=frozenset({"f"}))
    ).changes
    assert "own organization" in resources


def test_an_outsider_would_have_to_be_listed() -> None:
    found = explained(standing("zeta", us_person__ear=known("yes")))
    assert found.changes == (('an amended glasswing that lists zeta in "partners" (glasswing/partners)',),)


def test_a_project_that_a_rule_names_is_proposed() -> None:
    text = GLASSWING.replace(
        """Annex::"partners\"'""", """Annex::"partners" && principal.project == "red" && principal.tier == "high"'"""
    )
    policy = Policy(compile_rules([held(instrument(text))], BEFORE), MODELS)
    found = explain(policy, standing("acme"), MYTHOS, CALL, BEFORE)
    assert found.changes == (("call for project red", "call for a project whose tier is high"),)


def test_a_model_outside_the_catalog_has_no_rules() -> None:
    policy = Policy(compile_rules(june(), BEFORE), ())
    assert explain(policy, standing(), MYTHOS, CALL, BEFORE).rules == ()


@settings(max_examples=30, deadline=None)
@given(worlds(), callers())
def test_explaining_changes_nothing_and_stays_bounded(world: World, caller: Standing) -> None:
    policy = world.policy()
    before = policy.decide(caller, MYTHOS, CALL, NOW)
    found = explain(policy, caller, MYTHOS, CALL, NOW)
    assert found.decision == before == policy.decide(caller, MYTHOS, CALL, NOW)
    assert len(found.changes) <= SHOWN
    assert not (before.permits and found.changes)
