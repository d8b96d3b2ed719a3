"""What a check is held against, and what a finding says."""

from __future__ import annotations

from safeconduct.instruments.known import Known, Severity, fault, warning


def test_a_finding_says_how_grave_it_is() -> None:
    assert str(fault("code", "It is wrong", "x.toml:3", "Mend it")) == "fault: x.toml:3: It is wrong (Mend it)"
    assert warning("code", "It is odd", "x.toml:3", "Look").severity is Severity.WARNING


def test_what_was_not_asked_for_is_not_checked() -> None:
    nothing = Known()
    assert (nothing.authorities, nothing.held, nothing.now) == (None, None, None)
    assert (nothing.active, nothing.packs) == (frozenset(), {})
