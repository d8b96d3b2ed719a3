"""What news do to a view: they forget whom they touch, facts that no rule reads stay unread, and age makes it careful."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.office import acts
from safeconduct.registry.changes import News
from safeconduct.terms.call import Dialect
from safeconduct.terms.moments import SECOND, show
from support.exchange_world import FABLE, MYTHOS, Scene, forbid, instrument, permit, read, scene
from support.registry_world import issue

MESSAGES = Dialect.MESSAGES


def _codes(at: Scene, digest: bytes | None = None, **fields: object) -> tuple[str, ...]:
    return at.view.decide(at.session(digest), read(MESSAGES, **fields), at.now).reason_codes


def test_a_change_forgets_whom_it_touches_and_nobody_else() -> None:
    at = scene()
    ann, ben = at.session(), at.session(at.ben)
    before = at.view.decide(ann, read(MESSAGES), at.now)
    at.act(acts.Suspend("person", "ben", "other"))
    assert at.session() is ann
    assert at.view.decide(ann, read(MESSAGES), at.now) is before
    assert at.session(at.ben) is not ben
    assert not at.view.stands(ben, at.view.decide(ben, read(MESSAGES), at.now), at.now)
    assert at.view.refreshed(ben, at.now) is at.session(at.ben)


def test_a_revoked_key_is_forgotten_and_the_persons_other_key_is_not() -> None:
    at = scene()
    other = issue(at.world, "person", "ann")
    at.view.apply(at.world.changes, at.now)
    first, second = at.session(), at.session(other)
    at.act(acts.RevokeKey(second.standing.credential))
    assert at.session() is first
    assert at.session(other).standing.lapses
    at.act(acts.Suspend("person", "ann", "theft"))
    assert at.session().standing.lapses, "what touches the person touches every key"


@pytest.mark.parametrize("act", [acts.Suspend("organization", "sub", "why"), acts.RegisterAuthority("other", "Other")])
def test_structure_bears_on_everyone_and_an_authority_on_nobody(act: acts.Act) -> None:
    at = scene()
    session = at.session()
    at.act(act)
    assert (at.session() is session) is isinstance(act, acts.RegisterAuthority)


def test_too_many_to_name_means_everyone() -> None:
    at = scene()
    session = at.session()
    done = at.world.act(acts.Suspend("person", "ben", "other"))
    assert at.view.hear(News(at.view.version, done[-1].seq, at.now, tuple(done), None), at.now)
    assert at.session() is not session


def test_a_standing_survives_rules_that_read_the_same_facts_and_no_decision_does() -> None:
    at = scene()
    session = at.session()
    before = at.view.decide(session, read(MESSAGES), at.now)
    at.enter("more", instrument("more", permit("p", MYTHOS)))
    assert at.session() is session
    assert not at.view.holds(before, at.now)
    at.enter("ear", instrument("ear", forbid("foreign", FABLE, cohort='principal.us_person.ear != "yes"'), kind="requirement"))
    assert at.session() is not session


def test_p10_a_fact_that_no_rule_in_force_reads_is_not_read() -> None:
    at = scene()
    at.act(acts.RecordFact("ann", "nationality", ("FR",), "hr", "verifier", "document", at.now, at.now + 60 * SECOND))
    assert "nationality" not in at.session().standing.facts
    at.enter("d5", instrument("d5", forbid("d5", FABLE, cohort='principal.nationality.contains("IR")'), kind="requirement"))
    assert at.session().standing.facts["nationality"].value == ("FR",)
    assert "vetting" not in at.session().standing.facts


def test_p10_facts_that_new_rules_read_are_read_in_time_for_the_first_call() -> None:
    at = scene()
    starts = at.now + 60 * SECOND
    at.act(acts.RecordFact("ann", "nationality", ("FR",), "hr", "verifier", "document", at.now, at.now + 600 * SECOND))
    rule = forbid("d5", FABLE, cohort='principal.nationality.contains("IR")')
    at.enter("d5", instrument("d5", rule, kind="requirement", effective=show(starts)))
    assert _codes(at) == ("permitted",)
    assert _codes(at.at(starts)) == ("permitted",), "by evidence, which nobody had to look at before"


# Age


def test_p5_a_view_that_is_not_fresh_permits_no_restricted_model() -> None:
    at = scene()
    before = at.view.decide(at.session(), read(MESSAGES), at.now)
    at.view.fresh_until = at.now + 5
    assert at.view.decide(at.session(), read(MESSAGES), at.now + 4) is before
    assert at.view.stands(at.session(), before, at.now + 4)
    at.at(at.now + 5)
    assert _codes(at) == ("view_stale",)
    assert not at.view.stands(at.session(), before, at.now)
    assert _codes(at, model=MYTHOS.id) == ("model_not_found",), "what is hidden stays hidden (P12)"
    assert _codes(at, model="nothing-1") == ("model_not_found",)
    at.view.fresh_until = at.now + 5
    assert _codes(at) == ("permitted",)


def test_a_view_that_is_not_fresh_permits_what_is_not_restricted() -> None:
    at = scene(unrestricted=("frontier",))
    at.view.fresh_until = at.now
    assert _codes(at) == ("permitted",)


def test_p5_a_restricted_fallback_in_a_request_is_as_restricted() -> None:
    at = scene(unrestricted=("standard",))
    plain = replace(FABLE, id="claude-plain-1", served_as="claude-plain-1", aliases=(), tier="standard")
    strict = replace(plain, id="claude-strict-1", served_as="claude-strict-1", tier="frontier")
    at.act(acts.CatalogModel(plain))
    at.act(acts.CatalogModel(strict))
    at.enter("more", instrument("more", permit("both", plain, strict)))
    at.view.fresh_until = at.now
    assert _codes(at, model=plain.id) == ("permitted",)
    assert _codes(at, model=plain.id, fallbacks=[{"model": strict.id}]) == ("view_stale",)


def test_p5_a_lost_change_refuses_every_call_until_it_was_asked_for_again() -> None:
    at = scene()
    first = at.world.act(acts.Suspend("person", "ann", "theft"))
    second = at.world.act(acts.Suspend("person", "ben", "other"))
    assert at.view.hear(News.of(second, second[0].seq - 1), at.now)
    assert at.view.lost
    assert _codes(at) == _codes(at, digest=at.ben) == ("rules_broken",)
    assert at.view.hear(News.of([*first, *second], at.view.version), at.now)
    assert (_codes(at), at.view.fault) == (("person_suspended",), "")


def test_news_that_never_were_heal_when_nothing_follows() -> None:
    at = scene()
    assert not at.view.in_step(at.now)
    assert at.view.hear(News(at.view.version + 3, at.view.version + 4, at.now, (), frozenset()), at.now)
    assert _codes(at) == ("rules_broken",)
    assert at.view.in_step(at.now)
    assert _codes(at) == ("permitted",)
