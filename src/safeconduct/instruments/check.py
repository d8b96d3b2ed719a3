"""Does an instrument make sense? Finds every fault that can be found without asking a person.

``document.read`` has already seen to keys and types. This room asks whether conditions are conditions, whether rules name
rules that exist, whether the models are in the catalog, and whether anything can ever fire.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import cedarpy

from safeconduct.instruments.cohort import DEPTH_LIMIT, Scan, certainly, depth, parse, possibly, scan
from safeconduct.instruments.document import Instrument, Kind, Rule, RuleEffect
from safeconduct.terms.conditions import BY_PATH, SCHEMA_TEXT, Shape
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.standing import Model

_SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
_WRAPPER = 'permit(principal, action == Action::"invoke", resource) when {{\n{cohort}\n}};'
_ORIGIN = {Shape.COUNTRIES, Shape.YES_NO}


@dataclass(frozen=True, slots=True)
class Known:
    """What an instrument is checked against: the catalog, the organizations, and every instrument entered before."""

    models: tuple[Model, ...] = ()
    organizations: frozenset[str] = frozenset()
    instruments: tuple[Instrument, ...] = field(default=())


def check(instrument: Instrument, known: Known | None = None) -> list[Fault]:
    """Every fault of an instrument, in order of line. ``known`` None checks only what needs no registry."""
    faults = [*_times(instrument)]
    for rule in instrument.rules:
        if rule.effect is not RuleEffect.LIFT:
            faults += _cohort(instrument, rule)
    if known is not None:
        rules = _index([*known.instruments, instrument])
        for rule in instrument.rules:
            faults += _models(instrument, rule, known.models)
            if rule.target:
                faults += _target(instrument, rule, rules, known.models)
        faults += _listed(instrument, known)
    return sorted(faults, key=_by_line)


def require_sound(instrument: Instrument, known: Known | None = None) -> None:
    """Raise Refused with all faults, if there are any."""
    faults = check(instrument, known)
    if faults:
        raise Refused(*faults)


def _times(instrument: Instrument) -> Iterable[Fault]:
    where = instrument.where(1)
    if instrument.until <= instrument.effective:
        yield Fault(
            "never_in_force", "The instrument ends before it takes effect", where, "Set until after effective, or drop it"
        )


def _cohort(instrument: Instrument, rule: Rule) -> list[Fault]:
    where = instrument.where(rule.cohort_line)

    def fault(code: str, what: str, mend: str) -> Fault:
        return Fault(code, f'Rule "{rule.id}": {what}', where, mend)

    try:
        body = parse(rule.cohort)
    except ValueError as error:
        return [fault("cohort_syntax", str(error), "Write one Cedar condition, such as principal.employed_there")]
    found = scan(body)
    faults = [fault("cohort_reads", what, _closer(what, mend)) for what, mend in found.faults]
    annexes = {annex.id for annex in instrument.annexes}
    for name in sorted(found.annexes - annexes):
        mend = f"Add an [[annex]] with this id, or name one of {', '.join(sorted(annexes))}" if annexes else "Add an [[annex]]"
        faults.append(fault("cohort_annex", f'the condition names the annex "{name}", which is not here', mend))
    faults += [fault("cohort_regime", what, mend) for what, mend in _regime(instrument, found)]
    if faults:
        return faults
    faults = [fault("cohort_type", *_translated(error)) for error in _validated(rule.cohort)]
    names = {name: name for name in annexes}
    if not faults and max(depth(certainly(body, names)), depth(possibly(body, names))) > DEPTH_LIMIT:
        faults.append(fault("cohort_syntax", "the condition is nested too deep", "Write it as lists of && and ||"))
    if not faults and body == {"Value": False}:
        faults.append(fault("never_fires", "the condition is never true", "Name the callers that are meant, or drop the rule"))
    return faults


def _validated(cohort: str) -> list[str]:
    result = cedarpy.validate_policies(_WRAPPER.format(cohort=cohort), _SCHEMA)
    # The schema has two kinds of caller with the same attributes, so each mistake is reported for both.
    return list(dict.fromkeys(error.error.replace("`Agent`", "`Person`") for error in result.errors))


def _translated(message: str) -> tuple[str, str]:
    """Cedar's message as a sentence about the condition, and how to mend it."""
    message = message.removeprefix("for policy `policy0`, ")
    if message.startswith("unexpected type: expected Bool but saw "):
        shown = message.rpartition(" ")[2]
        return f"the condition is not a yes-or-no question; part of it is a {shown}", 'Compare it, as in principal.tier == "red"'
    if message.startswith("the types "):
        return f"the condition compares unlike things: {message}", "Use .contains(...) for sets and == for text"
    return f"the condition does not fit the schema: {message}", "See the published schema for what principal has"


def _closer(what: str, mend: str) -> str:
    """Name the attribute that was probably meant."""
    if "which the schema does not have" not in what:
        return mend
    path = what.split("principal.", 1)[1].split(",", 1)[0]
    close = difflib.get_close_matches(path, BY_PATH, 1)
    return f"Did you mean principal.{close[0]}?" if close else mend


