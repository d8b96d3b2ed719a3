"""What news bear on: a mark on one of the structure names it alone, one on a model is a rule."""

from __future__ import annotations

import pytest

from safeconduct.exchange.bearing import bearing, touched_of
from safeconduct.registry.changes import Change, News


def news(kind: str, subject: str) -> News:
    return News.of([Change(1, 1, "x", kind, subject, {})], 0)


@pytest.mark.parametrize(
    ("kind", "subject", "everyone", "rules"),
    [
        ("instrument.activated", "i", False, True),
        ("organization.ended", "acme", True, False),
        ("risk.moved", "organization/acme", False, False),
        ("measure.taken", "agent/bot", False, False),
        ("measure.taken", "model/m", True, True),
        ("case.opened", "c", False, False),
        ("person.ended", "ann", False, False),
        ("something.new", "x", True, True),
    ],
)
def test_what_news_bear_on(kind: str, subject: str, everyone: bool, rules: bool) -> None:
    assert bearing(news(kind, subject)) == (everyone, rules)


def test_marks_name_whom_they_are_about() -> None:
    moved = news("risk.moved", "organization/acme")
    assert touched_of(moved, frozenset({"person/ann"})) == {"person/ann", "organization/acme"}
    assert touched_of(news("organization.ended", "acme"), frozenset()) == frozenset()
