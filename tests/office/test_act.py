"""The order of an act: every rule is asked, one fault refuses all, and a batch builds on itself."""

from __future__ import annotations

from typing import get_args

import pytest

from safeconduct.office import acts
from safeconduct.office.act import _RULES, plan
from safeconduct.terms.faults import Refused
from support.registry_world import T0, small_world


def _kinds(union: object) -> set[object]:
    inner = get_args(union)
    return set().union(*(_kinds(each) for each in inner)) if inner else {union}


def test_every_act_has_its_rule_and_its_name() -> None:
    kinds = _kinds(acts.Act)
    assert kinds - {acts.Batch, acts.ApproveRequest} == set(_RULES), "these two are judged by the acts they carry"
    names = [kind.act for kind in kinds]  # type: ignore[attr-defined]
    assert len(set(names)) == len(names)


def test_a_plan_names_act_subject_actor_and_moment() -> None:
    world = small_world()
    made = plan(acts.Suspend("person", "ann", "why"), world.registry, "officer", T0 + 5)
    assert (made.act, made.subject, made.actor, made.at) == ("party.suspend", "ann", "officer", T0 + 5)
    assert [(draft.kind, draft.actor, draft.at) for draft in made.changes] == [("person.suspended", "officer", T0 + 5)]
    assert world.registry.people["ann"].suspended is False


@pytest.mark.parametrize("actor", ["", "a\nb"])
def test_p9_nobody_acts_namelessly(actor: str) -> None:
    with pytest.raises(Refused, match="nobody is named"):
        plan(acts.Suspend("person", "ann"), small_world().registry, actor, T0)


def test_an_act_before_the_last_change_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="before the last change"):
        plan(acts.Suspend("person", "ann"), small_world().registry, "officer", T0 - 1)


def test_a_batch_builds_on_itself_and_tells_the_faults_of_all_its_acts() -> None:
    world = small_world()
    good = acts.Batch((acts.RegisterOrganization("neu", "Neu"), acts.RegisterPerson("eve", "neu")), "ready program")
    made = plan(good, world.registry, "officer", T0)
    assert (made.subject, len(made.changes)) == ("ready program", 3)
    assert "neu" not in world.registry.organizations
    bad = acts.Batch((acts.Suspend("person", "x"), acts.RegisterOrganization("neu", "Neu"), acts.Suspend("agent", "y")))
    with pytest.raises(Refused) as refused:
        plan(bad, world.registry, "officer", T0)
    assert [fault.code for fault in refused.value.faults] == ["unknown_person", "unknown_agent"]
