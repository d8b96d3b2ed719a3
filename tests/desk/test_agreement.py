"""Agreements across crashes: whatever dies between asking, agreeing and doing, an act that needs two has two, or is not done."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.office import acts
from safeconduct.registry import keys
from safeconduct.terms.faults import Refused
from support.letters import FIRST, SECOND, put_in_force, steps
from support.registry_desk import Crash, Office
from support.registry_world import FABLE, letter

STEPS = ("store.intend", "journal.performed", "store.append", "store.append.after")


def strike(office: Office, step: str) -> None:
    where, _, name = step.partition(".")
    (office.store if where == "store" else office.journal).crash = name


def opened(folder: Path) -> Office:
    office = Office(folder)
    office.desk.perform(acts.RegisterAuthority("provider", "Provider"))
    office.desk.perform(acts.CatalogModel(FABLE))
    return office


@pytest.mark.parametrize("step", STEPS)
def test_p9_a_crash_while_agreeing_leaves_both_agreement_and_effect_or_neither(tmp_path: Path, step: str) -> None:
    office = opened(tmp_path)
    put_in_force(office.desk, letter("one"))
    asked = office.desk.perform(acts.WithdrawInstrument("letter"), actor=FIRST)
    strike(office, step)
    with pytest.raises(Crash):
        office.desk.perform(acts.ApproveRequest(asked.plan.request), actor=SECOND)
    registry = office.reopen().registry
    done = registry.requests[asked.plan.request].status == "done"
    assert (registry.instruments()[0].status == "withdrawn") == done
    assert done == (step == "store.append.after")
    if not done:
        office.desk.perform(acts.ApproveRequest(asked.plan.request), actor=SECOND)
    assert office.desk.registry.instruments()[0].status == "withdrawn"
    assert not office.performed_without_changes()


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_between_two_steps_of_a_letter_leaves_it_where_it_was(tmp_path: Path, number: int, step: str) -> None:
    office = opened(tmp_path)
    todo = steps(office.desk.registry, letter("one"))
    for each in todo[:number]:
        office.desk.perform(each.act, actor=each.actor)
    strike(office, step)
    with pytest.raises(Crash):
        office.desk.perform(todo[number].act, actor=todo[number].actor)
    office.reopen()
    rest = todo[number + 1 :] if step == "store.append.after" else todo[number:]
    for each in rest:
        office.desk.perform(each.act, actor=each.actor)
    assert office.desk.registry.instruments()[0].status == "active"


def test_an_officer_sits_at_the_desk_with_a_key_and_nobody_else_does(tmp_path: Path) -> None:
    office = opened(tmp_path)
    desk = office.desk
    text, digest = desk.fresh_officer_key()
    assert keys.looks_like_officer_key(text)
    assert not keys.looks_like_key(text), "an officer's key is no caller's key"
    desk.perform(acts.AddOfficer("mira", digest))
    assert desk.sit(text) == desk.actor == "officer:mira"
    caller = keys.mint(bytes(32))
    for wrong in ("", caller, text[:-1], text + "x", text.replace("sc-officer-", "sc-key-")):
        with pytest.raises(Refused, match="the key of no officer"):
            desk.sit(wrong)
    fresh, digest = desk.fresh_officer_key()
    desk.perform(acts.KeyOfficer("mira", digest))
    with pytest.raises(Refused):
        desk.sit(text)
    assert desk.sit(fresh) == "officer:mira"
