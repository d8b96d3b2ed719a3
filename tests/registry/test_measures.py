"""Measures and risk as the registry keeps them: in force by the clock, found by id, told by a standing."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.registry.measures import MAX_ENDED, MeasureRecord, answered, kept
from safeconduct.registry.records import FactRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.measures import STEPS
from safeconduct.terms.moments import FOREVER
from support.registry_world import DAY, PSEUDONYM_KEY, T0, World, issue, small_world

OFFICER = "officer"


def taken(world: World, who: str, step: str = "suspend", number: int = 1, **more: object) -> str:
    name = f"M-{number:012x}"
    rate = 30 if step == "throttle" else 0
    world.act(acts.TakeMeasure(name, who, step, **{"until": T0 + DAY, "rate": rate, **more}))  # type: ignore[arg-type]
    return name


@pytest.mark.parametrize("who", ["person/ann", "organization/acme", "project/red"])
def test_a_standing_tells_the_measures_on_every_link(who: str) -> None:
    world = small_world()
    name = taken(world, who)
    ann = world.registry.standing_for(person="ann", organization="acme", project="red", now=T0)
    ben = world.registry.standing_for(person="ben", organization="sub", now=T0)
    assert [each.id for each in ann.measures] == [name]
    assert bool(ben.measures) is (who == "organization/acme")  # acme stands above sub
    measure = world.registry.measure(name)
    assert measure is not None
    assert measure.state_at(T0) == "in force"


def test_a_measure_on_a_person_bears_on_the_agents_and_one_on_a_key_on_the_key_alone() -> None:
    world = small_world()
    digest, agent = issue(world, "person", "ann"), issue(world, "agent", "bot")
    key = next(each.id for each in world.registry.every_key() if each.digest == digest)
    taken(world, f"key/{key}")
    by_key, by_agent = world.registry.standing(digest, T0), world.registry.standing(agent, T0)
    assert by_key is not None
    assert by_agent is not None
    assert (len(by_key.measures), len(by_agent.measures)) == (1, 0)
    taken(world, "person/ann", number=2)
    again = world.registry.standing(agent, T0)
    assert again is not None
    assert [each.who for each in again.measures] == ["person/ann"]


def test_p5_a_measure_ends_by_the_clock_and_the_standing_knows_when() -> None:
    world = small_world()
    before = world.standing()
    taken(world, "person/ann")
    assert world.standing().next_change == T0 + DAY
    assert world.standing(at=T0 + DAY - 1).measures
    after = world.standing(at=T0 + DAY)
    assert (after.measures, after.hash) == ((), before.hash)


def test_p6_an_undone_measure_leaves_the_standing_as_it_was_and_history_knows_both() -> None:
    world = small_world()
    before = world.standing()
    name = taken(world, "person/ann")
    under = world.standing()
    world.at(T0 + 5).act(acts.UndoMeasure(name, "wrong one"))
    assert world.standing().hash == before.hash != under.hash
    assert Registry.fold(world.changes, PSEUDONYM_KEY, until=T0).standing_for(person="ann", organization="acme", now=T0) == under
    found = world.registry.measure(name)
    assert found is not None
    assert (found.state_at(T0 + 6), found.undone_by, found.undone_why) == ("undone", OFFICER, "wrong one")


def test_the_strongest_measure_comes_first() -> None:
    world = small_world()
    for number, step in enumerate(("watch", "revoke", "throttle", "suspend"), 1):
        taken(world, "person/ann", step, number)
    assert [each.step.value for each in world.standing().measures] == ["revoke", "suspend", "throttle", "watch"]


def test_fresh_evidence_of_identity_answers_a_step_up() -> None:
    world = small_world()
    world.fact("ann", "assurance", "aal2")
    world.at(T0 + 10)
    taken(world, "person/ann", "step_up", until=FOREVER)
    assert world.standing().measures
    world.at(T0 + 20).fact("ann", "assurance", "aal2", since=T0 + 20, until=T0 + 30)
    assert not world.standing().measures
    assert world.standing().next_change == T0 + 30
    assert world.standing(at=T0 + 30).measures
    assert not world.registry.standing_for(person="ann", organization="acme", now=T0 + 20, wanted=()).measures


def test_a_project_s_agent_cannot_answer_a_step_up() -> None:
    world = small_world()
    taken(world, "agent/robo", "step_up")
    standing = world.registry.standing_for(agent="robo", organization="acme", now=T0)
    assert [each.step.value for each in standing.measures] == ["step_up"]


def test_risk_is_that_of_the_caller_s_own_links_and_fades_at_its_end() -> None:
    world = small_world()
    for who, band in (("person/ann", "low"), ("agent/bot", "severe"), ("organization/acme", "high"), ("model/none", "high")):
        if not who.startswith("model"):
            world.act(acts.MoveRisk(who, band, T0 + DAY, ("Much.",)), "watch")
    agent = world.registry.standing_for(agent="bot", organization="acme", now=T0)
    assert (world.standing().risk, agent.risk) == ("low", "severe")
    assert world.standing(at=T0 + DAY).risk == "none"
    assert world.registry.marks("organization/acme").band(T0) == "high"
    world.at(T0 + 1).act(acts.MoveRisk("person/ann", "none", T0 + DAY), "watch")
    assert world.standing().risk == "none"


def test_marks_of_what_is_not_known_are_none() -> None:
    registry = small_world().registry
    for who in ("person/nobody", "key/none", "agent/none", "project/none", "organization/none", "model/none", "thing/x", ""):
        assert not registry.marks(who).measures
    assert registry.measure("M-000000000009") is None


def _record(number: int, until: int) -> MeasureRecord:
    return MeasureRecord(f"M-{number:012x}", "person/ann", STEPS[0].value, 0, until, "x")


def test_what_is_listed_is_bounded_and_what_lasts_always_is() -> None:
    many = tuple(_record(number, 10 if number % 2 else FOREVER) for number in range(4 * MAX_ENDED))
    left = kept(many, 20)
    assert [each for each in left if each.lasts(20)] == [each for each in many if each.lasts(20)]
    over = [each for each in left if not each.lasts(20)]
    assert over == [each for each in many if not each.lasts(20)][-MAX_ENDED:]


def test_evidence_from_before_the_measure_or_not_yet_verified_answers_nothing() -> None:
    records = [FactRecord(1, "assurance", "aal2", "s", "v", "m", since, FOREVER) for since in (T0, T0 + 50)]
    assert answered(records, T0 + 1, T0 + 10) == (False, T0 + 50)
    assert answered(records, T0 + 1, T0 + 50) == (True, FOREVER)
    assert answered((), T0, T0) == (False, None)
