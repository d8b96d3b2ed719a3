"""Guarded cohorts: stopping those whom an instrument protects waits for the named authority, and nobody else is held up."""

from __future__ import annotations

import contextlib

import pytest

from safeconduct.office import acts
from safeconduct.policy.guarded import Guards
from safeconduct.terms.faults import Refused
from safeconduct.terms.standing import Standing
from support.letters import FIRST, SECOND, put_in_force, steps
from support.registry_world import DAY, FABLE, T0, World, digest_number, issue, letter, small_world

GUARDED = """[instrument]
id = "mission"
authority = "provider"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "open"
effect = "permit"
models = ["claude-fable-5"]
cohort = 'true'

[[guard]]
id = "critical"
cohort = 'principal.vetting == "enhanced"'
authority = "agency"
say = "Mission-critical use; call the watch officer first."
"""


OPEN = GUARDED[: GUARDED.index("[[guard]]")].replace('"mission"', '"open"').replace("program_terms", "authorization")


def guarded_world() -> World:
    """ann is guarded, ben is not; olga is an officer of the agency, mira of the operator."""
    world = small_world()
    for name in ("provider", "agency"):
        world.act(acts.RegisterAuthority(name, name.title()))
    world.act(acts.CatalogModel(FABLE))
    for number, (name, authority) in enumerate((("olga", "agency"), ("mira", "")), 1):
        world.act(acts.AddOfficer(name, digest_number(100 * number), "", authority), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(100 * number + 1)), f"officer:{name}")
    world.fact("ann", "vetting", "enhanced")
    put_in_force(world, GUARDED)
    return world


STOPS = (
    acts.Suspend("person", "ann"),
    acts.End("person", "ann"),
    acts.LeaveOrganization("ann", "acme"),
    acts.Suspend("agent", "bot"),
    acts.Suspend("organization", "acme"),
    acts.End("organization", "acme", T0 + DAY),
    acts.Suspend("project", "red"),
)


@pytest.mark.parametrize("act", STOPS, ids=str)
def test_stopping_a_guarded_caller_waits_for_the_authority(act: acts.Act) -> None:
    world = guarded_world()
    (change,) = world.act(act, FIRST)
    request = world.registry.requests[change.subject]
    assert [(need.authority, need.why) for need in request.needs] == [
        ("agency", "Mission-critical use; call the watch officer first. (mission/critical)")
    ]
    with pytest.raises(Refused, match="waits for an officer of agency"):
        world.act(acts.ApproveRequest(request.id), "officer:mira")
    done = world.act(acts.ApproveRequest(request.id), "officer:olga")
    assert len(done) == 2


@pytest.mark.parametrize(
    "act", [acts.Suspend("person", "ben"), acts.Suspend("organization", "sub"), acts.LeaveOrganization("ben", "sub")], ids=str
)
def test_nobody_else_is_held_up(act: acts.Act) -> None:
    (change,) = guarded_world().act(act, FIRST)
    assert change.kind != "request.opened"


STOPS_BY_ANOTHER_NAME = (
    acts.AmendOrganization("acme", ends=T0 + DAY + 1),
    acts.AmendProject("red", ends=T0 + DAY + 1),
    acts.AmendProject("red", tier="prohibited"),
    acts.JoinOrganization("ann", "acme", starts=T0, ends=T0 + 1),
    acts.JoinOrganization("ann", "acme", starts=T0 + 2 * DAY),
)


@pytest.mark.parametrize("act", STOPS_BY_ANOTHER_NAME, ids=str)
def test_a_guard_is_not_got_round_by_new_dates(act: acts.Act) -> None:
    world = guarded_world().at(T0 + DAY)
    with contextlib.suppress(Refused):
        assert [change.kind for change in world.act(act, FIRST)] == ["request.opened"]
    assert not world.standing("ann", at=T0 + 2 * DAY).lapses
    assert world.registry.projects["red"].tier != "prohibited"


def test_new_dates_that_stop_nobody_wait_for_nobody() -> None:
    world = guarded_world().at(T0 + DAY)
    for act in (acts.AmendOrganization("acme", name="Acme Two"), acts.AmendProject("red", purpose="more tests")):
        (change,) = world.act(act, FIRST)
        assert change.kind != "request.opened"
    (change,) = world.act(acts.JoinOrganization("ann", "acme", role="lead", starts=T0), FIRST)
    assert change.kind == "membership.started"


