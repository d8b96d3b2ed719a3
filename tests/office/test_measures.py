"""Measures at the office: what may be taken, by whom alone, who must agree to undoing, and what is taken meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.office import acts
from safeconduct.office.measures import MAX_WORDS, WATCH
from safeconduct.terms.faults import Refused
from safeconduct.terms.measures import STEPS
from safeconduct.terms.moments import FOREVER, SECOND
from support.letters import FIRST, put_in_force
from support.letters import SECOND as OTHER
from support.registry_world import DAY, FABLE, T0, World, digest_number, issue, small_world

NAME = "M-0123456789ab"
MIRA, NOOR, OLGA = "officer:mira", "officer:noor", "officer:olga"

LADDER = """[instrument]
id = "ladder"
authority = "provider"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[ladder]]
id = "slow"
band = "elevated"
step = "throttle"
minutes = 60
automatic = true
rate = 30

[[ladder]]
id = "stop"
band = "high"
step = "hold"
minutes = 60
automatic = true

[[ladder]]
id = "out"
band = "severe"
step = "suspend"
minutes = 60
"""
GUARD = """
[[guard]]
id = "critical"
cohort = 'principal.vetting == "enhanced"'
authority = "agency"
say = "Mission-critical use; call the watch officer first."
"""


def world_with(*texts: str) -> World:
    """mira and noor are officers of the operator, olga of the agency; the texts are in force."""
    world = small_world()
    for name in ("provider", "agency"):
        world.act(acts.RegisterAuthority(name, name.title()))
    world.act(acts.CatalogModel(FABLE))
    for number, (name, authority) in enumerate((("olga", "agency"), ("mira", ""), ("noor", "")), 1):
        world.act(acts.AddOfficer(name, digest_number(100 * number), "", authority), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(100 * number + 1)), f"officer:{name}")
    for text in texts:
        put_in_force(world, text)
    return world


def take(step: str, who: str = "person/ann", name: str = NAME, **more: object) -> acts.TakeMeasure:
    given: dict[str, object] = {"until": T0 + DAY, "rate": 30 if step == "throttle" else 0, **more}
    return acts.TakeMeasure(name, who, step, **given)  # type: ignore[arg-type]


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [each.code for each in refused.value.faults]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (take("suspend", "person/nobody"), "unknown_person"),
        (take("suspend", "agent/nobody"), "unknown_agent"),
        (take("suspend", "model/none"), "unknown_model"),
        (take("suspend", "thing/x"), "bad_target"),
        (take("suspend", "ann"), "bad_target"),
        (take("banish"), "bad_step"),
        (take("suspend", until=T0), "bad_end"),
        (take("suspend", name="M-1"), "bad_id"),
        (take("suspend", name="M-0123456789AB"), "bad_id"),
        (take("throttle", rate=0), "bad_rate"),
        (take("hold", rate=5), "bad_rate"),
        (take("hold", fallback=FABLE.id), "bad_fallback"),
        (take("lower_model", fallback="none"), "unknown_model"),
        (take("revoke", rehearsal=True), "bad_step"),
        (take("suspend", message="two\nlines"), "bad_text"),
        (acts.UndoMeasure(NAME), "unknown_measure"),
        (acts.AppealMeasure(NAME, "words"), "unknown_measure"),
        (acts.MoveRisk("person/nobody", "high", T0 + DAY), "unknown_person"),
        (acts.MoveRisk("person/ann", "extreme", T0 + DAY), "bad_band"),
        (acts.MoveRisk("person/ann", "high", T0), "bad_end"),
        (acts.MoveRisk("person/ann", "high", T0 + DAY, ("x",) * 17), "bad_text"),
    ],
)
def test_what_makes_no_sense_is_refused(act: acts.Act, code: str) -> None:
    assert codes(world_with(), act) == [code]


def test_a_measure_is_taken_once_and_the_same_again_only_for_longer() -> None:
    world = world_with()
    world.act(take("suspend"), MIRA)
    assert codes(world, take("suspend", name=NAME)) == ["measure_exists", "measure_in_force"]
    assert codes(world, take("suspend", name="M-000000000002")) == ["measure_in_force"]
    world.act(take("suspend", name="M-000000000002", until=T0 + 2 * DAY), MIRA)
    world.act(take("hold", name="M-000000000003"), MIRA)


def test_p9_undoing_takes_a_second_officer_unless_it_was_a_slip() -> None:
    world = world_with()
    world.act(take("suspend"), MIRA)
    (asked,) = world.act(acts.UndoMeasure(NAME), NOOR)
    assert asked.kind == "request.opened"
    world.act(acts.ApproveRequest(asked.subject), MIRA)
    found = world.registry.measure(NAME)
    assert found is not None
    assert (found.state_at(T0), found.undone_by) == ("undone", NOOR)
    assert codes(world, acts.UndoMeasure(NAME)) == ["measure_over"]
    world.act(take("suspend", name="M-000000000002"), MIRA)
    assert world.act(acts.UndoMeasure("M-000000000002"), MIRA)[0].kind == "measure.undone"
    world.act(take("suspend", name="M-000000000003"), MIRA)
    world.at(T0 + 3_601 * SECOND)
    assert world.act(acts.UndoMeasure("M-000000000003"), MIRA)[0].kind == "request.opened"


def test_an_officer_alone_takes_back_what_no_person_decided_and_an_account_does_not() -> None:
    world = world_with(LADDER)
    world.act(take("hold", automatic=True), WATCH)
    assert world.act(acts.UndoMeasure(NAME), "os:ops")[0].kind == "request.opened"
    assert world.act(acts.UndoMeasure(NAME), MIRA)[0].kind == "measure.undone"
    world.act(take("watch", name="M-000000000002"), MIRA)
    assert world.act(acts.UndoMeasure("M-000000000002"), NOOR)[0].kind == "measure.undone"
    world.act(take("suspend", name="M-000000000003", rehearsal=True), MIRA)
    assert world.act(acts.UndoMeasure("M-000000000003"), NOOR)[0].kind == "measure.undone"


def test_p9_what_an_officer_agreed_to_is_undone_by_nobody_alone() -> None:
    world = world_with(LADDER)
    (asked, _) = world.act(take("suspend", automatic=True), WATCH)
    world.act(acts.ApproveRequest(asked.subject), MIRA)
    assert world.act(acts.UndoMeasure(NAME), NOOR)[0].kind == "request.opened", "mira decided it, not the watch"
    assert codes(world, acts.UndoMeasure(NAME), WATCH) == ["person_decided"]


def test_the_watch_undoes_its_own_and_no_person_s() -> None:
    world = world_with(LADDER)
    world.act(take("hold", automatic=True), WATCH)
    world.act(acts.UndoMeasure(NAME), WATCH)
    world.act(take("suspend", name="M-000000000002"), MIRA)
    assert codes(world, acts.UndoMeasure("M-000000000002"), WATCH) == ["person_decided"]
    assert codes(world, take("hold", name="M-000000000003"), WATCH) == ["not_a_person"]


def test_what_goes_further_than_the_ladder_waits_and_less_is_taken_meanwhile() -> None:
    world = world_with(LADDER)
    changes = world.act(take("suspend", automatic=True, rate=0), WATCH)
    assert [each.kind for each in changes] == ["request.opened", "measure.taken"]
    (measure,) = world.standing().measures
    assert (measure.step.value, measure.id) == ("step_up", "M-0123456789ac")
    world.act(acts.ApproveRequest(changes[0].subject), MIRA)
    assert [each.step.value for each in world.standing().measures] == ["suspend", "step_up"]


def test_without_a_ladder_the_watch_only_watches() -> None:
    world = world_with()
    changes = world.act(take("throttle", automatic=True), WATCH)
    assert [each.kind for each in changes] == ["request.opened", "measure.taken"]
    assert [each.step.value for each in world.standing().measures] == ["watch"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("actor", [WATCH, MIRA])
def test_p9_stopping_a_guarded_caller_waits_for_the_authority_for_the_watch_too(step: str, actor: str) -> None:
    world = world_with(LADDER + GUARD)
    world.fact("ann", "vetting", "enhanced")
    changes = world.act(take(step, automatic=actor == WATCH), actor)
    stops, beyond = step in ("hold", "suspend", "revoke"), actor == WATCH and step in ("suspend", "revoke")
    stops = stops or (actor == WATCH and step != "watch")  # what no person decided is not noticed by whom an authority guards
    assert changes[0].kind == ("request.opened" if stops else "measure.taken")
    if stops:
        request = world.registry.requests[changes[0].subject]
        assert {each.authority for each in request.needs} == ({"agency", ""} if beyond else {"agency"})
        assert [each.step.value for each in world.standing().measures] == (["watch"] if actor == WATCH else [])
        world.act(acts.ApproveRequest(request.id), OLGA)
        assert world.standing().measures[0].step.value == step
    assert world.act(take("suspend", "person/ben", "M-000000000009"), MIRA)[0].kind == "measure.taken"


def test_p9_what_no_person_decided_about_a_guarded_caller_is_only_rehearsed_or_watched() -> None:
    world = world_with(LADDER + GUARD)
    world.fact("ann", "vetting", "enhanced")
    (asked, taken) = world.act(take("throttle", automatic=True), WATCH)
    assert (asked.kind, taken.kind) == ("request.opened", "measure.taken")
    assert [each.step.value for each in world.standing().measures] == ["watch"]
    assert world.act(take("throttle", name="M-000000000002", automatic=True, rehearsal=True), WATCH)[0].kind == "measure.taken"
    assert world.act(take("throttle", name="M-000000000003"), MIRA)[0].kind == "measure.taken", "a person decided it"
    free = world.act(take("throttle", "person/ben", "M-000000000004", automatic=True), WATCH)
    assert [each.kind for each in free] == ["measure.taken"], "nobody else is held up"


def test_the_watch_asks_once_for_one_step_about_one_target_however_often_it_would_take_it() -> None:
    world = world_with(LADDER)
    (asked, _) = world.act(take("suspend", automatic=True), WATCH)
    for number in range(1, 5):
        world = world.at(T0 + number * 3600 * SECOND)
        later = replace(take("suspend", name=f"M-{number}000000000a0", automatic=True), until=T0 + (number + 24) * 3600 * SECOND)
        assert [each.kind for each in world.act(later, WATCH)] == ["measure.taken"], "only the milder step is taken anew"
        assert not world.act(later, WATCH)
    assert [each.id for each in world.registry.requests.values() if each.state_at(world.now) == "open"] == [asked.subject]
    world.act(acts.DeclineRequest(asked.subject, "a drill"), MIRA)
    again = world.act(replace(take("suspend", name="M-0000000000b1", automatic=True), until=T0 + 9 * DAY), WATCH)
    assert again[0].kind == "request.opened", "who was told no may be asked again when it moves again"


def test_an_agreed_measure_lasts_from_the_agreement_on_and_not_from_the_asking() -> None:
    world = world_with(LADDER)
    (asked, _) = world.act(replace(take("suspend", automatic=True), until=T0 + 3600 * SECOND), WATCH)
    world = world.at(T0 + 2 * DAY)
    world.act(acts.ApproveRequest(asked.subject), MIRA)
    found = world.registry.measure(NAME)
    assert found is not None
    assert found.until == T0 + 2 * DAY + 3600 * SECOND


def test_what_is_taken_meanwhile_does_not_stand_in_the_way_of_asking() -> None:
    world = world_with(LADDER)
    world.act(replace(take("step_up", name="M-00000000000c"), until=FOREVER), MIRA)
    (asked,) = world.act(take("suspend", automatic=True, rate=0), WATCH)
    assert asked.kind == "request.opened"


def test_a_measure_on_a_model_or_key_finds_its_guarded_callers() -> None:
    world = world_with(GUARD_ALONE)
    world.fact("ann", "vetting", "enhanced")
    digest = issue(world, "person", "ann")
    key = next(each.id for each in world.registry.every_key() if each.digest == digest)
    assert world.act(take("suspend", f"key/{key}"), MIRA)[0].kind == "request.opened"
    assert world.act(take("hold", f"model/{FABLE.id}", "M-000000000002"), MIRA)[0].kind == "request.opened"


GUARD_ALONE = LADDER.replace('"ladder"', '"other"') + GUARD


def test_a_revoked_key_is_gone_for_good() -> None:
    world = world_with()
    digest = issue(world, "person", "ann")
    key = next(each.id for each in world.registry.every_key() if each.digest == digest)
    changes = world.act(take("revoke", f"key/{key}", until=FOREVER), MIRA)
    assert [each.kind for each in changes] == ["measure.taken", "key.revoked"]
    world.act(acts.UndoMeasure(NAME), MIRA)
    standing = world.registry.standing(digest, T0)
    assert standing is not None
    assert [each.why for each in standing.lapses] == ["ended"]


def test_an_appeal_is_made_once_and_changes_nothing() -> None:
    world = world_with()
    world.act(take("suspend"), MIRA)
    before = world.standing()
    world.act(acts.AppealMeasure(NAME, "It was an on-call night.\nAsk the lead."), MIRA)
    assert world.standing() == before
    found = world.registry.measure(NAME)
    assert found is not None
    assert found.appeal == "It was an on-call night.\nAsk the lead."
    assert codes(world, acts.AppealMeasure(NAME, "again")) == ["appealed_already"]
    world.act(acts.UndoMeasure(NAME), MIRA)
    assert "bad_text" in codes(world, acts.AppealMeasure(NAME, "x" * (MAX_WORDS + 1)))
    world.act(take("hold", name="M-000000000002"), MIRA)
    world.act(acts.UndoMeasure("M-000000000002"), MIRA)
    assert codes(world, acts.AppealMeasure("M-000000000002", "late")) == ["measure_over"]


def test_p9_noting_less_risk_than_the_watch_saw_takes_a_second_officer() -> None:
    world = world_with()
    world.act(acts.MoveRisk("person/ann", "high", T0 + DAY, ("Much.",)), WATCH)
    assert world.act(acts.MoveRisk("person/ann", "high", T0 + DAY, ("Much.",)), WATCH) == []
    assert world.act(acts.MoveRisk("person/ann", "low", T0 + DAY), MIRA)[0].kind == "request.opened"
    assert world.act(acts.MoveRisk("person/ann", "severe", T0 + DAY), MIRA)[0].kind == "risk.moved"
    assert world.act(acts.MoveRisk("person/ann", "none", T0 + DAY), WATCH)[0].kind == "risk.moved"
    assert world.act(acts.MoveRisk("person/ann", "none", T0 + DAY), WATCH) == []


def test_p9_noting_an_earlier_end_of_a_risk_takes_a_second_officer() -> None:
    world = world_with()
    world.act(acts.MoveRisk("person/ann", "high", T0 + DAY, ("Much.",)), WATCH)
    for band in ("high", "severe"):
        assert world.act(acts.MoveRisk("person/ann", band, T0 + SECOND), MIRA)[0].kind == "request.opened"
    assert world.act(acts.MoveRisk("person/ann", "high", T0 + 2 * DAY), MIRA)[0].kind == "risk.moved"
    assert world.act(acts.MoveRisk("person/ann", "high", T0 + SECOND), WATCH)[0].kind == "risk.moved"


def test_p9_withdrawing_a_ladder_takes_two_persons() -> None:
    world = world_with(LADDER)
    (change,) = world.act(acts.WithdrawInstrument("ladder"), FIRST)
    assert change.kind == "request.opened"
    world.act(acts.ApproveRequest(change.subject), OTHER)
    changes = world.act(take("hold", automatic=True), WATCH)
    assert changes[0].kind == "request.opened"
