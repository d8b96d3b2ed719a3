"""A list stands in place of the one of its name, and is gone when it was removed."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.registry.state import Registry
from support.cases import MIRA, NOOR, case_world
from support.registry_world import PSEUDONYM_KEY, T0

ONE, TWO = "00" * 7 + "01", "00" * 7 + "02"


def test_p6_what_was_watched_at_a_moment_is_derived_from_the_history() -> None:
    world = case_world()
    world.at(T0 + 1).act(acts.ListCanaries("acme", "seeds", ONE), "os:ops")
    world.at(T0 + 2)
    (asked,) = world.act(acts.ListCanaries("acme", "seeds", TWO, replace=True), MIRA)
    world.at(T0 + 3).act(acts.ApproveRequest(asked.subject), NOOR)
    (asked,) = world.act(acts.RemoveCanaries("acme", "seeds"), MIRA)
    world.at(T0 + 4).act(acts.ApproveRequest(asked.subject), NOOR)
    known = [Registry.fold(world.changes, PSEUDONYM_KEY, T0 + at).canaries for at in range(5)]
    assert [each["acme/seeds"].strings.hex() if each else "" for each in known] == ["", ONE, ONE, TWO, ""]
    assert (known[1]["acme/seeds"].by, known[1]["acme/seeds"].at, known[1]["acme/seeds"].id) == ("os:ops", T0 + 1, "acme/seeds")
    assert not world.registry.copy().canaries
