"""The ready program's safeguards can be read, ask for what every installation has, and leave ordinary work alone."""

from __future__ import annotations

from importlib import resources

import pytest

from safeconduct.assembly import safeguards
from safeconduct.instruments.check import check
from safeconduct.instruments.document import read
from safeconduct.safeguards.plan import Plan
from safeconduct.settings.load import Settings
from safeconduct.terms.blocks import Direction
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import Action, Finding


def _text(name: str) -> str:
    return resources.files("safeconduct.assembly").joinpath("program", name).read_text("utf-8")


def _plan(name: str, *rules: str) -> Plan:
    found = [rule for rule in read(_text(name), {}).rules if rule.id in rules]
    assert len(found) == len(rules)
    return Plan.of([Duty(name, value, rule.id) for rule in found for name, value in rule.duties], Plan.EMPTY)


@pytest.mark.parametrize("name", ["safeguards.toml", "safeguards-models.toml"])
def test_it_makes_sense(name: str) -> None:
    assert check(read(_text(name), {})) == []


def test_security_work_is_not_measured_by_the_rate_of_an_office() -> None:
    odd, odder = (Finding("misuse", "encoder", "$", chance=each) for each in (0.0008, 0.0004))
    office = _plan("safeguards-models.toml", "misuse-of-restricted-models")
    security = _plan("safeguards-models.toml", "misuse-in-security-work")
    assert office.action(odd, Direction.REQUEST) is Action.HOLD
    assert security.order(odd, Direction.REQUEST) is None
    assert security.action(odder, Direction.REQUEST) is Action.HOLD


def test_p1_what_is_in_force_in_a_new_home_asks_for_nothing_that_a_bare_installation_lacks() -> None:
    bare = safeguards.enabled(Settings())
    asked = _plan("safeguards.toml", "guarded-content", "tool-calls-of-projects")
    assert asked.everyone == {"secrets", "canaries", "markings", "provenance", "tools"}
    assert not asked.everyone & {"misuse", "injection"}
    assert not bare.absent(asked)


def test_only_what_the_organization_watches_or_forbade_stops_anything() -> None:
    content = _plan("safeguards.toml", "guarded-content")
    stopping = {name for name in content.everyone if content.action(Finding(name, "x", "$"), Direction.REQUEST) > Action.REDACT}
    assert stopping == {"canaries"}
    assert not content.acting(Direction.ANSWER), "answers of people without a project pass as they come"
