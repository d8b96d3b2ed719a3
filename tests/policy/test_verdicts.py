"""What a verdict is remembered by, and which model it leaves to be offered."""

from __future__ import annotations

from safeconduct.policy.verdicts import UNSEEN, Verdict, digest, fallback
from support.policy_june import AFTER_12, MYTHOS, policy_at


def test_two_lists_of_parts_never_look_alike() -> None:
    assert digest(b"a", b"b") != digest(b"ab") != digest(b"a", b"", b"b")


def test_a_base_rule_offers_no_model() -> None:
    part = policy_at(AFTER_12).slice_of(MYTHOS.id)
    assert part is not None
    assert fallback(part, Verdict(False, ("safeconduct/alive",), ())) == ""
    assert fallback(part, UNSEEN) == ""
