"""Two persons: who may agree to what whom asked, and what a first key opens."""

from __future__ import annotations

from itertools import product

import pytest

from safeconduct.office import acts
from safeconduct.office.persons import is_of, may_not_agree, not_alive, same_person
from safeconduct.terms.faults import Refused
from support.registry_world import World, digest_number, small_world

OPS = "os:ops"
MIRA = "officer:mira"
NOOR = "officer:noor"


def staffed() -> World:
    """mira and noor, whose first keys the account issued, and who replaced them."""
    world = small_world()
    for number, name in enumerate(("mira", "noor"), 1):
        world.act(acts.AddOfficer(name, digest_number(10 * number)), OPS)
        world.act(acts.KeyOfficer(name, digest_number(10 * number + 1)), f"officer:{name}")
    return world


@pytest.mark.parametrize(("asker", "actor"), list(product((OPS, MIRA, NOOR, "os:other"), repeat=2)))
def test_p9_only_another_officer_whose_key_the_asker_never_issued_may_agree(asker: str, actor: str) -> None:
    allowed = {(MIRA, NOOR), (NOOR, MIRA), ("os:other", MIRA), ("os:other", NOOR)}
    assert (may_not_agree(staffed().registry, actor, asker, "here") is None) == ((asker, actor) in allowed)


def test_whoever_issued_a_key_counts_as_its_officer_for_good() -> None:
    world = staffed()
    assert same_person(world.registry, OPS, MIRA)
    assert same_person(world.registry, MIRA, OPS)
    assert not same_person(world.registry, MIRA, NOOR)
    world.act(acts.KeyOfficer("mira", digest_number(99)), NOOR)
    world.act(acts.KeyOfficer("mira", digest_number(98)), MIRA)
    assert same_person(world.registry, MIRA, NOOR), "noor saw a key of mira once"


def test_p9_a_first_key_opens_nothing_but_its_own_replacement() -> None:
    world = small_world()
    world.act(acts.AddOfficer("mira", digest_number(10)), OPS)
    with pytest.raises(Refused, match="whoever issued it has seen it"):
        world.act(acts.RegisterOrganization("neu", "Neu"), MIRA)
    world.act(acts.AddOfficer("noor", digest_number(12)), OPS)
    with pytest.raises(Refused, match="whoever issued it has seen it"):
        world.act(acts.KeyOfficer("noor", digest_number(13)), MIRA)
    world.act(acts.KeyOfficer("mira", digest_number(11)), MIRA)
    world.act(acts.RegisterOrganization("neu", "Neu"), MIRA)


def test_an_officer_who_ended_may_do_nothing() -> None:
    world = staffed()
    world.act(acts.EndOfficer("mira"), NOOR)
    for actor in (MIRA, "officer:nobody"):
        wrong = not_alive(world.registry, actor, rotating="", where="here")
        assert wrong is not None
        assert wrong.code == "no_officer"
    assert not_alive(world.registry, NOOR, rotating="", where="here") is None
    assert not_alive(world.registry, OPS, rotating="", where="here") is None


def test_an_officer_of_an_authority_is_of_that_authority_alone() -> None:
    world = staffed()
    world.act(acts.RegisterAuthority("bis", "BIS"))
    world.act(acts.AddOfficer("olga", digest_number(30), "", "bis"), MIRA)
    (request,) = world.registry.requests
    world.act(acts.ApproveRequest(request), NOOR)
    assert is_of(world.registry, "officer:olga", "bis")
    assert not is_of(world.registry, MIRA, "bis")
    assert not is_of(world.registry, "olga", "bis")


def test_p9_one_person_is_one_officer_and_no_second_one() -> None:
    world = staffed()
    person = next(iter(world.registry.people))
    world.act(acts.LinkOfficer("mira", person), OPS)
    with pytest.raises(Refused) as refused:
        world.act(acts.LinkOfficer("noor", person), OPS)
    assert [fault.code for fault in refused.value.faults] == ["duplicate_link"]
    assert may_not_agree(world.registry, NOOR, MIRA, "here") is None
    world.act(acts.EndOfficer("mira"), OPS)
    world.act(acts.LinkOfficer("noor", person), OPS)
    assert same_person(world.registry, MIRA, NOOR), "who asked with one key does not agree with the next"
    wrong = may_not_agree(world.registry, NOOR, MIRA, "here")
    assert wrong is not None
    assert wrong.code == "own_work"
