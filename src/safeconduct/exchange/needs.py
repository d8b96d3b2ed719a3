"""Which instruments ask for which facts? The measure of what may be recorded, read and shown about a person.

INVARIANT (P10): a fact about anybody's origin is used only where an instrument demands it. ``in_force`` says which instruments
read a fact now, ``entered`` which documents would once they take effect; a fact in neither has no business being recorded.

A need for a derived fact is a need for the evidence that it rests on; both are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from safeconduct.instruments.cohort import parse, scan
from safeconduct.instruments.document import Instrument, RuleEffect, read
from safeconduct.registry.facts import CATALOG, evidence_of
from safeconduct.registry.records import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import CompiledGuard, CompiledRule

Needs = Mapping[str, tuple[str, ...]]
"""Ids of instruments, sorted, by the fact that they read; facts that nobody reads are absent."""

GONE = frozenset({"withdrawn", "superseded"})  # versions that will never be in force again


def in_force(rules: Iterable[CompiledRule | CompiledGuard]) -> Needs:
    """The needs of compiled rules, of the exemptions from them, and of guards."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        if isinstance(rule, CompiledGuard):
            _note(found, rule.instrument, rule.facts)
            continue
        _note(found, rule.instrument, rule.own_facts)
        for exemption in rule.exemptions:
            _note(found, exemption.id.rpartition("/")[0], exemption.facts)
    return _sorted(found)


def entered(registry: Registry, now: Moment) -> Needs:
    """The needs of every document that is in force or may come into force yet, drafts included."""
    found: dict[str, set[str]] = {}
    for record in registry.instruments():
        if record.status in GONE or record.withdrawn_at is not None:
            continue
        instrument = _document(record)
        if instrument is not None and now < instrument.until:
            for cohort in _cohorts(instrument):
                _note(found, instrument.id, _facts(cohort))
    return _sorted(found)


def unasked(facts: Iterable[str], needs: Needs) -> tuple[str, ...]:
    """The facts about somebody's origin among ``facts`` that no instrument asks for, sorted."""
    return tuple(sorted(name for name in set(facts) if name in CATALOG and CATALOG[name].origin and name not in needs))


def warning(unasked_: Iterable[str]) -> str:
    """One sentence for the officer who records what nobody asks for; empty when there is nothing to say."""
    names = ", ".join(unasked_)
    if not names:
        return ""
    return (
        f"Warning: no instrument that was entered asks for {names}. Facts about where a person comes from are recorded only "
        "where an instrument demands them; withdraw what is not needed."
    )


def _document(record: InstrumentRecord) -> Instrument | None:
    try:
        return read(record.text, {name: text.encode() for name, text in record.annexes.items()}, f"{record.id}.toml")
    except Refused:
        return None  # it can never come into force as it is, so it asks for nothing


def _cohorts(instrument: Instrument) -> Iterable[str]:
    yield from (rule.cohort for rule in instrument.rules if rule.effect is not RuleEffect.LIFT)
    yield from (guard.cohort for guard in instrument.guards)


def _facts(cohort: str) -> frozenset[str]:
    try:
        return scan(parse(cohort)).facts
    except ValueError:
        return frozenset()  # a draft with a mistake; check says so


def _note(found: dict[str, set[str]], instrument: str, facts: frozenset[str]) -> None:
    for name in facts | evidence_of(facts):
        found.setdefault(name, set()).add(instrument)


def _sorted(found: Mapping[str, set[str]]) -> Needs:
    return {name: tuple(sorted(instruments)) for name, instruments in sorted(found.items())}
