"""Officers and keys of authorities: who may make, replace and end them."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safeconduct.office import acts
from safeconduct.terms.faults import Refused
from support.registry_world import World, digest_number, issue, small_world

KEYS = [
    base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key().public_bytes_raw()).decode()
    for n in (1, 2)
]


def codes(world: World, act: acts.Act, actor: str = "os:ops") -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def staffed() -> World:
    world = small_world()
    for number, name in enumerate(("mira", "noor"), 1):
        world.act(acts.AddOfficer(name, digest_number(10 * number)), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(10 * number + 1)), f"officer:{name}")
    return world


def test_two_officers_are_made_by_one_and_the_third_by_two() -> None:
    world = staffed()
    (change,) = world.act(acts.AddOfficer("olga", digest_number(30)), "os:ops")
    assert change.kind == "request.opened"
    assert codes(world, acts.ApproveRequest(change.subject), "os:ops") == ["officer_wanted"]
    with pytest.raises(Refused, match="count as one person"):
        world.act(acts.ApproveRequest(change.subject), "officer:mira")  # the account issued her first key
    (change,) = world.act(acts.AddOfficer("olga", digest_number(31)), "officer:mira")
    world.act(acts.ApproveRequest(change.subject), "officer:noor")
    assert set(world.registry.officers) == {"mira", "noor", "olga"}


def test_what_cannot_be_done_with_officers() -> None:
    world = staffed()
    used = issue(world, "person", "ann")
    assert codes(world, acts.AddOfficer("Mira", digest_number(40))) == ["bad_id"]
    assert codes(world, acts.AddOfficer("mira", digest_number(11), "\n", "none")) == [
        "bad_text",
        "duplicate_key",
        "duplicate_id",
        "unknown_authority",
    ]
    assert codes(world, acts.AddOfficer("olga", used)) == ["duplicate_key"], "a caller's key opens no desk"
    assert codes(world, acts.KeyOfficer("olga", digest_number(41))) == ["unknown_officer"]
    assert codes(world, acts.EndOfficer("olga")) == ["unknown_officer"]
    world.act(acts.EndOfficer("mira", "left"), "officer:noor")
    assert codes(world, acts.EndOfficer("mira")) == ["already_ended"]
    assert codes(world, acts.AddOfficer("mira", digest_number(42))) == ["duplicate_id"], "an id is never used twice"
    world.act(acts.AddOfficer("olga", digest_number(43)), "os:ops")  # noor is alone: somebody has to be able to make a second


def test_the_key_of_an_authority_is_changed_by_two_once_there_are_two() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("bis", "BIS", KEYS[0]))
    assert world.registry.authorities["bis"].key == KEYS[0]
    assert codes(world, acts.KeyAuthority("bis", KEYS[0])) == ["same_key"]
    assert codes(world, acts.KeyAuthority("bis", "no key")) == ["key_malformed"]
    assert codes(world, acts.KeyAuthority("none", KEYS[1])) == ["unknown_authority"]
    assert codes(world, acts.RegisterAuthority("bis", "BIS")) == ["duplicate_id"]
    world.act(acts.KeyAuthority("bis", ""))
    for number, name in enumerate(("mira", "noor"), 1):
        world.act(acts.AddOfficer(name, digest_number(10 * number)), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(10 * number + 1)), f"officer:{name}")
    (change,) = world.act(acts.KeyAuthority("bis", KEYS[1]), "officer:mira")
    assert world.registry.authorities["bis"].key == ""
    world.act(acts.ApproveRequest(change.subject), "officer:noor")
    assert world.registry.authorities["bis"].key == KEYS[1]
