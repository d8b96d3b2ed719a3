"""The generator of behavior: the same from the same seed, in order, labeled, and what is planted is there."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evaluation.behavior import report
from evaluation.behavior.pools import Pool
from evaluation.behavior.world import busiest_hour, by_rank, loudest_call, made, scenarios, watched
from safeconduct.terms.signals import CallSignal, IdentitySignal


def pool(name: str, size: int, low: float) -> Pool:
    chance = np.random.default_rng(len(name))
    scores = np.maximum(low, chance.random(size))
    sketches = chance.integers(-127, 127, size=(size, 64)).astype(np.int8)
    return Pool(
        name, scores, chance.random(size), sketches, ["en"] * size, chance.integers(60, 900, size=size), np.arange(size) % 12
    )


POOLS = {"ordinary": pool("ordinary", 240, 1e-3), "security": pool("security", 120, 1e-3), "misuse": pool("misuse", 120, 1e-4)}


def test_the_same_seed_makes_the_same_world_and_another_one_another() -> None:
    one, same, other = (made("mixed", POOLS, seed, 40) for seed in (1, 1, 2))
    assert one.signals == same.signals
    assert one.groups == same.groups
    assert one.signals != other.signals


def test_everything_happens_in_order_and_within_the_days() -> None:
    world = made("mixed", POOLS, 1, 40)
    times = [each.at for each in world.signals]
    assert times == sorted(times)
    assert {type(each) for each in world.signals} == {CallSignal, IdentitySignal}


@pytest.mark.parametrize("name", sorted(scenarios()["world"]))
def test_what_a_scenario_plants_is_there(name: str) -> None:
    world = made(name, POOLS, 1, 60)
    planted = {case.who for case in world.planted}
    assert len(planted) == len(world.planted) > 0
    assert all(case.begins <= case.moments[-1] for case in world.planted)
    calls = Counter(
        f"agent/{each.agent}" if each.agent else f"person/{each.person}" for each in world.signals if isinstance(each, CallSignal)
    )
    assert all(calls[who] for who in planted)
    assert all(world.groups[case.who] == case.kind for case in world.planted)


def test_misuse_is_the_share_that_the_scenario_says() -> None:
    world = made("misuse_10", POOLS, 3, 200)
    who = {case.who: case for case in world.planted}
    calls = Counter(
        f"agent/{each.agent}" if each.agent else f"person/{each.person}" for each in world.signals if isinstance(each, CallSignal)
    )
    share = sum(len(case.moments) for case in who.values()) / sum(calls[name] for name in who)
    assert 0.05 < share < 0.11  # of all days; it begins on the third


def test_every_innocent_group_is_there() -> None:
    world = made("misuse_2", POOLS, 1, 60)
    assert set(scenarios()["innocent"]) <= set(world.groups.values())


def test_a_ranking_shows_as_many_as_the_budget_has_alerts() -> None:
    world = made("misuse_10", POOLS, 1, 100)
    room = round(5 * world.days * len(world.groups) / 1000)
    assert len(by_rank(world, loudest_call(world))) == room
    assert len(by_rank(world, busiest_hour(world))) == room


def test_the_watch_sees_a_world_and_the_report_has_its_figures() -> None:
    world = made("distillation", POOLS, 1, 60)
    seen = watched(world)
    figures = report._run(world, seen)
    assert 0 <= figures["found"] <= 1
    assert set(figures["kinds"]) == {"hydra_0", "hydra_1"}
    assert figures["groups"]["ordinary"]["people"] > 0
    assert sum(figures["shown"].values()) <= len({alert.who for alert in seen.alerts})
    assert report._together([figures, figures])["found"] == pytest.approx(figures["found"])
