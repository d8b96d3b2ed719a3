"""An instrument is held against what the registry holds at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.office import acts
from safeconduct.office.acts import EnterInstrument
from safeconduct.office.letters import known_of, sound, stored
from safeconduct.terms.faults import Refused
from support.letters import put_in_force, take_back
from support.policy_home import peopled
from support.policy_june import LETTER_12, LETTER_30
from support.registry_world import FABLE, letter, small_world


def test_what_is_known_is_the_newest_of_each_but_the_one_asked_about(tmp_path: Path) -> None:
    home = peopled(tmp_path)
    with open_desk(home.environ) as desk:
        with pytest.raises(Refused, match="does not exist"):
            sound(LETTER_30, {}, "letter.toml", desk.registry)
        desk.perform(EnterInstrument("us-bis-2026-06-12", LETTER_12.replace("foreign-persons", "first-draft")))
        desk.perform(EnterInstrument("us-bis-2026-06-12", LETTER_12))
        known = known_of(desk.registry)
        [letter] = known.instruments
        assert [rule.id for rule in letter.rules] == ["foreign-persons"]
        assert known.organizations == {"acme", "borealis", "cobalt", "zeta"}
        assert {model.id for model in known.models} == {"claude-mythos-5", "claude-fable-5", "gpt-5.6-cyber"}
        assert known_of(desk.registry, besides="us-bis-2026-06-12").instruments == ()
        assert sound(LETTER_30, {}, "letter.toml", desk.registry).id == "us-bis-2026-06-30"


def test_a_stored_document_that_does_not_read_is_left_out(tmp_path: Path) -> None:
    home = peopled(tmp_path)
    with open_desk(home.environ) as desk:
        registry = desk.registry
        with pytest.raises(Refused):
            stored("no toml", {}, "x.toml")
        assert known_of(registry).instruments == ()


def test_a_newer_draft_does_not_hide_the_version_in_force() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    put_in_force(world, letter("one"))
    world.act(acts.EnterInstrument("letter", letter("two")), "officer-a")
    [found] = known_of(world.registry).instruments
    assert [rule.id for rule in found.rules] == ["one"]
    take_back(world, "letter")
    [found] = known_of(world.registry).instruments
    assert [rule.id for rule in found.rules] == ["two"]


def test_p9_nobody_amends_the_letter_of_another_authority() -> None:
    """Else a paper of the operator's own, that nobody signed, takes the place of a ministry's letter."""
    world = small_world()
    for name in ("provider", "bis"):
        world.act(acts.RegisterAuthority(name, name.title()))
    world.act(acts.CatalogModel(FABLE))
    letter_of_bis = letter("one").replace('"provider"', '"bis"')
    world.act(acts.EnterInstrument("letter", letter("draft")))  # a mistake in a draft can still be corrected
    put_in_force(world, letter_of_bis)
    put_in_force(world, letter_of_bis.replace('"No."', '"No, still."'))
    with pytest.raises(Refused, match="letter of bis, and provider cannot amend it"):
        world.act(acts.EnterInstrument("letter", letter("two")))
    take_back(world, "letter")
    with pytest.raises(Refused, match="give the document an id of its own"):
        world.act(acts.EnterInstrument("letter", letter("two")))
