"""Which registry and which rules answer about a moment?"""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.inquiries import open_inquiries
from support.inquiry_home import FABLE, STOP, cobalt_home, keep
from support.inquiry_worlds import NOON
from support.registry_world import DAY, T0


def test_p6_a_moment_that_has_passed_is_answered_from_what_was_known_then(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    first = town.registry.version
    town.world.at(NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    with open_inquiries(home.environ) as asked:
        assert asked.registry().version == town.registry.version
        assert asked.registry(NOON).version == asked.version(first).version == first
        assert asked.registry(asked.now + DAY) is asked.today
        rules = {at: {rule.id for rule in asked.judge(at)[1].compiled.rules} for at in (NOON, NOON + 2 * DAY, asked.now)}
    assert rules[NOON] == {"terms/r0"}
    assert rules[NOON + 2 * DAY] == rules[asked.now] == {"terms/r0", "stop/r0"}


def test_moments_that_see_the_same_get_the_same_objects(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    with open_inquiries(home.environ) as asked:
        registry, policy = asked.judge(NOON)
        again = asked.judge(NOON + 1)
        assert again[0] is registry
        assert again[1] is policy
        assert asked.judge(T0 - DAY)[0].version == 0


def test_two_versions_are_compared_for_whoever_changed(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY)
    town.world.fact("ben", "us_citizen", "yes", NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    with open_inquiries(home.environ) as asked:
        before, after = asked.sides((asked.registry(NOON), NOON), (asked.today, NOON + 2 * DAY))
        census = asked.census(before, after, keep=-1)
        lost = [
            name
            for pair, tally in census.pairs()
            for name in tally.ids
            if before.of(pair[0], tally.first, FABLE).permits and not after.of(pair[1], tally.first, FABLE).permits
        ]
    assert sorted(lost) == ["cat", "robo", "under"]  # the agents have no person, so nothing is known of them
