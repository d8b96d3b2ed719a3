"""What the log may say in plain words about an act: never an id that could be a person's name."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from safeconduct.office import acts
from safeconduct.office.about import about, organization
from safeconduct.terms.standing import Model

MODEL = Model("m-1", "up", "m-1", frozenset({"messages"}), "standard", "m", "M")
NAMING_PEOPLE = (
    acts.RegisterPerson("ann.lee", "acme"),
    acts.JoinOrganization("ann.lee", "acme"),
    acts.LeaveOrganization("ann.lee", "acme"),
    acts.RegisterAgent("ann-helper", "acme", "person", "ann.lee"),
    acts.End("person", "ann.lee"),
    acts.Suspend("agent", "ann-helper"),
    acts.Restore("person", "ann.lee"),
    acts.IssueKey("key-1", b"d" * 32, "person", "ann.lee", "acme"),
    acts.RevokeKey("key-1"),
    acts.RecordFact("ann.lee", "role", "x", "hr", "hr", "doc", 1, 2, "acme"),
    acts.WithdrawFact("ann.lee", 3),
    acts.AddOfficer("ann.lee", b"d" * 32),
    acts.KeyOfficer("ann.lee", b"d" * 32),
    acts.EndOfficer("ann.lee"),
    acts.LinkOfficer("mira", "ann.lee"),
    acts.ErasePerson("ann.lee", "erased-1", "mistake"),
    acts.MoveRisk("person/ann.lee", "high", 2, ("Much.",)),
    acts.ListCanaries("acme", "for ann.lee", "0" * 16),
    acts.RemoveCanaries("acme", "for ann.lee"),
    acts.Batch((), "for ann.lee"),
)


@pytest.mark.parametrize("act", NAMING_PEOPLE, ids=lambda act: act.act)
def test_p8_no_act_about_a_person_says_whom(act: acts.Act) -> None:
    assert about(act) == ""
    assert organization(act) in ("", "acme")


def test_p8_every_other_act_was_thought_of() -> None:
    named = {type(each) for each in NAMING_PEOPLE}
    left = {each for each in _all_acts() if each not in named}
    told = {
        each
        for each in left
        if about(_blank(each)) == "" and each not in (acts.End, acts.Suspend, acts.Restore, acts.RecordResource)
    }
    assert told == set(), "an act without an id in the log is listed above as naming people"


def test_acts_about_letters_models_and_organizations_are_told_by_id() -> None:
    assert about(acts.ActivateInstrument("us-1")) == "us-1"
    assert about(acts.CatalogModel(MODEL)) == "m-1"
    assert about(acts.End("organization", "acme")) == "acme"
    assert organization(acts.End("organization", "acme")) == "acme"
    assert organization(acts.Suspend("project", "red")) == ""
    assert organization(acts.RegisterProject("red", "acme", "n", "p", "t")) == "acme"


def _all_acts() -> set[type]:
    found: set[type] = set()
    for each in get_args(acts.Act):
        found |= set(get_args(each)) or {each}
    return found


def _blank(shape: type) -> acts.Act:
    if shape is acts.CatalogModel:
        return acts.CatalogModel(MODEL)
    made = object.__new__(shape)
    for name in (each.name for each in fields(shape)):
        object.__setattr__(made, name, "some-id")
    return made  # type: ignore[return-value]
