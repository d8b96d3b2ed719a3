"""Who is protected from being stopped, and by whom."""

from __future__ import annotations

import pytest

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy.guarded import Guards
from safeconduct.terms.moments import parse
from support.policy_june import AFTER_12, BEFORE, EXPIRED, GLASSWING, held, instrument, known, standing

MISSION = """
[[guard]]
id = "mission"
authority = "us-cisa"
cohort = 'principal.organization in Annex::"partners" && principal.vetting == "mission"'
say = "Mission-critical use is stopped only with the agency's approval."

[[rule]]
id = "partners"
"""
GUARDED = GLASSWING.replace('\n[[rule]]\nid = "partners"\n', MISSION)


def guards(at: int = AFTER_12) -> Guards:
    return Guards(compile_rules([held(instrument(GUARDED))], at))


def test_a_caller_of_the_cohort_is_guarded_and_the_authority_named() -> None:
    [guard] = guards().of(standing("acme", vetting=known("mission")), AFTER_12)
    assert (guard.id, guard.instrument, guard.authority) == ("glasswing/mission", "glasswing", "us-cisa")
    assert guards().facts == {"vetting"}


@pytest.mark.parametrize("vetting", [known("basic"), EXPIRED, known("mission", until=AFTER_12), known(True)])
def test_p1_what_is_not_known_protects_nobody(vetting: object) -> None:
    assert guards().of(standing("acme", vetting=vetting), AFTER_12) == ()  # type: ignore[arg-type]


def test_an_organization_off_the_annex_is_not_guarded() -> None:
    assert guards().of(standing("zeta", vetting=known("mission")), AFTER_12) == ()


def test_a_guard_ends_with_its_instrument() -> None:
    caller = standing("acme", vetting=known("mission"))
    withdrawn = Guards(compile_rules([held(instrument(GUARDED), withdrawn=AFTER_12)], AFTER_12))
    assert withdrawn.of(caller, AFTER_12) == ()
    early = Guards(compile_rules([held(instrument(GUARDED))], parse("2026-06-01T00:00:00Z")))
    with pytest.raises(ValueError, match="another time"):
        early.of(caller, BEFORE)
