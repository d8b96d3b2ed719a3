"""Which policy follows from the registry: only what was activated, each document read once, and nothing half-read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from safeconduct.exchange import rules as module
from safeconduct.exchange.rules import Rules
from safeconduct.office import acts
from safeconduct.policy.context import Context
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, show
from support.exchange_world import FABLE, MYTHOS, OLD, Scene, forbid, instrument, permit, scene
from support.letters import put_in_force, steps
from support.registry_world import PSEUDONYM_KEY


def _rules(at: Scene, rules: Rules | None = None) -> set[str]:
    return {rule.id for rule in (rules or Rules())(at.world.registry, at.now).compiled.rules}


def test_what_was_entered_but_not_activated_is_not_in_force() -> None:
    at = scene()
    before = _rules(at)
    for step in steps(at.world.registry, instrument("more", permit("p", MYTHOS))):
        assert _rules(at) == before
        at.act(step.act, step.actor)
    assert _rules(at) == before | {"more/p"}


def test_what_was_withdrawn_is_not_in_force_and_is_still_known() -> None:
    at = scene()
    at.at(at.now + SECOND).act(acts.WithdrawInstrument("terms"))
    policy = Rules()(at.world.registry, at.now)
    assert policy.compiled.rules == ()
    assert {reach.instrument for reach in policy.compiled.reach} == {"terms"}


def test_every_model_has_its_slice_and_withdrawn_ones_too() -> None:
    at = scene()
    policy = Rules()(at.world.registry, at.now)
    for model in (FABLE, OLD):
        part = policy.slice_of(model.id)
        assert part is not None
        assert "terms/everyone" in part.rules


def test_the_boundary_is_the_next_moment_that_changes_anything() -> None:
    at = scene()
    starts, ends = at.now + 60 * SECOND, at.now + 90 * SECOND
    text = instrument("stop", forbid("all", FABLE), kind="requirement", effective=show(starts), more=f"until = {show(ends)}\n")
    at.enter("stop", text)
    rules = Rules()
    assert rules(at.world.registry, at.now).boundary == starts
    assert rules(at.world.registry, starts).boundary == ends


def test_a_document_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at, rules, reads = scene(), Rules(), []
    real = module.read

    def counting(*arguments: Any) -> Any:
        reads.append(arguments[2])
        return real(*arguments)

    monkeypatch.setattr(module, "read", counting)
    for _ in range(3):
        rules(at.world.registry, at.now)
    assert reads == ["terms.toml"]
    put_in_force(at.world, instrument("terms", permit("p", FABLE)))
    assert _rules(at, rules) == {"terms/p"}
    assert reads == ["terms.toml"] * 2, "a new version is another document"


def test_annexes_are_read_with_their_document() -> None:
    at = scene()
    lines = "organization,scope\nacme,\n"
    digest = hashlib.sha256(lines.encode()).hexdigest()
    text = instrument("listed", permit("p", MYTHOS, cohort='principal.organization in Annex::"a"')) + (
        f'[[annex]]\nid = "a"\nfile = "a.csv"\nsha256 = "{digest}"\n'
    )
    put_in_force(at, text, {"a.csv": lines})
    assert Rules()(at.world.registry, at.now).compiled.annexes.keys() == {"acme"}


@pytest.mark.parametrize(("scope", "stopped"), [("", ()), ("and subsidiaries", ("eve",)), ("and contractors", ("ben",))])
def test_p1_a_prohibition_reaches_below_an_organization_as_its_annex_says(scope: str, stopped: tuple[str, ...]) -> None:
    at = scene()
    at.act(acts.RegisterOrganization("unit", "Unit", parent="acme", relation="subsidiary"))
    at.act(acts.RegisterPerson("eve", "unit"))
    lines = f"organization,scope\nacme,{scope}\n"
    digest = hashlib.sha256(lines.encode()).hexdigest()
    text = instrument("barred", forbid("b", FABLE, cohort='principal.organization in Annex::"a"'), kind="requirement") + (
        f'[[annex]]\nid = "a"\nfile = "a.csv"\nsha256 = "{digest}"\n'
    )
    put_in_force(at, text, {"a.csv": lines})
    policy, context = Rules()(at.world.registry, at.now), Context(dialect="messages")
    below = {"ben": "sub", "eve": "unit"}
    told = {who: policy.decide(at.world.standing(who, home), FABLE, context, at.now) for who, home in below.items()}
    assert {who for who, decision in told.items() if not decision.permits} == set(stopped)
    assert not policy.decide(at.world.standing(), FABLE, context, at.now).permits, "acme itself is listed by every line"


def _garbled(at: Scene, name: str) -> Registry:
    """The same history, but with a document that nobody can read."""
    changes = [
        replace(change, body={**change.body, "text": "[instrument"})
        if (change.kind, change.subject) == ("instrument.entered", name)
        else change
        for change in at.world.changes
    ]
    return Registry.fold(changes, PSEUDONYM_KEY)


def test_a_document_that_cannot_be_read_is_refused_whole() -> None:
    at = scene()
    with pytest.raises(Refused) as refused:
        Rules()(_garbled(at, "terms"), at.now)
    assert "terms.toml" in refused.value.faults[0].where


def test_a_document_that_was_never_activated_is_not_even_read() -> None:
    at = scene()
    at.act(acts.EnterInstrument("draft", instrument("draft", permit("p", MYTHOS))))
    assert Rules()(_garbled(at, "draft"), at.now).compiled.rules


def test_a_later_document_does_not_change_the_policy_of_an_earlier_moment() -> None:
    at = scene()
    hashes = [Rules()(at.world.registry, at.now).hash]
    at.at(at.now + SECOND).enter("more", instrument("more", permit("p", MYTHOS)))
    then: list[Change] = [change for change in at.world.changes if change.at < at.now]
    hashes.append(Rules()(Registry.fold(then, PSEUDONYM_KEY), at.now).hash)
    assert hashes[0] == hashes[1] != Rules()(at.world.registry, at.now).hash
