"""Ladders in instrument files: each rung has what its step needs, and stands where a ladder may."""

from __future__ import annotations

import pytest

from safeconduct.instruments.document import read
from safeconduct.terms.faults import Refused
from safeconduct.terms.measures import Step

HEAD = '[instrument]\nid = "{}"\nauthority = "provider"\nkind = "{}"\neffective = 2026-01-01T00:00:00Z\n'
RUNG = '[[ladder]]\nid = "a"\nband = "high"\nstep = "{}"\nminutes = 60\n{}\n'


def codes(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(text, {})
    return [each.code for each in refused.value.faults]


def terms(step: str, more: str = "", kind: str = "program_terms") -> str:
    return HEAD.format("terms", kind) + RUNG.format(step, more)


def test_a_rung_says_what_is_called_for() -> None:
    text = terms("throttle", 'rate = 30\nautomatic = true\nmessage = "Slow down."\ntargets = ["key"]')
    (rung,) = read(text, {}).ladder
    assert (rung.id, rung.step, rung.rate, rung.lasts, rung.automatic) == ("terms/a", Step.THROTTLE, 30, 3_600_000_000, True)
    assert (rung.message, rung.targets, rung.rehearsal) == ("Slow down.", {"key"}, False)
    (usual,) = read(terms("hold", "rehearsal = true", "organization_policy"), {}).ladder
    assert (usual.targets, usual.automatic, usual.rehearsal) == ({"person", "agent"}, False, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (terms("throttle"), "ladder_rate"),
        (terms("hold", "rate = 3"), "ladder_rate"),
        (terms("hold", 'fallback = "m"'), "ladder_fallback"),
        (terms("revoke", "automatic = true"), "ladder_revoke"),
        (terms("revoke", "rehearsal = true"), "ladder_revoke"),
        (terms("hold", kind="requirement"), "ladder_kind"),
        (terms("banish"), "wrong_value"),
        (terms("hold", 'targets = ["planet"]'), "wrong_value"),
        (terms("hold").replace("60", "0"), "wrong_value"),
        (terms("hold").replace('"high"', '"none"'), "wrong_value"),
        (terms("hold") + RUNG.format("watch", ""), "duplicate_id"),
    ],
)
def test_a_rung_that_makes_no_sense_is_refused(text: str, code: str) -> None:
    assert code in codes(text)
