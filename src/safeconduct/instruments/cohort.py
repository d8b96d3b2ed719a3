"""When does a condition certainly hold, and when can it not be ruled out? Cohorts under facts that may not be known.

A cohort is a Cedar condition. Some of the facts it reads may be unknown, expired or contradicted for a caller, so each cohort
is compiled twice, by Kleene's strong three-valued logic written out in Cedar itself:

- ``certainly``: true only if the facts that are known force it. A comparison L over facts F becomes ``known(F) && L``.
- ``possibly``: false only if the facts that are known rule it out. L becomes ``!known(F) || L``.

``&&`` and ``||`` pass through, ``!`` turns one reading into the other. A prohibition fires where its cohort possibly holds, a
permission or an exemption counts where its cohort certainly holds.

INVARIANT (P1): both readings are monotone in what is known: learning nothing new can never make ``certainly`` true or
``possibly`` false. So taking a fact away never turns a no into a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cedarpy
import msgspec

from safeconduct.terms.conditions import BY_PATH, Shape
from safeconduct.terms.countries import COUNTRIES, COUNTRY_MEND

Expr = dict[str, Any]
Guard = Callable[[frozenset[str]], Expr | None]

SOURCE_DEPTH = 600  # levels of JSON; a chain of 290 comparisons, which is as much as the text limit can hold
DEPTH_LIMIT = 100  # levels of JSON once compiled; the engine's own reader stops at 128
IF_LIMIT = 6  # each if doubles the text of the condition it asks

# What a cohort may be built from. Nothing here can fail at run time once the schema check has passed: no arithmetic
# (overflow), no extension functions (bad text), no tags (absent). An erroring prohibition would be skipped by Cedar.
_LOGIC = {"&&", "||"}
_COMPARE = {"==", "!=", "in", "contains", "containsAll", "containsAny"}
_YES_NO = {"yes", "no"}


@dataclass(slots=True)
class Scan:
    """What a cohort reads. ``literals`` are the texts each path is compared with; ``faults`` are (what, mend) pairs."""

    paths: set[str] = field(default_factory=set)
    annexes: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    literals: dict[str, set[str]] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def facts(self) -> frozenset[str]:
        return frozenset(BY_PATH[path].fact for path in self.paths if BY_PATH[path].fact)


def parse(text: str) -> Expr:
    """Read a cohort as Cedar reads it and return Cedar's JSON form of it.

    Raises ValueError with a sentence when it is not exactly one Cedar expression.
    """
    try:
        tree = msgspec.json.decode(cedarpy.policies_to_json_str(f"permit(principal, action, resource) when {{\n{text}\n}};"))
    except ValueError as error:
        raise ValueError(f"it is not a Cedar condition: {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    policies = list(tree["staticPolicies"].values())
    if len(policies) != 1 or tree["templates"] or len(policies[0]["conditions"]) != 1:
        raise ValueError("it holds more than one expression")
    body: Expr = policies[0]["conditions"][0]["body"]
    if depth(body) > SOURCE_DEPTH:
        raise ValueError("it is nested too deep")
    return body


def path_of(node: Expr) -> str | None:
    """``us_person.ear`` for ``principal.us_person.ear``; None for anything that is not an attribute of the caller."""
    names: list[str] = []
    while isinstance(node, dict) and "." in node:
        names.append(node["."]["attr"])
        node = node["."]["left"]
    return ".".join(reversed(names)) if names and node == {"Var": "principal"} else None


def scan(body: Expr) -> Scan:
    """Everything a cohort reads, and every construct it may not use."""
    found = Scan()
    _walk(body, found, 0)
    return found


def certainly(body: Expr, annexes: Mapping[str, str]) -> Expr:
    """The reading for permissions and exemptions. ``annexes`` maps the ids as written to the ids used inside."""
    return _certainly(body, annexes, _facts_known)


def possibly(body: Expr, annexes: Mapping[str, str]) -> Expr:
    """The reading for prohibitions."""
    return _possibly(body, annexes, _facts_known)


def conceivable(body: Expr, annexes: Mapping[str, str]) -> Expr:
    """Whether the condition could hold for anybody of the caller's organization: everything but it counts as unknown."""
    return _possibly(body, annexes, _organization_known)


