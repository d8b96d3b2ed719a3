"""Which instruments ask for which facts: rules, exemptions and guards; derived facts resolved to their evidence."""

from __future__ import annotations

from safeconduct.exchange.needs import entered, in_force, unasked, warning
from safeconduct.exchange.rules import Rules
from safeconduct.office import acts
from safeconduct.registry.facts import CATALOG
from support.exchange_world import FABLE, forbid, instrument, permit
from support.letters import put_in_force
from support.registry_world import World, small_world

EVIDENCE = {"us_citizen", "nationality", "permanent_residence", "protected_individual"}
EAR = instrument("ear", forbid("foreign", FABLE, cohort='principal.us_person.ear != "yes"'), kind="requirement")
EXEMPTS = f"""[instrument]
id = "partners"
authority = "provider"
kind = "exemption"
effective = 2026-06-01T00:00:00Z
[[rule]]
id = "staff"
exempts = "ear/foreign"
models = ["{FABLE.id}"]
cohort = 'principal.employed_there'
"""
VETTED = instrument("vetted", permit("staff", FABLE, cohort='principal.vetting == "enhanced"'))


def world(*texts: str) -> World:
    made = small_world()
    if "provider" not in made.registry.authorities:
        made.act(acts.RegisterAuthority("provider", "Provider"))
    made.act(acts.CatalogModel(FABLE))
    for text in texts:
        put_in_force(made, text)
    return made


def now_in_force(at: World) -> dict[str, tuple[str, ...]]:
    compiled = Rules()(at.registry, at.now).compiled
    return dict(in_force((*compiled.rules, *compiled.guards)))


def test_a_need_for_a_derived_fact_is_a_need_for_its_evidence() -> None:
    needs = now_in_force(world(EAR))
    assert set(needs) == {"us_person.ear", *EVIDENCE}
    assert set(needs.values()) == {("ear",)}


def test_exemptions_and_permissions_need_facts_too() -> None:
    needs = now_in_force(world(VETTED, EAR, EXEMPTS))
    assert needs["vetting"] == ("vetted",)
    assert needs["employed_there"] == ("partners",)
    assert "location" not in needs


def test_p10_nothing_is_needed_where_no_instrument_asks() -> None:
    assert now_in_force(world(instrument("terms", permit("everyone", FABLE)))) == {}


def test_a_draft_counts_as_entered_before_it_is_in_force() -> None:
    at = world(VETTED)
    at.act(acts.EnterInstrument("ear", EAR, {}))
    assert set(now_in_force(at)) == {"vetting"}
    assert entered(at.registry, at.now)["nationality"] == ("ear",)
    assert entered(at.registry, at.now)["vetting"] == ("vetted",)


def test_a_letter_that_has_ended_asks_no_more() -> None:
    ends = instrument(
        "ear",
        forbid("foreign", FABLE, cohort='principal.us_person.ear != "yes"'),
        kind="requirement",
        more="until = 2026-07-01T00:00:00Z\n",
    )
    at = world(ends)
    assert entered(at.registry, at.now)
    later = at.now + 40 * 86_400 * 1_000_000
    assert entered(at.registry, later) == {}


def test_p10_only_origins_that_nobody_asks_for_are_named() -> None:
    origins = {name for name, kind in CATALOG.items() if kind.origin}
    assert origins == {*EVIDENCE, "nationality.recent"}
    assert set(unasked(CATALOG, {})) == origins
    needs = now_in_force(world(EAR))
    assert unasked(CATALOG, needs) == ("nationality.recent",)
    assert unasked(["vetting", "residence", "nothing"], {}) == ()
    assert "nationality.recent" in warning(("nationality.recent",))
    assert warning(()) == ""
