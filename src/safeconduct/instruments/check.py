"""Does an instrument make sense? Finds every fault that can be found without asking a person.

``document.read`` has already seen to keys and types. This room asks whether conditions are conditions (``condition``), whether
what an instrument names exists (``references``), whether its times can be right, whether anybody holds the facts it asks for,
and how its rules meet each other and those in force (``overlaps``).
"""

from __future__ import annotations

from collections.abc import Iterator

from safeconduct.instruments.cohort import scan
from safeconduct.instruments.condition import condition, readable
from safeconduct.instruments.document import Instrument, Rule, RuleEffect
from safeconduct.instruments.known import Finding as Finding
from safeconduct.instruments.known import Known as Known
from safeconduct.instruments.known import Severity as Severity
from safeconduct.instruments.known import fault, warning
from safeconduct.instruments.overlaps import overlaps
from safeconduct.instruments.references import references
from safeconduct.terms.conditions import BY_FACT
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import show
from safeconduct.terms.safeguards import REDACT, redacting


def review(instrument: Instrument, known: Known | None = None) -> list[Finding]:
    """Every finding, faults and warnings, in order of file and line. ``known`` None checks only what needs no registry."""
    findings = [*_times(instrument, known), *_redactions(instrument)]
    wordings: list[Finding] = []
    for rule in instrument.conditioned():
        wordings += condition(instrument, rule, known)
    findings += wordings
    if known is not None:
        findings += references(instrument, known)
    if not wordings:
        if known is not None:
            findings += _unheld(instrument, known)
        findings += _unsaid(overlaps(instrument, known or Known()), findings)
    return sorted(findings, key=_by_line)


def check(instrument: Instrument, known: Known | None = None) -> list[Fault]:
    """Every fault that keeps an instrument out, in order of file and line."""
    return [one.fault for one in review(instrument, known) if one.severity is Severity.FAULT]


def warnings(instrument: Instrument, known: Known | None = None) -> list[Fault]:
    """What an officer should have read before going on, in order of file and line."""
    return [one.fault for one in review(instrument, known) if one.severity is Severity.WARNING]


def _times(instrument: Instrument, known: Known | None) -> Iterator[Finding]:
    where = instrument.where
    if instrument.until <= instrument.effective:
        what, mend = "The instrument ends before it takes effect", "Set until after effective, or drop it"
        yield fault("never_in_force", what, where(instrument.line_of("until")), mend)
    if instrument.received is not None and instrument.received > instrument.effective:
        what = f"The instrument was received on {show(instrument.received)}, after it took effect"
        mend = "Make sure of both times; it holds from its activation, never before"
        yield warning("received_late", what, where(instrument.line_of("received")), mend)
    now = None if known is None else known.now
    if now is None:
        return
    if instrument.until <= now:
        what = f"The instrument ended on {show(instrument.until)}; it would never be in force"
        yield fault("already_ended", what, where(instrument.line_of("until")), "Correct until, or leave the instrument out")
    if instrument.effective < now:
        what = f"The instrument takes effect on {show(instrument.effective)}, which is past"
        yield warning("effective_past", what, where(instrument.line_of("effective")), "It will hold from its activation on")
    if instrument.received is not None and instrument.received > now:
        what = f"The instrument is said to be received on {show(instrument.received)}, which is still to come"
        yield fault("received_future", what, where(instrument.line_of("received")), "Write when it was received, with the zone")


def _redactions(instrument: Instrument) -> Iterator[Finding]:
    """Texts to be taken out that nobody finds: the calls under such a rule are refused."""
    for rule in instrument.rules:
        for name, value in rule.duties:
            if name != REDACT:
                continue
            try:
                redacting(value)
            except ValueError as wrong:
                what = f'Rule "{rule.id}" asks to redact "{value}", so every call under it is refused: {wrong}'
                yield warning("redact_unknown", what, instrument.where(rule.line), "Name a detector, such as secrets or personal")


def facts_asked(instrument: Instrument, known: Known | None = None) -> frozenset[str]:
    """Every fact that a condition of the instrument reads, derived ones by their own name; none of what cannot be read."""
    found: set[str] = set()
    for rule in instrument.conditioned():
        try:
            found |= scan(readable(rule.cohort, known)[0]).facts
        except ValueError:
            continue  # reported as a syntax fault already
    return frozenset(found)


def _unheld(instrument: Instrument, known: Known) -> Iterator[Finding]:
    """Conditions that ask for facts which nobody has on record."""
    if known.held is None:
        return
    for rule in instrument.conditioned():
        body, _ = readable(rule.cohort, known)
        for fact in sorted(scan(body).facts):
            if fact in known.held:
                continue
            forbids = isinstance(rule, Rule) and rule.effect is RuleEffect.FORBID
            follows = "it is not known of anybody, so nobody is ruled out" if forbids else "nobody is certain to meet it"
            sort = "Rule" if isinstance(rule, Rule) else "Guard"
            none = f"of which none of {known.people:,} people has valid evidence"
            what = f'{sort} "{rule.id}" asks for {BY_FACT[fact].label or fact}, {none}: {follows}'
            mend = "Have evidence for it recorded first; see: safeconduct readiness"
            yield warning("fact_unheld", what, instrument.where(rule.cohort_line), mend)


def _unsaid(found: list[Finding], told: list[Finding]) -> list[Finding]:
    """Those that say something new: a rule that names itself, or another's models, needs no second sentence."""
    lines = {(one.fault.code, one.fault.where) for one in told}
    return [one for one in found if (one.fault.code, one.fault.where) not in lines]


def _by_line(finding: Finding) -> tuple[str, int, str]:
    file, _, line = finding.fault.where.rpartition(":")
    return file, int(line) if line.isdigit() else 0, finding.fault.code