def both(left: Expr, right: Expr) -> Expr:
    return {"&&": {"left": left, "right": right}}


def either(left: Expr, right: Expr) -> Expr:
    return {"||": {"left": left, "right": right}}


def negation(arg: Expr) -> Expr:
    return {"!": {"arg": arg}}


def balanced(operator: str, parts: Sequence[Expr]) -> Expr:
    """Join parts with && or || as a balanced tree: a long list stays shallow. No part can fail, so order is free."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return {operator: {"left": balanced(operator, parts[:middle]), "right": balanced(operator, parts[middle:])}}


def _parts(operator: str, node: Expr) -> list[Expr]:
    """The operands of a chain of one operator, in order."""
    parts: list[Expr] = []
    pending = [node]
    while pending:
        one = pending.pop()
        if operator in one:
            pending += [one[operator]["right"], one[operator]["left"]]
        else:
            parts.append(one)
    return parts


def _certainly(node: Expr, annexes: Mapping[str, str], guard: Guard) -> Expr:
    match node:
        case {"&&": _}:
            return balanced("&&", [_certainly(part, annexes, guard) for part in _parts("&&", node)])
        case {"||": _}:
            return balanced("||", [_certainly(part, annexes, guard) for part in _parts("||", node)])
        case {"!": {"arg": arg}}:
            return negation(_possibly(arg, annexes, guard))
        case {"if-then-else": {"if": test, "then": then, "else": other}}:
            yes = both(_certainly(test, annexes, guard), _certainly(then, annexes, guard))
            no = both(negation(_possibly(test, annexes, guard)), _certainly(other, annexes, guard))
            return either(yes, no)
    known = guard(_paths(node))
    leaf: Expr = scoped(node, annexes)
    return leaf if known is None else both(known, leaf)


def _possibly(node: Expr, annexes: Mapping[str, str], guard: Guard) -> Expr:
    match node:
        case {"&&": _}:
            return balanced("&&", [_possibly(part, annexes, guard) for part in _parts("&&", node)])
        case {"||": _}:
            return balanced("||", [_possibly(part, annexes, guard) for part in _parts("||", node)])
        case {"!": {"arg": arg}}:
            return negation(_certainly(arg, annexes, guard))
        case {"if-then-else": {"if": test, "then": then, "else": other}}:
            yes = both(_possibly(test, annexes, guard), _possibly(then, annexes, guard))
            no = both(negation(_certainly(test, annexes, guard)), _possibly(other, annexes, guard))
            return either(yes, no)
    known = guard(_paths(node))
    leaf: Expr = scoped(node, annexes)
    return leaf if known is None else either(negation(known), leaf)


def _facts_known(paths: frozenset[str]) -> Expr | None:
    """The Cedar test that all facts behind these paths are known; None where there is none to know."""
    facts = sorted(BY_PATH[path].fact for path in paths if BY_PATH[path].fact)
    if not facts:
        return None
    known = {".": {"left": {"Var": "principal"}, "attr": "known"}}
    return {"containsAll": {"left": known, "right": {"Set": [{"Value": fact} for fact in facts]}}}


def _organization_known(paths: frozenset[str]) -> Expr | None:
    return None if paths <= {"organization"} else {"Value": False}


def _paths(node: Expr) -> frozenset[str]:
    found = Scan()
    _walk(node, found, 0)
    return frozenset(found.paths)


def scoped(node: Any, annexes: Mapping[str, str]) -> Any:
    """A copy in which each annex carries the name of its instrument, so that two letters' annexes never mix."""
    match node:
        case {"__entity": {"type": "Annex", "id": name}}:
            return {"__entity": {"type": "Annex", "id": annexes[name]}}
        case dict():
            return {key: scoped(value, annexes) for key, value in node.items()}
        case list():
            return [scoped(value, annexes) for value in node]
    return node


