from safeconduct.office import acts
from safeconduct.registry.effects.held import REMEMBERED
from support.cases import MIRA, case_world


def test_words_about_held_things_are_forgotten_when_they_are_over() -> None:
    world = case_world()
    for number in range(3):
        world.act(acts.ReleaseHeld(f"H-00000000000{number}", "why", restricted=False), MIRA)
        world.at(world.now + REMEMBERED // 2 + 1)
    assert list(world.registry.releases) == ["H-000000000001", "H-000000000002"]


def test_the_last_word_counts() -> None:
    world = case_world()
    name = "H-000000000001"
    world.act(acts.DeclineHeld(name, "no"), MIRA)
    world.act(acts.ReleaseHeld(name, "yes", restricted=False), MIRA)
    assert world.registry.released(name, world.now)
    assert world.registry.releases[name].by == MIRA
