"""The population goes into the registry as officers would bring it there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.assembly.demo import tables
from safeconduct.assembly.demo.enrollment import OFFICER, SECOND, activate, enroll, enter, issue_keys, steps
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import Fate, populate
from safeconduct.assembly.demo.verdicts import State
from safeconduct.terms.faults import Refused
from support.demo_world import demo_desk, enrolled

WORLD = populate(150, 40)


def test_everything_that_the_files_say_is_recorded(tmp_path: Path) -> None:
    with demo_desk(tmp_path) as (_, desk):
        files = enrolled(desk, WORLD, tmp_path)
        registry, people = desk.registry, list(WORLD.everybody())
        assert set(registry.people) == {each.id for each in people}
        assert registry.organizations.keys() == {each.id for each in WORLD.organizations}
        assert registry.agents.keys() == {each.id for each in WORLD.agents}
        assert {each.id: each.parent for each in registry.organizations.values()} == {
            each.id: each.parent for each in WORLD.organizations
        }
        assert sum(len(registry.people[each.id].memberships) for each in people) == files.memberships
        assert {each.id for each in people if registry.people[each.id].suspended} == {
            each.id for each in people if each.fate is Fate.SUSPENDED
        }
        for row in json.loads(files.world.read_text())["evidence"]:
            assert len([each for each in registry.facts_of(row["person"]) if each.name == row["fact"]]) == 2


def test_one_bad_row_records_nobody_of_that_roster(tmp_path: Path) -> None:
    with demo_desk(tmp_path) as (_, desk):
        files = tables.write(WORLD, tmp_path, desk.now())
        lines = files.rosters[0].read_text().splitlines()
        files.rosters[0].write_text("\n".join([*lines, lines[1]]) + "\n")
        with pytest.raises(Refused, match=r"already in row|listed twice|twice"):
            enroll(desk, files)
        assert not list(desk.registry.people)


def test_keys_are_issued_to_person_and_agent_and_never_shown(tmp_path: Path) -> None:
    with demo_desk(tmp_path) as (_, desk):
        enrolled(desk, WORLD, tmp_path)
        callers = issue_keys(desk, WORLD)
        assert len({each.key for each in callers}) == len(callers) == 2 * len(WORLD.cast)
        assert [each.is_agent for each in callers[:2]] == [False, True]
        assert callers[1].kind == f"agent of: {callers[0].kind}"
        assert [each.who for each in callers[:2]] == ["person/p-0000000", "agent/agent-of-p-0000000"]
        assert not any(each.key in repr(each) for each in callers)


def test_p9_a_letter_takes_two_officers_and_enters_into_force_with_the_last_step(tmp_path: Path) -> None:
    documents = letters(WORLD)[State.AUTHORIZED]
    for letter in documents:
        assert [steps(letter)[0].actor, steps(letter)[-1].actor] == [OFFICER, SECOND]
    with demo_desk(tmp_path) as (_, desk):
        enrolled(desk, WORLD, tmp_path)
        enter(desk, documents)
        assert not any(each.activated_at is not None for each in desk.registry.instruments())
        done = activate(desk, documents)
        assert all(each.activated_at is not None for each in desk.registry.instruments())
        assert len({each.at for each in done.changes}) == 1