def _regime(instrument: Instrument, found: Scan) -> Iterable[tuple[str, str]]:
    """INVARIANT (P10): each regime has its own test and its own fact, and a house rule asks for no one's origin."""
    for path in sorted(found.paths):
        group, dot, regime = path.partition(".")
        if group == "us_person" and dot and instrument.regime and instrument.regime != regime:
            yield (
                f"the condition reads principal.{path}, but the instrument stands under the regime {instrument.regime}",
                f"Read principal.us_person.{instrument.regime}, or correct the regime",
            )
        origin = BY_PATH[path].shape in _ORIGIN or path == "nationality_recent"
        if origin and instrument.kind is Kind.ORGANIZATION_POLICY:
            yield (
                f"the condition reads principal.{path}, which an organization's own policy may not",
                "Only an authority's instrument may ask for nationality or status; use other facts",
            )


def _index(instruments: Iterable[Instrument]) -> dict[str, Rule]:
    return {f"{instrument.id}/{rule.id}": rule for instrument in instruments for rule in instrument.rules}


def _models(instrument: Instrument, rule: Rule, models: tuple[Model, ...]) -> Iterable[Fault]:
    ids = {model.id for model in models}
    selectable = ids | {f"tier:{model.tier}" for model in models} | {f"family:{model.family}" for model in models}
    aliases = {alias: model.id for model in models for alias in model.aliases}
    for selector in rule.models:
        if selector in selectable:
            continue
        close = difflib.get_close_matches(selector, sorted(selectable), 1)
        if selector in aliases:
            mend = f'"{selector}" is an alias; write the canonical id "{aliases[selector]}"'
        elif close:
            mend = f'Did you mean "{close[0]}"?'
        else:
            mend = "Add the model to the catalog first, or correct the name"
        what = f'Rule "{rule.id}": the catalog has no model "{selector}"'
        yield Fault("unknown_model", what, instrument.where(rule.line), mend)


def _target(instrument: Instrument, rule: Rule, rules: Mapping[str, Rule], models: tuple[Model, ...]) -> Iterable[Fault]:
    where = instrument.where(rule.line)
    verb = "exempts" if rule.effect is RuleEffect.EXEMPT else "lifts"
    target = rules.get(rule.target)
    if target is None:
        close = difflib.get_close_matches(rule.target, sorted(rules), 1)
        mend = f'Did you mean "{close[0]}"?' if close else "Enter the instrument that holds it first, or correct the name"
        yield Fault("unknown_rule", f'Rule "{rule.id}" {verb} "{rule.target}", which does not exist', where, mend)
        return
    if target is rule:
        yield Fault("rule_names_itself", f'Rule "{rule.id}" {verb} itself', where, "Name the rule that is meant")
    elif rule.effect is RuleEffect.EXEMPT and target.effect is not RuleEffect.FORBID:
        what = f'Rule "{rule.id}" exempts "{rule.target}", which forbids nothing: it is a {target.effect} rule'
        yield Fault("wrong_target", what, where, "Exempt from a forbid rule; to end another rule, lift it")
    elif rule.effect is RuleEffect.LIFT and target.effect is RuleEffect.LIFT:
        what = f'Rule "{rule.id}" lifts "{rule.target}", which is itself a lift'
        yield Fault("wrong_target", what, where, "Withdraw that instrument instead")
    elif rule.effect is RuleEffect.EXEMPT and models and not _share(rule, target, models):
        what = f'Rule "{rule.id}" can never fire: "{rule.target}" is about other models'
        yield Fault("never_fires", what, where, f"That rule is about {', '.join(target.models)}")


def _share(rule: Rule, target: Rule, models: tuple[Model, ...]) -> bool:
    def covered(one: Rule) -> set[str]:
        names = set(one.models)
        return {model.id for model in models if names & {model.id, f"tier:{model.tier}", f"family:{model.family}"}}

    return bool(covered(rule) & covered(target)) or bool(set(rule.models) & set(target.models))


def _listed(instrument: Instrument, known: Known) -> Iterable[Fault]:
    """Names in an annex are matched by people; here they must already be ids of the registry."""
    for annex in instrument.annexes:
        for line in annex.lines:
            if line.organization not in known.organizations:
                close = difflib.get_close_matches(line.organization, sorted(known.organizations), 1)
                mend = f'Did you mean "{close[0]}"?' if close else "Register the organization first, or correct its id"
                what = f'The annex "{annex.id}" lists "{line.organization}", which is not registered'
                yield Fault("unknown_organization", what, f"{annex.file}:{line.line}", mend)
    for rule in instrument.rules:
        if rule.effect is not RuleEffect.LIFT:
            yield from _named(instrument, rule, known)


def _named(instrument: Instrument, rule: Rule, known: Known) -> Iterable[Fault]:
    try:
        named = scan(parse(rule.cohort)).organizations
    except ValueError:
        return  # reported as a syntax fault already
    for name in sorted(named - known.organizations):
        what = f'Rule "{rule.id}": the condition names the organization "{name}", which is not registered'
        where = instrument.where(rule.cohort_line)
        yield Fault("unknown_organization", what, where, "Register the organization first, or correct its id")


def _by_line(fault: Fault) -> tuple[str, int]:
    file, _, line = fault.where.rpartition(":")
    return file, int(line) if line.isdigit() else 0