def depth(body: Any) -> int:
    """How many levels of JSON an expression has."""
    deepest, pending = 0, [(body, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        pending.extend((child, level + 1) for child in children)
    return deepest


def _walk(node: Any, found: Scan, ifs: int) -> None:
    path = path_of(node)
    if path is not None:
        _read(path, found)
        return
    [(operator, inner)] = node.items()
    match operator:
        case "Value":
            _value(inner, found)
        case "Set":
            for item in inner:
                _walk(item, found, ifs)
        case "Var":
            mend = "Compare an attribute, as in principal.organization" if inner == "principal" else "Ask about principal only"
            found.faults.append((f"the condition reads {inner} itself", mend))
        case "!" | "isEmpty":
            _walk(inner["arg"], found, ifs)
        case "like":
            _walk(inner["left"], found, ifs)
        case "if-then-else":
            if ifs >= IF_LIMIT:
                found.faults.append(("the condition nests too many ifs", "Use && and || instead"))
                return
            for part in ("if", "then", "else"):
                _walk(inner[part], found, ifs + 1)
        case _ if operator in _LOGIC or operator in _COMPARE:
            _walk(inner["left"], found, ifs)
            _walk(inner["right"], found, ifs)
            if operator in _COMPARE:
                _compared(inner["left"], inner["right"], found)
                _compared(inner["right"], inner["left"], found)
        case ".":
            found.faults.append(
                ("the condition reads an attribute of something other than principal", "Ask about principal only")
            )
        case _:
            allowed = ", ".join(sorted(_COMPARE | _LOGIC | {"!", "isEmpty", "like", "if"}))
            found.faults.append((f"the condition uses {operator}, which a cohort may not", f"Use {allowed}"))


def _read(path: str, found: Scan) -> None:
    if path in BY_PATH:
        found.paths.add(path)
        return
    below = sorted(other for other in BY_PATH if other.startswith(path + "."))
    if below:
        mend = f"Name one: {', '.join('principal.' + other for other in below)}"
        found.faults.append((f"the condition reads principal.{path} as a whole", mend))
    else:
        mend = f"Use one of {', '.join(sorted(BY_PATH))}"
        found.faults.append((f"the condition reads principal.{path}, which the schema does not have", mend))


def _value(value: Any, found: Scan) -> None:
    if not isinstance(value, dict):
        return
    entity = value.get("__entity", {})
    match entity.get("type"):
        case "Annex":
            found.annexes.add(entity["id"])
        case "Organization":
            found.organizations.add(entity["id"])
        case other:
            mend = "A cohort may name annexes and organizations; say who is meant by attributes of principal"
            found.faults.append((f"the condition names a {other or 'value'}, which a cohort may not", mend))


def _compared(side: Expr, other: Expr, found: Scan) -> None:
    """Collect the texts a path is compared with, and refuse those that can never match."""
    path = path_of(side)
    if path is None or path not in BY_PATH:
        return
    items = other.get("Set", [other])
    texts = [item["Value"] for item in items if isinstance(item, dict) and isinstance(item.get("Value"), str)]
    found.literals.setdefault(path, set()).update(texts)
    shape = BY_PATH[path].shape
    for text in texts:
        if shape is Shape.YES_NO and text not in _YES_NO:
            what = f'principal.{path} is compared with "{text}", which it can never be'
            found.faults.append((what, 'Compare with "yes" or "no"; unknown and expired never satisfy a condition'))
        elif shape in (Shape.COUNTRY, Shape.COUNTRIES) and text not in COUNTRIES:
            what = f'principal.{path} is compared with "{text}", which is no country code'
            found.faults.append((what, COUNTRY_MEND))
