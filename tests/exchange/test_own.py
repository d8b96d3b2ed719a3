"""A caller's own view: the own record with sources and needs, for an agent states only, of anybody else nothing."""

from __future__ import annotations

import json
from typing import Any

from safeconduct.exchange import own
from safeconduct.exchange.needs import Needs
from safeconduct.exchange.rules import Rules
from safeconduct.office import acts
from safeconduct.registry.bodies.evidence import FactRecorded
from safeconduct.registry.changes import Change, draft
from safeconduct.terms.moments import FOREVER
from support.exchange_world import FABLE, MYTHOS, forbid, instrument, permit
from support.letters import put_in_force
from support.registry_world import DAY, T0, World, small_world

TERMS = instrument("terms", permit("everyone", FABLE))
EAR = instrument("ear", forbid("foreign", FABLE, cohort='principal.us_person.ear != "yes"'), kind="requirement")
SECRET = instrument(
    "secret", permit("few", MYTHOS, cohort='principal.organization == Organization::"sub" && principal.vetting == "top"')
)


def world(*texts: str) -> World:
    made = small_world()
    if "provider" not in made.registry.authorities:
        made.act(acts.RegisterAuthority("provider", "Provider"))
    for model in (FABLE, MYTHOS):
        made.act(acts.CatalogModel(model))
    for text in texts:
        put_in_force(made, text)
    return made


def needs(at: World, person: str = "ann", organization: str = "acme") -> Needs:
    policy = Rules()(at.registry, at.now)
    return own.needs_shown(policy, at.registry.models(), at.standing(person, organization), at.now)


def view(at: World, person: str = "ann", organization: str = "acme") -> dict[str, Any]:
    found = own.of_person(at.registry, person, organization, needs(at, person, organization), at.now)
    assert found is not None
    return found


def by_fact(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["fact"]: each for each in found["facts"]}


def test_everything_held_is_shown_with_its_source_and_who_needs_it() -> None:
    at = world(TERMS, EAR)
    at.fact("ann", "us_citizen", "yes", T0, T0 + DAY)
    at.fact("ann", "residence", "DE")
    facts = by_fact(view(at))
    (record,) = facts["us_citizen"]["records"]
    assert (record["value"], record["source"], record["verifier"], record["method"]) == ("yes", "hr", "verifier", "document")
    assert (record["verified_at"][:10], record["expires_at"][:10], record["state"]) == ("2026-06-01", "2026-06-02", "unexpired")
    assert facts["us_citizen"]["needed_by"] == ["ear"]
    assert facts["us_citizen"]["note"] == ""
    assert (facts["residence"]["needed_by"], facts["residence"]["note"]) == ([], own.NOT_NEEDED)
    assert facts["residence"]["records"][0]["expires_at"] == "open"
    assert (facts["nationality"]["state"], facts["nationality"]["records"]) == ("unknown", [])  # needed, and not on record
    assert "vetting" not in facts


def test_a_derived_status_is_shown_with_its_rule_and_evidence() -> None:
    at = world(TERMS, EAR)
    at.fact("ann", "us_citizen", "yes")
    (derived,) = view(at)["derived"]
    assert (derived["fact"], derived["value"], derived["rule"]) == ("us_person.ear", "yes", "15 CFR 772.1")
    assert derived["needed_by"] == ["ear"]


def test_p10_no_status_is_derived_that_no_instrument_reads() -> None:
    at = world(TERMS)
    at.fact("ann", "us_citizen", "yes")
    found = view(at)
    assert found["derived"] == []
    assert by_fact(found)["us_citizen"]["note"] == own.NOT_NEEDED


def test_nobody_sees_anybody_else() -> None:
    at = world(TERMS, EAR)
    at.fact("ben", "nationality", ("KP",))
    assert "KP" not in json.dumps(view(at))
    assert own.of_person(at.registry, "nobody", "acme", {}, at.now) is None


def test_a_record_of_another_organization_is_not_shown_by_this_ones_key() -> None:
    at = world(TERMS)
    at.act(acts.JoinOrganization("ann", "sub"))
    at.fact("ann", "employed_there", True, org="sub")
    assert "employed_there" not in by_fact(view(at))
    everywhere = own.of_person(at.registry, "ann", "", {}, at.now)
    assert everywhere is not None
    assert by_fact(everywhere)["employed_there"]["organization"] == "sub"
    assert {each["organization"] for each in view(at)["memberships"]} == {"acme"}


def test_what_was_typed_in_before_is_shown_and_not_used() -> None:
    at = world(TERMS, EAR)
    body = FactRecorded("us_person.ear", "yes", "hr", "v", "typed", T0, FOREVER)
    old = draft(at.now, "officer", "fact.recorded", "ann", body)
    at.registry.apply(Change(at.registry.version + 1, old.at, old.actor, old.kind, old.subject, old.body))
    found = view(at)
    assert [(each["fact"], each["state"]) for each in found["not_used"]] == [("us_person.ear", "typed in, not used")]
    assert found["derived"][0]["state"] == "unknown"
    assert at.standing().facts["us_person.ear"].value is None


def test_an_agent_learns_states_and_never_values() -> None:
    at = world(TERMS, EAR)
    at.fact("ann", "nationality", ("KP", "US"))
    standing = at.registry.standing_for(agent="bot", organization="acme", now=at.now)
    found = own.of_agent(at.registry, standing, needs(at), at.now)
    assert found["facts"] == [{"fact": "us_person.ear", "state": "known", "needed_by": ["ear"]}]
    assert "KP" not in json.dumps(found)
    assert "ann" not in json.dumps(found).replace("annotations", "")
    robo = own.of_agent(at.registry, at.registry.standing_for(agent="robo", organization="acme", now=at.now), needs(at), at.now)
    assert robo["facts"][0]["state"] == "unknown"


def test_p12_instruments_about_hidden_models_are_not_named() -> None:
    at = world(TERMS, SECRET)
    at.fact("ann", "vetting", "level-1")
    at.fact("ben", "vetting", "level-1")
    assert by_fact(view(at))["vetting"]["needed_by"] == []
    assert by_fact(view(at, "ben", "sub"))["vetting"]["needed_by"] == ["secret"]
