"""The population goes into the registry in one act, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from safeconduct.assembly.demo.enrollment import activate, enroll, enter, issue_keys
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import State
from safeconduct.terms.faults import Refused
from support.demo_world import demo_desk

WORLD = populate(80, 8)


def test_one_act_records_everybody(tmp_path: Path) -> None:
    with demo_desk(tmp_path) as (_, desk):
        done = enroll(desk, WORLD, desk.now())
        assert done.plan.act == "batch"
        assert desk.registry.people.keys() == {each.id for each in WORLD.people}
        assert desk.registry.organizations.keys() == {each.id for each in WORLD.organizations}
        assert desk.registry.agents.keys() == {each.agent for each in WORLD.cast}
        assert [each.parent for each in desk.registry.organizations.values() if each.parent] == [f.sponsor for f in WORLD.firms]


def test_one_bad_row_records_nobody(tmp_path: Path) -> None:
    broken = replace(WORLD, people=(*WORLD.people, WORLD.people[0]))
    with demo_desk(tmp_path) as (_, desk):
        with pytest.raises(Refused, match="listed twice"):
            enroll(desk, broken, desk.now())
        assert desk.registry.version == 0


def test_keys_are_issued_to_person_and_agent_and_never_shown(tmp_path: Path) -> None:
    with demo_desk(tmp_path) as (_, desk):
        enroll(desk, WORLD, desk.now())
        callers = issue_keys(desk, WORLD)
        assert len({each.key for each in callers}) == len(callers) == 2 * len(WORLD.cast)
        assert [each.is_agent for each in callers[:2]] == [False, True]
        assert callers[1].kind == f"agent of: {callers[0].kind}"
        assert not any(each.key in repr(each) for each in callers)


def test_entering_puts_nothing_in_force_and_activating_does(tmp_path: Path) -> None:
    documents = letters(WORLD)[State.AUTHORIZED]
    with demo_desk(tmp_path) as (_, desk):
        enroll(desk, WORLD, desk.now())
        enter(desk, documents)
        assert {each.status for each in desk.registry.instruments()} == {"entered"}
        done = activate(desk, documents)
        assert {each.status for each in desk.registry.instruments()} == {"active"}
        assert len({each.at for each in done.changes}) == 1
