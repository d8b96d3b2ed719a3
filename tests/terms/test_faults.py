"""A fault says where, what and how to mend; a refusal carries all of them."""

from __future__ import annotations

from safeconduct.terms.faults import Fault, Refused


def test_a_refusal_tells_every_fault() -> None:
    one = Fault("no_name", "the name is missing", "row 3", "give one")
    two = Fault("bad_date", "the date names no zone", "row 4", "add the zone")
    refused = Refused(one, two)
    assert refused.faults == (one, two)
    assert str(refused) == "row 3: the name is missing (give one); row 4: the date names no zone (add the zone)"
