"""The safeguards that come with the ready program can be read, and every detector they name is one that is there."""

from __future__ import annotations

from importlib import resources

from safeconduct.instruments.check import check
from safeconduct.instruments.document import read
from safeconduct.safeguards.plan import Plan
from safeconduct.terms.blocks import Direction
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import Action, Finding

TEXT = resources.files("safeconduct.assembly").joinpath("program", "safeguards.toml").read_text("utf-8")


def _plan(*rules: str) -> Plan:
    found = [rule for rule in read(TEXT, {}).rules if rule.id in rules]
    assert len(found) == len(rules)
    return Plan.of([Duty(name, value, rule.id) for rule in found for name, value in rule.duties], Plan.EMPTY)


def test_it_makes_sense() -> None:
    assert check(read(TEXT, {})) == []


def test_security_work_is_not_measured_by_the_rate_of_an_office() -> None:
    odd = Finding("misuse", "encoder", "$", chance=0.0008)
    assert _plan("misuse-of-restricted-models").action(odd, Direction.REQUEST) is Action.HOLD
    assert _plan("misuse-in-security-work").order(odd, Direction.REQUEST) is None
    assert (
        _plan("misuse-in-security-work").action(Finding("misuse", "encoder", "$", chance=0.0004), Direction.REQUEST)
        is Action.HOLD
    )


def test_what_is_asked_of_everybody_waits_for_no_process() -> None:
    assert _plan("guarded-content").everyone == {"secrets", "canaries", "markings", "provenance", "tools"}
