"""Does everything that an instrument names exist: models, rules, fallbacks, authorities, organizations? Are there circles?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from safeconduct.instruments.annex import Scope
from safeconduct.instruments.cohort import scan
from safeconduct.instruments.condition import readable
from safeconduct.instruments.document import Annex, Guard, Instrument, Rule, RuleEffect
from safeconduct.instruments.known import Finding, Known, fault, warning
from safeconduct.instruments.matching import unmatched
from safeconduct.terms.content import BANNED, CLASS_DAYS, RETAIN
from safeconduct.terms.standing import Model

_BINDING = {RuleEffect.FORBID: "a prohibition", RuleEffect.OBLIGE: "an obligation"}
_TIERS = 10  # named in one fault
_SUGGESTIONS = 20  # looking for what was meant costs time; whoever has more wrong names has the wrong list
_LOOK_ALIKE = 0.93  # two of fourteen letters, about


def references(instrument: Instrument, known: Known) -> list[Finding]:
    """Every finding about the names in an instrument."""
    newest = {one.id: one for one in (*known.instruments, instrument)}
    rules = {f"{one.id}/{rule.id}": rule for one in newest.values() for rule in one.rules}
    findings: list[Finding] = []
    for rule in instrument.rules:
        findings += _models(instrument, rule, known.models)
        findings += _fallback(instrument, rule, known.models)
        findings += _classes(instrument, rule)
        if rule.target:
            findings += _target(instrument, rule, rules, known.models)
            findings += _another_authoritys(instrument, rule, rules.get(rule.target), newest)
    findings += _circles(instrument, rules)
    findings += _left_hanging(instrument, known, rules)
    for guard in instrument.guards:
        findings += _authority(instrument, guard, known)
    findings += _offered(instrument, known)
    findings += _listed(instrument, known)
    return findings


def _models(instrument: Instrument, rule: Rule, models: tuple[Model, ...]) -> Iterable[Finding]:
    ids = {model.id for model in models}
    selectable = ids | {f"tier:{model.tier}" for model in models} | {f"family:{model.family}" for model in models}
    for selector in rule.models:
        if selector not in selectable:
            what = f'Rule "{rule.id}": the catalog has no model "{selector}"'
            mend = _many(models) if "*" in selector else _meant(selector, selectable, models)
            yield fault("unknown_model", what, instrument.where(rule.line), mend)


def _many(models: tuple[Model, ...]) -> str:
    """What to write in place of a sign that would stand for many models: there is none, so that none is meant by mistake."""
    tiers = sorted({f'"tier:{model.tier}"' for model in models})
    if not tiers:
        return "No sign stands for many models: catalog them, then name their tiers or families (tier:NAME, family:NAME)"
    shown = ", ".join(tiers[:_TIERS]) + (", and so on" if len(tiers) > _TIERS else "")
    return f"No sign stands for many models: name their tiers or families; every model of today is in models = [{shown}]"


def _meant(name: str, selectable: Iterable[str], models: tuple[Model, ...]) -> str:
    aliases = {alias: model.id for model in models for alias in model.aliases}
    close = difflib.get_close_matches(name, sorted(selectable), 1)
    if name in aliases:
        return f'"{name}" is an alias; write the canonical id "{aliases[name]}"'
    return f'Did you mean "{close[0]}"?' if close else "Add the model to the catalog first, or correct the name"


def _classes(instrument: Instrument, rule: Rule) -> Iterable[Finding]:
    for name, value in rule.duties:
        if name == RETAIN and value != BANNED and value not in CLASS_DAYS:
            close = difflib.get_close_matches(value, CLASS_DAYS, 1)
            meant = f'did you mean "{close[0]}"? Else write' if close else "write"
            what = f'Rule "{rule.id}" keeps content in the class "{value}", which is none of {", ".join(CLASS_DAYS)}'
            mend = f"Without that class every call under the rule is refused; {meant} [vault.class.{value}] into the settings"
            yield warning("unknown_class", what, instrument.where(rule.line), mend)


def _fallback(instrument: Instrument, rule: Rule, models: tuple[Model, ...]) -> Iterable[Finding]:
    if not rule.fallback:
        return
    where = instrument.where(rule.line)
    offered = next((model for model in models if model.id == rule.fallback), None)
    if offered is None:
        what = f'Rule "{rule.id}": the catalog has no model "{rule.fallback}" to fall back to'
        yield fault("unknown_model", what, where, _meant(rule.fallback, {model.id for model in models}, models))
        return
    covered = _covered(rule, models)
    if offered in covered:
        what = f'Rule "{rule.id}" offers "{offered.id}" instead, and forbids it itself'
        yield fault("fallback_forbidden", what, where, "Name a model that the rule is not about")
    for model in covered:
        if model is not offered and not model.dialects & offered.dialects:
            what = f'Rule "{rule.id}" offers "{offered.id}" instead of "{model.id}", but no API serves both'
            mend = f"Name a model that is served over {' or '.join(sorted(model.dialects))}, or split the rule"
            yield fault("fallback_dialect", what, where, mend)


def _covered(rule: Rule, models: tuple[Model, ...]) -> list[Model]:
    names = set(rule.models)
    return [model for model in models if names & {model.id, f"tier:{model.tier}", f"family:{model.family}"}]


def _target(instrument: Instrument, rule: Rule, rules: Mapping[str, Rule], models: tuple[Model, ...]) -> Iterable[Finding]:
    where = instrument.where(rule.line)
    verb = _verb(rule)
    target = rules.get(rule.target)
    if target is None:
        others = sorted(name for name, one in rules.items() if one is not rule)
        close = difflib.get_close_matches(rule.target, others, 1)
        first = "Enter the instrument that holds it first (one that was withdrawn does not count), or correct the name"
        mend = f'Did you mean "{close[0]}"?' if close else first
        yield fault("unknown_rule", f'Rule "{rule.id}" {verb} "{rule.target}", which does not exist', where, mend)
    elif target is rule:
        yield fault("rule_names_itself", f'Rule "{rule.id}" {verb} itself', where, "Name the rule that is meant")
    elif rule.effect is RuleEffect.EXEMPT and target.effect is not RuleEffect.FORBID:
        what = f'Rule "{rule.id}" exempts "{rule.target}", which forbids nothing: it is a {target.effect} rule'
        yield fault("wrong_target", what, where, "Exempt from a forbid rule; to end another rule, lift it")
    elif rule.effect is RuleEffect.LIFT and target.effect is RuleEffect.LIFT:
        what = f'Rule "{rule.id}" lifts "{rule.target}", which is itself a lift'
        yield fault("wrong_target", what, where, "Withdraw that instrument instead")
    elif rule.effect is RuleEffect.EXEMPT and models and not _share(rule, target, models):
        what = f'Rule "{rule.id}" can never fire: "{rule.target}" is about other models'
        yield fault("never_fires", what, where, f"That rule is about {', '.join(target.models)}")


def _another_authoritys(
    instrument: Instrument, rule: Rule, target: Rule | None, newest: Mapping[str, Instrument]
) -> Iterable[Finding]:
    """INVARIANT (P9): only whoever forbade or ordered something takes it back; no paper of the operator's own ends a letter."""
    owner = newest.get(rule.target.partition("/")[0])
    if owner is None or target is None or target.effect not in _BINDING or owner.authority == instrument.authority:
        return
    sort = _BINDING[target.effect]
    what = f'Rule "{rule.id}" {_verb(rule)} "{rule.target}", {sort} of {owner.authority}, not of {instrument.authority}'
    mend = f"Only {owner.authority} may do that; enter its own letter"
    yield fault("other_authority", what, instrument.where(rule.line), mend)


