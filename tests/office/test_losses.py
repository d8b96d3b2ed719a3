"""What would a caller lose, were a letter or a model withdrawn? The policy's own answers, before and after."""

from __future__ import annotations

from safeconduct.instruments.compile import compile_rules
from safeconduct.office import acts, losses
from safeconduct.office.letters import held, packs_of
from support.letters import agreed, put_in_force
from support.registry_world import FABLE, World, letter, small_world

PERMIT = letter("open").replace('"forbid"', '"permit"').replace('"requirement"', '"authorization"').replace('"letter"', '"open"')


def world_with(*texts: str) -> World:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    for text in texts:
        put_in_force(world, text)
    return world


def lost(world: World, act: acts.WithdrawInstrument | acts.WithdrawModel) -> bool:
    compiled = compile_rules(held(world.registry), world.now, packs_of(world.registry))
    found = losses.of(act, world.registry, compiled, world.now)
    return found.any_for(world.standing(), world.now)


def test_the_last_permission_is_a_loss_and_one_of_two_is_none() -> None:
    assert lost(world_with(PERMIT), acts.WithdrawInstrument("open"))
    assert not lost(world_with(PERMIT, PERMIT.replace('"open"', '"more"')), acts.WithdrawInstrument("open"))


def test_a_prohibition_withdrawn_takes_nothing_and_nothing_is_taken_twice() -> None:
    world = world_with(PERMIT, letter("stop"))
    assert not lost(world, acts.WithdrawInstrument("letter"))
    assert not lost(world, acts.WithdrawInstrument("open")), "it is forbidden anyway"
    agreed(world, acts.WithdrawInstrument("letter"))
    agreed(world, acts.WithdrawInstrument("open"))
    assert not lost(world, acts.WithdrawInstrument("open", 1))


def test_a_model_is_lost_to_those_who_may_use_it() -> None:
    assert lost(world_with(PERMIT), acts.WithdrawModel(FABLE.id))
    assert not lost(world_with(PERMIT, letter("stop")), acts.WithdrawModel(FABLE.id))


def test_what_was_never_in_force_takes_nothing() -> None:
    world = world_with()
    world.act(acts.EnterInstrument("open", PERMIT), "officer-a")
    assert not lost(world, acts.WithdrawInstrument("open"))
    assert not lost(world, acts.WithdrawInstrument("nothing"))
