"""The registry as one value: exact names, instruments with their history, and one answer to what was so at T."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.office import acts
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER
from support.letters import agreed, put_in_force, take_back
from support.registry_world import DAY, FABLE, PSEUDONYM_KEY, T0, World, issue, letter, small_world


def test_models_are_resolved_by_exact_name_once() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert world.registry.resolve_model("claude-fable-5") == FABLE
    assert world.registry.resolve_model("fable") == FABLE
    for name in ("Fable", "fable ", "fable\u200b", "ｆable", "claude-fable-5-latest", "claude-fable", ""):  # noqa: RUF001
        assert world.registry.resolve_model(name) is None
    assert world.registry.models() == [FABLE]


def test_instruments_keep_every_version_and_its_moments() -> None:
    world = small_world()
    annex = "organization\nacme\n"
    world.act(acts.CatalogModel(FABLE))
    world.act(acts.RegisterAuthority("provider", "Provider"))
    put_in_force(world.at(T0 + DAY), letter("first", annex=annex), {"a.csv": annex})
    put_in_force(world.at(T0 + 3 * DAY), letter("second"))
    first, second = world.registry.instruments()
    assert (first.version, first.status, first.activated_at, first.withdrawn_at) == (1, "superseded", T0 + DAY, T0 + 3 * DAY)
    assert (second.version, second.status, second.activated_at, second.withdrawn_at) == (2, "active", T0 + 3 * DAY, None)
    assert first.annexes == {"a.csv": annex}
    take_back(world, "letter")
    assert world.registry.instrument_versions("letter")[1].status == "withdrawn"


def test_a_resource_has_one_owner() -> None:
    world = small_world()
    world.act(acts.RecordResource("file-1", "acme"))
    assert world.registry.resource_owner("file-1") == "acme"
    assert world.registry.resource_owner("file-2") is None


def test_what_is_handed_out_is_read_only() -> None:
    world = small_world()
    with pytest.raises(TypeError):
        world.registry.people["eve"] = world.registry.people["ann"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        world.registry.people["ann"].name = "Eve"  # type: ignore[misc]


def test_a_short_pseudonym_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Registry(b"short")


def test_a_caller_is_a_person_or_an_agent() -> None:
    with pytest.raises(ValueError, match="either"):
        small_world().registry.standing_for(organization="acme", now=T0)
    with pytest.raises(ValueError, match="either"):
        small_world().registry.standing_for(organization="acme", person="ann", agent="bot", now=T0)


def _eventful() -> tuple[World, bytes]:
    world = small_world()
    digest = issue(world, "person", "ann")
    steps: list[acts.Act] = [
        acts.RecordFact("ann", "vetting", "level-1", "hr", "v", "m", T0, T0 + 40 * DAY),
        acts.Suspend("person", "ann"),
        acts.Restore("person", "ann"),
        acts.RecordFact("ann", "us_citizen", "yes", "hr", "v", "m", T0, FOREVER),
        acts.Suspend("organization", "acme"),
        acts.Restore("organization", "acme"),
        acts.AmendOrganization("acme", programs=()),
        acts.End("person", "ann", at=T0 + 30 * DAY),
    ]
    for day, act in enumerate(steps, 1):
        agreed(world.at(T0 + day * DAY), act)
    return world, digest


def test_p6_as_of_a_moment_is_what_was_known_at_that_moment() -> None:
    world, digest = _eventful()
    replay = Registry(PSEUDONYM_KEY)
    for change in world.changes:
        replay.apply(change)
        then = Registry.fold(world.changes, PSEUDONYM_KEY, until=change.at)
        if then.version == change.seq:
            assert then.standing(digest, change.at) == replay.standing(digest, change.at)
    assert Registry.fold(world.changes, PSEUDONYM_KEY, until=T0 - 1).version == 0


@settings(max_examples=40)
@given(st.integers(0, 12 * 24))
def test_p6_what_comes_later_never_alters_the_answer_about_earlier(hours: int) -> None:
    world, digest = _eventful()
    moment = T0 + hours * DAY // 24
    known = [change for change in world.changes if change.at <= moment]
    early = Registry.fold(known, PSEUDONYM_KEY)
    late = Registry.fold(world.changes, PSEUDONYM_KEY, until=moment)
    assert early.version == late.version
    assert early.standing(digest, moment) == late.standing(digest, moment)
