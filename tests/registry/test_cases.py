"""What a case is about: an organization's calls, or single ones."""

from __future__ import annotations

from safeconduct.registry.cases import Case


def test_a_case_covers_its_organization_and_its_calls_and_nothing_else() -> None:
    case = Case("leak", "acme", ("call_a_1",), "why", 1, "officer:mira")
    assert case.covers("acme", "call_b_1")
    assert case.covers("borg", "call_a_1")
    assert not case.covers("borg", "call_b_1")


def test_a_case_about_calls_covers_no_organization_even_one_without_a_name() -> None:
    case = Case("leak", "", ("call_a_1",), "why", 1, "officer:mira")
    assert not case.covers("", "call_b_1")