def test_a_key_of_a_guarded_caller_waits_and_one_of_another_does_not() -> None:
    world = guarded_world()
    issue(world, "person", "ann")
    issue(world, "person", "ben", "sub")
    for name, kind in zip(list(world.registry.keys), ("request.opened", "key.revoked"), strict=True):
        (change,) = world.act(acts.RevokeKey(name), FIRST)
        assert change.kind == kind


def test_what_is_known_of_a_caller_no_more_is_no_guard() -> None:
    world = guarded_world()
    world.at(T0 + DAY)
    world.act(acts.WithdrawFact("ann", world.registry.facts_of("ann")[0].number, "wrong person"))
    (change,) = world.act(acts.Suspend("person", "ann"), FIRST)
    assert change.kind == "person.suspended"


def test_p9_withdrawing_a_guard_takes_a_second_officer() -> None:
    """And no more than that, where the guarded keep what they may use."""
    world = guarded_world()
    put_in_force(world, OPEN)
    (change,) = world.act(acts.WithdrawInstrument("mission"), FIRST)
    assert change.kind == "request.opened"
    world.act(acts.ApproveRequest(change.subject), SECOND)
    (change,) = world.act(acts.Suspend("person", "ann"), FIRST)
    assert change.kind == "person.suspended"


def test_withdrawing_what_guarded_callers_need_waits_for_their_authority() -> None:
    world = guarded_world()
    put_in_force(world, OPEN)
    (change,) = world.act(acts.WithdrawInstrument("open"), FIRST)
    assert change.kind == "instrument.withdrawn"  # the terms still permit everybody
    (change,) = world.act(acts.WithdrawInstrument("mission"), FIRST)
    needs = world.registry.requests[change.subject].needs
    assert [need.authority for need in needs] == ["", "agency"]
    world.act(acts.ApproveRequest(change.subject), "officer:olga")
    assert world.registry.instrument_versions("mission")[0].status == "withdrawn"


def test_withdrawing_a_model_that_guarded_callers_use_waits_for_their_authority() -> None:
    world = guarded_world()
    (change,) = world.act(acts.WithdrawModel(FABLE.id), FIRST)
    assert [need.authority for need in world.registry.requests[change.subject].needs] == ["agency"]
    world.at(T0 + DAY).act(acts.WithdrawFact("ann", world.registry.facts_of("ann")[0].number, "wrong person"))
    (change,) = world.act(acts.WithdrawModel(FABLE.id), SECOND)
    assert change.kind == "model.withdrawn"


def test_an_agent_far_below_counts_as_one_of_those_who_would_be_stopped() -> None:
    world = guarded_world()
    world.act(acts.RegisterAgent("top", "acme", "agent", "robo"))
    world.act(acts.RegisterAgent("low", "acme", "agent", "top", project="red"))
    guard = GUARDED.replace('principal.vetting == "enhanced"', 'principal.project == "red"')
    put_in_force(world, guard.replace('"mission"', '"second"'))
    (change,) = world.act(acts.Suspend("agent", "top"), FIRST)
    assert change.kind == "request.opened"


def test_people_whom_no_rule_tells_apart_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = guarded_world()
    for number in range(20):
        world.act(acts.RegisterPerson(f"p{number:02}", "sub"))
    asked: list[str] = []
    real = Guards.of

    def counted(self: Guards, standing: Standing, now: int) -> object:
        asked.append(standing.person)
        return real(self, standing, now)

    monkeypatch.setattr(Guards, "of", counted)
    (change,) = world.act(acts.Suspend("organization", "sub"), FIRST)
    assert change.kind == "organization.suspended"
    assert asked == ["ben"]


def test_a_letter_that_would_cut_guarded_callers_needs_their_authority() -> None:
    world = guarded_world()
    enter, transcribe, check, _, _, activate = steps(world.registry, letter("all"))
    for step in (enter, transcribe, check):
        world.act(step.act, step.actor)
    world.act(acts.RecordPreview("letter", 1, "d" * 64, {"lost": 1}, ("agency",)), FIRST)
    sha = world.registry.instrument_versions("letter")[0].sha256
    world.act(acts.ApproveInstrument("letter", 1, sha), SECOND)
    with pytest.raises(Refused, match="no officer of agency approved that"):
        world.act(activate.act, FIRST)
    world.act(acts.ApproveInstrument("letter", 1, sha), "officer:olga")
    world.act(activate.act, FIRST)
    assert world.registry.instrument_versions("letter")[0].status == "active"
