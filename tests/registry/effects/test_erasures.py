"""An erasure is known by its own name; an erased change is read everywhere and does nothing."""

from __future__ import annotations

from safeconduct.registry.bodies.erasures import Erased, ErasureDone, ErasureOpened
from safeconduct.registry.changes import draft
from safeconduct.registry.papers import Erasure
from safeconduct.registry.state import Registry
from support.registry_world import PSEUDONYM_KEY, T0, small_world


def test_p6_an_erased_change_leaves_everybody_else_as_they_were() -> None:
    world = small_world()
    ann = [each for each in world.changes if each.subject == "ann"]
    gone = [
        each if each not in ann else type(each)(each.seq, each.at, each.actor, "erased", "erased-1", {"was": each.kind})
        for each in world.changes
    ]
    registry = Registry.fold(gone, PSEUDONYM_KEY)
    assert "ann" not in registry.people
    assert registry.facts_of("ann") == ()
    assert registry.version == world.registry.version
    assert registry.people["ben"] == world.registry.people["ben"]
    assert registry.standing_for(person="ann", organization="acme", now=T0).lapses[0].why == "unknown"


def test_an_erasure_says_whom_it_is_about_until_it_is_done() -> None:
    world = small_world()
    world.take((draft(T0, "officer", "erasure.opened", "erased-1", ErasureOpened("ann", "gdpr-17", "noor")),))
    found = world.registry.erasures["erased-1"]
    assert (found.person, found.actor, found.second, found.done_at) == ("ann", "officer", "noor", None)
    world.at(T0 + 1).take((draft(T0 + 1, "erasure", "erasure.done", "erased-1", ErasureDone("gdpr-17", (3, 4), (7,), 2)),))
    assert world.registry.erasures["erased-1"] == Erasure(
        "erased-1", "gdpr-17", T0, done_at=T0 + 1, changes=(3, 4), words=(7,), keys=2
    )


def test_what_is_left_of_a_change_says_its_kind() -> None:
    assert draft(T0, "x", "erased", "erased-1", Erased("person.registered")).body == {"was": "person.registered"}
