"""Which callers can conditions tell apart at all? A finite set of worlds, small enough to try them all.

A condition compares attributes with literals and nothing else, so two callers whose attributes stand alike to every literal
get the same answer. One representative of each such class, with "not known" as a further value of every fact, makes a finite
set: what holds in each of these worlds holds for everybody. Judged in the same three-valued logic that ``cohort`` compiles
to Cedar; a test holds the two together. Facts that hang together in life (nationality and status) are taken as
independent here: that adds worlds that nobody lives in, so it may miss a finding and never invents one.

Where a condition compares attributes with each other or with patterns, or where the worlds are too many, ``Undecided`` is
raised: then nothing is claimed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from safeconduct.instruments.cohort import Expr, path_of
from safeconduct.terms.conditions import BY_PATH, Shape

MOST_WORLDS: Final = 4_000  # a few milliseconds per pair of rules
_FRESH: Final = "\x00other"  # a text that no condition names
_COMPARE: Final = frozenset({"==", "!=", "in", "contains", "containsAll", "containsAny"})
_NOT_KNOWN: Final = object()

World = Mapping[str, Any]


class Undecided(Exception):
    """The question is beyond what can be tried out."""


@dataclass(frozen=True, slots=True)
class Place:
    """An organization as conditions see it: its id where one is named (else empty) and the annexes that list it."""

    id: str
    annexes: frozenset[str]


@dataclass(slots=True)
class _Atoms:
    """What each attribute is compared with: one set of literals for each comparison."""

    sets: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    organizations: set[str] = field(default_factory=set)


def worlds(bodies: Sequence[Expr], places: Sequence[Place]) -> Iterator[World]:
    """Every world that the conditions can tell apart. ``places`` are the organizations that annexes list, by class.

    Raises Undecided before the first world.
    """
    atoms = _Atoms()
    for body in bodies:
        _gather(body, atoms)
    paths = sorted(atoms.sets)
    domains = [_domain(path, atoms, places) for path in paths]
    total = 1
    for domain in domains:
        total *= len(domain)
        if total > MOST_WORLDS:
            raise Undecided("too many worlds")
    return (dict(zip(paths, values, strict=True)) for values in itertools.product(*domains))


def judge(body: Expr, world: World) -> bool | None:
    """Whether a condition holds in a world; None where what is known does not settle it (Kleene)."""
    match body:
        case {"&&": {"left": left, "right": right}}:
            first = judge(left, world)
            second = judge(right, world) if first is not False else None
            return False if first is False or second is False else None if first is None or second is None else True
        case {"||": {"left": left, "right": right}}:
            first = judge(left, world)
            second = judge(right, world) if first is not True else None
            return True if first is True or second is True else None if first is None or second is None else False
        case {"!": {"arg": arg}}:
            inner = judge(arg, world)
            return None if inner is None else not inner
        case {"if-then-else": {"if": test, "then": then, "else": other}}:
            asked, yes, no = judge(test, world), judge(then, world), judge(other, world)
            if asked is None:
                return False if yes is False and no is False else None
            return yes if asked else no
    value = _value(body, world)
    return None if value is _NOT_KNOWN else bool(value)


def _gather(node: Any, atoms: _Atoms) -> None:
    path = path_of(node)
    if path is not None:
        atoms.sets.setdefault(path, [])
        return
    [(operator, inner)] = node.items()
    match operator:
        case "Value":
            return
        case "Set":
            for item in inner:
                _gather(item, atoms)
        case "!" | "isEmpty":
            _gather(inner["arg"], atoms)
        case "if-then-else":
            for part in ("if", "then", "else"):
                _gather(inner[part], atoms)
        case "&&" | "||":
            _gather(inner["left"], atoms)
            _gather(inner["right"], atoms)
        case _ if operator in _COMPARE:
            _compared(inner["left"], inner["right"], atoms)
            _compared(inner["right"], inner["left"], atoms)
        case _:
            raise Undecided(f"the condition uses {operator}")


def _compared(side: Expr, other: Expr, atoms: _Atoms) -> None:
    path = path_of(side)
    if path is None:
        if not _literals_only(side):
            _gather(side, atoms)
        return
    if not _literals_only(other):
        raise Undecided("the condition compares an attribute with something that is not written out")
    values = [item["Value"] for item in other.get("Set", [other])]
    atoms.sets.setdefault(path, []).append(frozenset(value for value in values if isinstance(value, str)))
    for value in values:
        entity = value.get("__entity", {}) if isinstance(value, dict) else {}
        if entity.get("type") == "Organization":
            atoms.organizations.add(entity["id"])


def _literals_only(node: Expr) -> bool:
    items = node.get("Set", [node])
    return all(isinstance(item, dict) and set(item) == {"Value"} for item in items)


def _domain(path: str, atoms: _Atoms, places: Sequence[Place]) -> list[Any]:
    attribute = BY_PATH[path]
    values: list[Any]
    match attribute.shape:
        case Shape.ORGANIZATION:
            named = {place.id for place in places}
            extra = [Place(name, frozenset()) for name in sorted(atoms.organizations - named)]
            keep = [place if place.id in atoms.organizations else Place("", place.annexes) for place in places]
            values = list(dict.fromkeys([Place("", frozenset()), *keep, *extra]))
        case Shape.FLAG:
            values = [True, False]
        case Shape.YES_NO:
            values = ["yes", "no"]
        case Shape.TEXT | Shape.COUNTRY:
            values = [_FRESH, *(group[0] for group in _groups(atoms.sets[path]))]
        case _:
            groups = _groups(atoms.sets[path])
            choices = [[(), (group[0],), tuple(group)] if len(group) > 1 else [(), tuple(group)] for group in groups]
            total = 2
            for choice in choices:
                total *= len(choice)
            if total > MOST_WORLDS:
                raise Undecided("too many lists")
            values = [frozenset(itertools.chain(*parts)) for parts in itertools.product(*choices, [(), (_FRESH,)])]
    return [*values, _NOT_KNOWN] if attribute.fact else values


def _groups(sets: Sequence[frozenset[str]]) -> list[list[str]]:
    """Literals that stand in the same comparisons, sorted: no condition tells them apart but by how many of them there are."""
    found: dict[tuple[bool, ...], list[str]] = {}
    for literal in sorted(frozenset().union(*sets)):
        found.setdefault(tuple(literal in one for one in sets), []).append(literal)
    return list(found.values())


def _value(node: Any, world: World) -> Any:
    """The value of anything below the logic; not known as soon as any attribute in it is not."""
    path = path_of(node)
    if path is not None:
        return world[path]
    [(operator, inner)] = node.items()
    match operator:
        case "Value":
            entity = inner.get("__entity") if isinstance(inner, dict) else None
            return inner if entity is None else (entity["type"], entity["id"])
        case "Set":
            items = [_value(item, world) for item in inner]
            return _NOT_KNOWN if _NOT_KNOWN in items else frozenset(items)
        case "!" | "isEmpty":
            arg = _value(inner["arg"], world)
            return _NOT_KNOWN if arg is _NOT_KNOWN else not arg
        case "if-then-else":
            parts = [_value(inner[part], world) for part in ("if", "then", "else")]
            return _NOT_KNOWN if _NOT_KNOWN in parts else parts[1] if parts[0] else parts[2]
    left, right = _value(inner["left"], world), _value(inner["right"], world)
    return _NOT_KNOWN if left is _NOT_KNOWN or right is _NOT_KNOWN else _operated(operator, left, right)


def _operated(operator: str, left: Any, right: Any) -> bool:
    match operator:
        case "&&":
            return bool(left and right)
        case "||":
            return bool(left or right)
        case "==":
            return _same(left, right)
        case "!=":
            return not _same(left, right)
        case "in":
            return any(_within(left, one) for one in (right if isinstance(right, frozenset) else [right]))
        case "contains":
            return any(_same(one, right) for one in left)
        case "containsAll":
            return all(any(_same(one, other) for one in left) for other in right)
        case _:
            return any(_same(one, other) for one in left for other in right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Place):
        return bool(right == left or right == ("Organization", left.id))
    if isinstance(right, Place):
        return bool(left == ("Organization", right.id))
    return bool(left == right)


def _within(left: Any, right: Any) -> bool:
    if isinstance(left, Place) and isinstance(right, tuple) and right[0] == "Annex":
        return right[1] in left.annexes
    return _same(left, right)
