"""Changes: every kind has one shape, and nothing else is read as if it had."""

from __future__ import annotations

import pytest

from safeconduct.registry.bodies.parties import OrganizationRegistered
from safeconduct.registry.changes import BODIES, Change, Draft, digest_of, draft, read_body
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER


def test_a_draft_carries_the_body_of_its_kind_and_reads_back() -> None:
    body = OrganizationRegistered("Acme", 1, FOREVER, programs=("glass",))
    made = draft(5, "officer", "organization.registered", "acme", body)
    assert read_body(made) == body
    with pytest.raises(ValueError, match="does not carry"):
        draft(5, "officer", "person.registered", "acme", body)
    with pytest.raises(ValueError, match="does not carry"):
        draft(5, "officer", "no.such", "acme", body)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": 3}, {"name": "A", "surprise": 1}, {"name": None}],
)
def test_a_body_of_another_shape_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        read_body(Change(7, 1, "officer", "authority.registered", "bis", body))
    assert refused.value.faults[0].where == "change 7"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Refused, match=r"no change is called party\.thrown"):
        read_body(Change(1, 1, "officer", "party.thrown", "acme", {}))


def test_every_kind_refuses_unknown_keys() -> None:
    for kind, shape in BODIES.items():
        assert shape.__struct_config__.forbid_unknown_fields, kind


def test_p8_the_digest_of_an_act_tells_nothing_without_its_salt() -> None:
    drafts = [Draft(1, "officer", "person.registered", "ann", {"name": "Ann", "starts": 1, "ends": 2})]
    twin = [Draft(1, "officer", "person.registered", "ann", {"ends": 2, "starts": 1, "name": "Ann"})]
    assert digest_of(b"salt", drafts) == digest_of(b"salt", twin)
    assert digest_of(b"salt", drafts) != digest_of(b"other", drafts)
    other = [Draft(1, "officer", "person.registered", "ann", {"name": "Anna", "starts": 1, "ends": 2})]
    assert digest_of(b"salt", drafts) != digest_of(b"salt", other)
