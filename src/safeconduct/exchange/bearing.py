"""What do news bear on: everyone's standing, the rules, or only those whom they name?"""

from __future__ import annotations

from safeconduct.registry.changes import MARKS, POPULATION, News

# What a change about structure bears on. A kind that is not here bears on everything.
_ON_RULES = ("instrument.", "model.", "pack.")
_ON_STANDINGS = ("organization.", "project.", "agent.")
_ON_NEITHER = ("resource.", "authority.", "officer.", "held.", "request.", "case.", "content.", "hold.", "canaries.")


def touched_of(news: News, touched: frozenset[str]) -> frozenset[str]:
    """Whom news name: people and keys (``touched``), and whatever else measures and risk are about."""
    return touched.union(each.subject for each in news.changes if each.kind in MARKS)


def bearing(news: News) -> tuple[bool, bool]:
    """Whether news bear on everyone's standing, and whether on the rules."""
    kinds = {change.kind for change in news.changes if change.kind not in MARKS} - POPULATION
    everyone = any(not kind.startswith(_ON_RULES + _ON_NEITHER) for kind in kinds)
    rules = any(not kind.startswith(_ON_STANDINGS + _ON_NEITHER) for kind in kinds)
    marked = any(each.kind in MARKS and each.subject.startswith("model/") for each in news.changes)
    return everyone or marked, rules or marked