def _verb(rule: Rule) -> str:
    return "exempts" if rule.effect is RuleEffect.EXEMPT else "lifts"


def _share(rule: Rule, target: Rule, models: tuple[Model, ...]) -> bool:
    covered = {model.id for model in _covered(rule, models)}
    return bool(covered & {model.id for model in _covered(target, models)}) or bool(set(rule.models) & set(target.models))


def _circles(instrument: Instrument, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Exemptions and lifts that lead from one instrument to the next and back again."""
    for rule in instrument.rules:
        start = f"{instrument.id}/{rule.id}"
        chain = [start]
        while (following := rules[chain[-1]].target if chain[-1] in rules else "") and following not in chain:
            chain.append(following)
        if following == start and len(chain) > 1:
            what = f'Rule "{rule.id}" names in a circle: {" -> ".join([*chain, start])}'
            yield fault("circle", what, instrument.where(rule.line), "Name a rule that does not depend on this one")


def _left_hanging(instrument: Instrument, known: Known, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Rules of other instruments that name a rule which this version no longer has, or has as another sort."""
    for other in known.instruments:
        if other.id == instrument.id:
            continue
        for rule in other.rules:
            owner, _, name = rule.target.partition("/")
            if owner != instrument.id:
                continue
            target = rules.get(rule.target)
            if target is None or (rule.effect is RuleEffect.EXEMPT and target.effect is not RuleEffect.FORBID):
                became = "has no such rule" if target is None else f"has it as a {target.effect} rule"
                what = f'"{other.id}/{rule.id}" {_verb(rule)} rule "{name}" of this instrument, which now {became}'
                mend = f'Keep a rule "{name}", or amend {other.id} as well'
                yield warning("reference_broken", what, instrument.where(1), mend)


def _offered(instrument: Instrument, known: Known) -> Iterable[Finding]:
    """Models that rungs of a ladder offer instead."""
    ids = {model.id for model in known.models}
    for rung, line in zip(instrument.ladder, instrument.rung_lines, strict=True):
        if rung.fallback and rung.fallback not in ids:
            close = difflib.get_close_matches(rung.fallback, sorted(ids), 1)
            mend = f'Did you mean "{close[0]}"?' if close else "Catalog it first, or name another"
            what = f'Rung "{rung.id}" offers "{rung.fallback}", which is no model of the catalog'
            yield fault("unknown_model", what, instrument.where(line), mend)


def _authority(instrument: Instrument, guard: Guard, known: Known) -> Iterable[Finding]:
    if known.authorities is None or guard.authority in known.authorities:
        return
    close = difflib.get_close_matches(guard.authority, sorted(known.authorities), 1)
    mend = f'Did you mean "{close[0]}"?' if close else "Register the authority first, or correct its id"
    what = f'Guard "{guard.id}" asks for the approval of "{guard.authority}", which is no registered authority'
    yield fault("unknown_authority", what, instrument.where(guard.line), mend)


def _listed(instrument: Instrument, known: Known) -> Iterable[Finding]:
    """Names in an annex are matched by people; here they must already be ids of the registry."""
    names = sorted(known.organizations)
    suggested = 0
    for annex in instrument.annexes:
        for line in annex.lines:
            if line.organization and line.organization not in known.organizations:
                suggested += 1
                close = difflib.get_close_matches(line.organization, names, 1) if suggested <= _SUGGESTIONS else []
                mend = f'Did you mean "{close[0]}"?' if close else "Register the organization first, or correct its id"
                what = f'The annex "{annex.id}" lists "{line.organization}", which is not registered'
                yield fault("unknown_organization", what, f"{annex.file}:{line.line}", mend)
        yield from _look_alikes(annex)
    yield from _unmatched(instrument)
    for rule in instrument.conditioned():
        yield from _named(instrument, rule, known)


def _unmatched(instrument: Instrument) -> Iterable[Finding]:
    """Names that nobody matched list nobody. Names are matched once the letter is entered, so this keeps no letter out; the
    office lets nobody approve one while a name is left.
    """
    for annex, line in unmatched(instrument):
        what = (
            f'The annex "{annex.id}" lists the name "{line.name}", which is not matched to an organization; it lists nobody yet'
        )
        mend = "Have two people match it: safeconduct instrument match"
        yield warning("unmatched_name", what, f"{annex.file}:{line.line}", mend)


def _look_alikes(annex: Annex) -> Iterable[Finding]:
    """Two lines that look like the same organization written twice. Looks at neighbors in order, forwards and backwards."""
    lines = {line.organization or line.name: line for line in annex.lines}
    alone = {name for name, line in lines.items() if line.scope is Scope.ALONE}
    told: set[frozenset[str]] = set()
    for order in (sorted(lines), sorted(lines, key=lambda name: name[::-1])):
        for one, other in pairwise(order):
            pair = frozenset((one, other))
            if pair in told or not _alike(one, other):
                continue
            told.add(pair)
            first, second = sorted((lines[one], lines[other]), key=lambda line: line.line)
            names = second.organization or second.name, first.organization or first.name
            what = f'The annex "{annex.id}" lists "{names[0]}", much like "{names[1]}" on line {first.line}'
            mend = "Make sure that both are meant; they are two organizations" + (
                "" if pair <= alone else ", each with its scope"
            )
            yield warning("annex_look_alike", what, f"{annex.file}:{second.line}", mend)


def _alike(one: str, other: str) -> bool:
    first, second = ("".join(letter for letter in name if letter.isalnum()) for name in (one, other))
    if first == second:
        return True
    if any(a.isdigit() and b.isdigit() and a != b for a, b in zip(first, second, strict=False)):
        return False  # numbered names differ by design
    return min(len(first), len(second)) > 6 and difflib.SequenceMatcher(None, first, second, False).ratio() >= _LOOK_ALIKE


def _named(instrument: Instrument, rule: Rule | Guard, known: Known) -> Iterable[Finding]:
    try:
        named = scan(readable(rule.cohort, known)[0]).organizations
    except ValueError:
        return  # reported as a syntax fault already
    sort = "Rule" if isinstance(rule, Rule) else "Guard"
    for name in sorted(named - known.organizations):
        what = f'{sort} "{rule.id}": the condition names the organization "{name}", which is not registered'
        where = instrument.where(rule.cohort_line)
        yield fault("unknown_organization", what, where, "Register the organization first, or correct its id")
