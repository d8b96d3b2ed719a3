"""Both acts are about a list of an organization, named the same way."""

from __future__ import annotations

from safeconduct.office import acts


def test_a_list_is_named_by_its_organization_and_name() -> None:
    assert acts.ListCanaries("acme", "seeds").id == acts.RemoveCanaries("acme", "seeds").id == "acme/seeds"
