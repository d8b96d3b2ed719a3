"""An officer who is a person of the registry, too, lifts nothing that lies on that person: not alone, and not as the second."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.office.selves import is_of
from safeconduct.registry.bodies.officers import Needed, RequestOpened
from safeconduct.registry.changes import draft
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from support.cases import MIRA, NOOR, case_world
from support.registry_world import World, digest_number

NAME = "M-0123456789ab"
THIRD = "officer:olga"


def world_of_ann() -> World:
    """Officer mira is the person ann, whose agents helper and its sub answer to her; noor and olga are nobody here."""
    world = case_world()
    world.act(acts.AddOfficer("olga", digest_number(3000)), MIRA)
    (asked,) = [each for each in world.registry.requests.values() if each.status == "open"]
    world.act(acts.ApproveRequest(asked.id), NOOR)
    world.act(acts.KeyOfficer("olga", digest_number(3001)), THIRD)
    world.act(acts.RegisterAgent("helper", "acme", "person", "ann"))
    world.act(acts.RegisterAgent("sub", "acme", "agent", "helper"))
    world.act(acts.IssueKey("sub-key", digest_number(77), "agent", "sub", "acme"))
    world.act(acts.LinkOfficer("mira", "ann"), NOOR)
    return world


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize("who", ["person/ann", "agent/helper", "agent/sub", "key/sub-key"])
def test_p9_nobody_undoes_a_measure_on_himself(who: str) -> None:
    world = world_of_ann()
    world.act(acts.TakeMeasure(NAME, who, "watch", FOREVER, automatic=True), "watch")
    assert codes(world, acts.UndoMeasure(NAME)) == ["own_matter"]
    world.act(acts.UndoMeasure(NAME), NOOR)


def test_p9_nobody_agrees_to_what_lifts_a_measure_on_himself() -> None:
    world = world_of_ann()
    world.act(acts.TakeMeasure(NAME, "person/ann", "suspend", FOREVER), NOOR)
    world.now += 7_200_000_000
    (asked,) = world.act(acts.UndoMeasure(NAME), NOOR)
    assert codes(world, acts.ApproveRequest(asked.subject), MIRA) == ["own_matter"]
    world.act(acts.ApproveRequest(asked.subject), THIRD)
    found = world.registry.measure(NAME)
    assert found is not None
    assert found.undone_at == world.now


def test_p9_nobody_notes_less_risk_of_himself_and_anybody_notes_more() -> None:
    world = world_of_ann()
    world.act(acts.MoveRisk("person/ann", "high", FOREVER), "watch")
    assert codes(world, acts.MoveRisk("person/ann", "none", FOREVER)) == ["own_matter"]
    assert codes(world, acts.MoveRisk("person/ann", "high", world.now + 1)) == ["own_matter"]
    world.act(acts.MoveRisk("person/ann", "severe", FOREVER), MIRA)
    assert world.act(acts.MoveRisk("person/ann", "low", FOREVER), NOOR)[0].kind == "request.opened"


def test_p9_nobody_restores_himself_nor_releases_what_is_held_of_him() -> None:
    world = world_of_ann()
    world.act(acts.Suspend("agent", "helper"), MIRA)
    assert codes(world, acts.Restore("agent", "helper")) == ["own_matter"]
    caller = world.registry.leaf_pseudonym("acme", "ann")
    held = acts.ReleaseHeld("H-0123456789ab", "it is fine", restricted=False, organization="acme", caller=caller)
    assert codes(world, held) == ["own_matter"]
    world.act(held, NOOR)


def test_p9_nobody_releases_a_hold_on_his_content_nor_closes_a_case_about_himself() -> None:
    world = world_of_ann()
    world.act(acts.PlaceHold("h1", "person", "ann", "a claim"), NOOR)
    assert codes(world, acts.ReleaseHold("h1", "over")) == ["own_matter"]
    world.act(acts.RaiseCase("case-9", "person/ann", "probing", "Asked.", ("call_a_1",), severity="high"), "watch")
    assert codes(world, acts.CloseCase("case-9", "nothing")) == ["own_matter"]
    world.act(acts.CloseCase("case-9", "nothing"), NOOR)


def test_p9_nobody_declines_a_measure_that_waits_on_himself() -> None:
    world = world_of_ann()
    asked, *_ = world.act(acts.TakeMeasure(NAME, "person/ann", "revoke", FOREVER, automatic=True), "watch")
    assert asked.kind == "request.opened"
    assert codes(world, acts.DeclineRequest(asked.subject)) == ["own_matter"]
    world.act(acts.DeclineRequest(asked.subject), NOOR)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("party.suspend", {"kind": "person", "id": "ann"}),
        ("party.suspend", {"kind": "agent", "id": "sub"}),
        ("party.end", {"kind": "agent", "id": "helper"}),
        ("key.revoke", {"id": "sub-key"}),
        ("membership.end", {"person": "ann", "organization": "acme"}),
        ("content.ask", {"id": "call_a_1", "case": "case-9"}),
        ("measure.take", {"who": "agent/sub", "step": "of an older version"}),
    ],
)
def test_p9_nobody_declines_a_stop_or_a_look_that_waits_on_himself(kind: str, body: dict[str, str]) -> None:
    """A stop of a guarded caller waits for the authority: the caller, an officer too, could have said no to it meanwhile."""
    world = world_of_ann()
    world.act(acts.RaiseCase("case-9", "person/ann", "probing", "Asked.", ("call_a_1",), severity="high"), "watch")
    needs = (Needed("a guard", "agency"),)
    opened = RequestOpened(act=kind, target="ann", body=body, needs=needs, expires=FOREVER, why="seen")
    world.take((draft(world.now, THIRD, "request.opened", "r-1", opened),))
    assert codes(world, acts.DeclineRequest("r-1")) == ["own_matter"]
    world.act(acts.DeclineRequest("r-1"), NOOR)


def test_p9_one_links_and_two_set_free() -> None:
    world = world_of_ann()
    assert world.registry.officers["mira"].person == "ann"
    (asked,) = world.act(acts.LinkOfficer("mira", ""), MIRA)
    assert asked.kind == "request.opened"
    assert world.registry.officers["mira"].person == "ann"
    world.act(acts.ApproveRequest(asked.subject), NOOR)
    assert world.registry.officers["mira"].person == ""
    assert codes(world, acts.LinkOfficer("mira", "nobody")) == ["unknown_person"]
    assert codes(world, acts.LinkOfficer("nobody", "ann")) == ["unknown_officer"]


def test_what_answers_to_nobody_is_nobodys() -> None:
    world = world_of_ann()
    assert is_of(world.registry, "key/sub-key", "ann")
    for who in ("person/ben", "agent/gone", "key/gone", "organization/acme", "model/m", ""):
        assert not is_of(world.registry, who, "ann")
