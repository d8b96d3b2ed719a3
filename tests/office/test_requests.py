"""Acts that wait: nothing happens meanwhile, they are judged anew when agreed to, and the asker cannot agree."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.office import acts
from safeconduct.office.requests import DAYS, WAITING, act_of
from safeconduct.registry.papers import Request
from safeconduct.terms.faults import Refused
from support.letters import FIRST, SECOND, put_in_force
from support.registry_world import DAY, FABLE, T0, World, digest_number, letter, small_world

WITHDRAW = acts.WithdrawInstrument("letter", 1, "drill over")


def asked() -> tuple[World, str]:
    """A world in which FIRST asked for the withdrawal of a letter that forbids."""
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    put_in_force(world, letter("one"))
    (change,) = world.act(WITHDRAW, FIRST)
    return world, change.subject


def codes(world: World, act: acts.Act, actor: str = SECOND) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def test_p9_nothing_happens_while_it_waits_and_all_of_it_when_agreed() -> None:
    world, request = asked()
    assert world.registry.instruments()[0].status == "active"
    changes = world.act(acts.ApproveRequest(request), SECOND)
    assert [(each.kind, each.actor) for each in changes] == [("request.approved", SECOND), ("instrument.withdrawn", FIRST)]
    assert world.registry.requests[request].status == "done"
    assert codes(world, acts.ApproveRequest(request), "officer-c") == ["closed_request"]


def test_p9_the_asker_and_an_account_cannot_agree() -> None:
    world, request = asked()
    assert codes(world, acts.ApproveRequest(request), FIRST) == ["own_work"]
    assert codes(world, acts.ApproveRequest(request), "os:root") == ["officer_wanted"]
    assert codes(world, acts.DeclineRequest(request), "os:root") == ["officer_wanted"]


def test_an_expired_request_is_dead() -> None:
    world, request = asked()
    world.at(T0 + DAYS * DAY)
    assert world.registry.requests[request].state_at(world.now) == "expired"
    assert codes(world, acts.ApproveRequest(request)) == ["expired_request"]
    assert codes(world, acts.DeclineRequest(request)) == ["expired_request"]
    world.act(WITHDRAW, FIRST)
    assert [each.state_at(world.now) for each in world.registry.requests.values()] == ["expired", "open"]


def test_what_is_declined_never_happens_and_can_be_asked_for_anew() -> None:
    world, request = asked()
    assert codes(world, WITHDRAW, "officer-c") == ["asked_already"]
    world.act(acts.DeclineRequest(request, "not yet"), SECOND)
    assert world.registry.requests[request].closed_by == SECOND
    assert codes(world, acts.ApproveRequest(request)) == ["closed_request"]
    world.act(WITHDRAW, FIRST)


def test_it_is_judged_anew_by_what_is_so_at_that_moment() -> None:
    world, request = asked()
    put_in_force(world, letter("two"))
    world.act(acts.WithdrawInstrument("letter", 2), FIRST)
    world.act(acts.ApproveRequest(f"r{world.registry.version}"), SECOND)
    world.act(acts.ApproveRequest(request), SECOND)
    assert [each.status for each in world.registry.instruments()] == ["withdrawn", "withdrawn"]


def test_an_act_that_no_longer_stands_up_is_refused_and_the_request_stays() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    moved = msgspec.convert({**msgspec.to_builtins(FABLE), "tier": "standard"}, type(FABLE))
    (change,) = world.act(acts.CatalogModel(moved, replace=True), FIRST)
    world.act(acts.WithdrawModel(FABLE.id))
    other = msgspec.convert(
        {**msgspec.to_builtins(FABLE), "id": "other-1", "served_as": "other-1", "aliases": [FABLE.id]}, type(FABLE)
    )
    world.act(acts.CatalogModel(other))
    assert codes(world, acts.ApproveRequest(change.subject)) == ["model_name_taken"]
    assert world.registry.requests[change.subject].status == "open"


def test_an_asker_who_is_no_officer_any_more_asks_nothing() -> None:
    world = small_world()
    for number, name in enumerate(("mira", "noor"), 1):
        world.act(acts.AddOfficer(name, digest_number(10 * number)), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(10 * number + 1)), f"officer:{name}")
    (change,) = world.act(acts.AddOfficer("olga", digest_number(30)), "officer:mira")
    world.act(acts.EndOfficer("mira"), "officer:noor")
    assert codes(world, acts.ApproveRequest(change.subject), "officer:noor") == ["no_officer"]
    assert "olga" not in world.registry.officers


def test_what_needs_agreement_cannot_hide_in_a_batch() -> None:
    world, _ = asked()
    put_in_force(world, letter("other").replace('"letter"', '"other"'))
    assert codes(world, acts.Batch((acts.WithdrawInstrument("other"),)), FIRST) == ["cannot_wait"]


@pytest.mark.parametrize("name", WAITING)
def test_every_act_that_may_wait_is_kept_whole(name: str) -> None:
    samples: dict[str, acts.Act] = {
        each.act: each
        for each in (
            acts.ActivateInstrument("letter", 1),
            WITHDRAW,
            acts.CatalogModel(FABLE, replace=True),
            acts.EnterPack("pack", "text"),
            acts.KeyAuthority("bis", "key"),
            acts.AddOfficer("olga", digest_number(3), "Olga", "bis"),
            acts.KeyOfficer("olga", digest_number(4)),
            acts.Suspend("person", "ann", "why"),
            acts.End("person", "ann", T0, "why"),
            acts.TakeMeasure("M-0123456789ab", "person/ann", "throttle", T0, "Slow down.", "burst", "case-1", rate=30),
            acts.UndoMeasure("M-0123456789ab", "why"),
            acts.MoveRisk("person/ann", "high", T0, ("Much.",)),
            acts.RevokeKey("key-1", "why"),
            acts.LeaveOrganization("ann", "acme", None, "why"),
            acts.AmendProject("red", tier="benign"),
            acts.AmendOrganization("acme", "Acme", T0, ("glass",)),
            acts.JoinOrganization("ann", "acme", "engineer", T0, T0 + 1),
            acts.Restore("person", "ann", "why"),
            acts.WithdrawModel(FABLE.id, "why"),
            acts.AskReading("call_ab_1", "answer", "leak", "acme", "why", FIRST),
            acts.ReleaseHold("h1", "why"),
            acts.ReleaseHeld("H-0123456789ab", "why", organization="acme"),
            acts.ErasePerson("ann", "erased-1", "mistake", "why", True, (("standard", T0),)),
            acts.PruneLog("test.example/log", 512, "why"),
            acts.ListCanaries("acme", "seeds", "0" * 16, "1" * 16, replace=True, why="why"),
            acts.RemoveCanaries("acme", "seeds", "why"),
            acts.LinkOfficer("mira", "ann", "why"),
        )
    }
    sample = samples[name]
    request = Request("r1", name, "x", msgspec.to_builtins(sample), FIRST, "", (), T0, T0)
    assert act_of(request) == sample


def test_a_request_of_an_act_that_nobody_knows_is_refused() -> None:
    for name, body in (("no.such", {}), (WITHDRAW.act, {"odd": 1})):
        with pytest.raises(Refused, match="decline it"):
            act_of(Request("r1", name, "x", body, FIRST, "", (), T0, T0))
