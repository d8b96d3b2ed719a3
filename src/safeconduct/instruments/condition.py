"""Is the condition of a rule or guard a condition? Syntax, schema, annexes, rule packs, regimes. One condition at a time."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import cedarpy
import msgspec

from safeconduct.instruments.cohort import DEPTH_LIMIT, Expr, Scan, certainly, depth, parse, possibly, scan
from safeconduct.instruments.document import Guard, Instrument, Kind, Rule
from safeconduct.instruments.known import Finding, Known, fault
from safeconduct.instruments.packs import expand
from safeconduct.terms.conditions import BY_PATH, SCHEMA_TEXT, Shape

_SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
_ORIGIN = {Shape.COUNTRIES, Shape.YES_NO}
_SOME_COUNTRY: Expr = {"Set": [{"Value": "BV"}]}  # stands for a pack's list where no packs are known; nobody lives there


def readable(cohort: str, known: Known | None) -> tuple[Expr, set[str]]:
    """A condition in Cedar's JSON form with its packs written out, and the names of packs that are not there.

    Raises ValueError with a sentence when it is no condition.
    """
    absent: set[str] = set()
    body: Expr = expand(parse(cohort), known.packs if known is not None else {}, absent)
    if known is None:
        return _without_packs(body), set()
    return body, absent


def condition(instrument: Instrument, rule: Rule | Guard, known: Known | None) -> list[Finding]:
    """Everything that is wrong with the condition by itself."""
    where = instrument.where(rule.cohort_line)
    sort = "Rule" if isinstance(rule, Rule) else "Guard"

    def found_fault(code: str, what: str, mend: str) -> Finding:
        return fault(code, f'{sort} "{rule.id}": {what}', where, mend)

    try:
        body, absent = readable(rule.cohort, known)
    except ValueError as error:
        return [found_fault("cohort_syntax", str(error), "Write one Cedar condition, such as principal.employed_there")]
    if absent:
        return [found_fault("unknown_pack", f'no rule pack has the list "{name}"', _pack(name, known)) for name in sorted(absent)]
    found = scan(body)
    faults = [found_fault("cohort_reads", what, _closer(what, mend)) for what, mend in found.faults]
    annexes = {annex.id for annex in instrument.annexes}
    for name in sorted(found.annexes - annexes):
        mend = f"Add an [[annex]] with this id, or name one of {', '.join(sorted(annexes))}" if annexes else "Add an [[annex]]"
        faults.append(found_fault("cohort_annex", f'the condition names the annex "{name}", which is not here', mend))
    faults += [found_fault("cohort_regime", what, mend) for what, mend in _regime(instrument, found)]
    if faults:
        return faults
    faults = [found_fault("cohort_type", *_translated(error)) for error in _validated(body)]
    names = {name: name for name in annexes}
    if not faults and max(depth(certainly(body, names)), depth(possibly(body, names))) > DEPTH_LIMIT:
        faults.append(found_fault("cohort_syntax", "the condition is nested too deep", "Write it as lists of && and ||"))
    if not faults and body == {"Value": False}:
        faults.append(
            found_fault(
                "never_fires", "the condition is never true", f"Name the callers that are meant, or drop the {sort.lower()}"
            )
        )
    return faults


def _without_packs(body: Any) -> Any:
    match body:
        case {"Value": {"__entity": {"type": "Pack"}}}:
            return _SOME_COUNTRY
        case dict():
            return {key: _without_packs(value) for key, value in body.items()}
        case list():
            return [_without_packs(value) for value in body]
    return body


def _pack(name: str, known: Known | None) -> str:
    packs = known.packs if known is not None else {}
    names = sorted(f"{pack.id}/{one.id}" for pack in packs.values() for one in pack.lists)
    close = difflib.get_close_matches(name, names, 1, cutoff=0.5)
    return f'Did you mean Pack::"{close[0]}"?' if close else "Enter the pack first, or list the countries"


def _validated(body: Expr) -> list[str]:
    policy = {
        "effect": "permit",
        "principal": {"op": "All"},
        "action": {"op": "==", "entity": {"type": "Action", "id": "invoke"}},
        "resource": {"op": "All"},
        "conditions": [{"kind": "when", "body": body}],
    }
    policies = {"staticPolicies": {"policy0": policy}, "templates": {}, "templateLinks": []}
    text = cedarpy.policies_from_json_str(msgspec.json.encode(policies).decode())
    result = cedarpy.validate_policies(text, _SCHEMA)
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
