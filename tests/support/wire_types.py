"""Requests generated from the SDKs' own request types: one per place where a string may stand, with a canary in it.

Nothing here lists a field by hand. A new SDK release with a new field makes new requests, and the tests over them fail
until the reader knows the field.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NotRequired, Required

from pydantic import BaseModel
from typing_extensions import get_type_hints, is_typeddict

CANARY = "canary-7f3a"
PLANT = f"https://{CANARY}.example/x"  # readable as text, as an id and as a URL


@dataclass(frozen=True)
class Planted:
    """A request with one plant. ``needle`` is what a reader must find; ``literal`` when the type fixes the value."""

    request: Any
    owner: str
    field: str
    needle: str
    literal: bool
    siblings: int = 0  # other fields of the object it stands in

    @property
    def place(self) -> str:
        return f"{self.owner}.{self.field}"


def planted_requests(request_type: Any) -> list[Planted]:
    """Every request with one plant, each object type expanded once. All name a model, also where the type leaves it open."""
    plants = _planted(request_type, "request", "", set())
    return [replace(plant, request={"model": "m"} | plant.request) for plant in plants]


def _planted(hint: Any, owner: str, field: str, seen: set[Any]) -> Iterator[Planted]:
    hint = _bare(hint)
    fields = _fields(hint)
    if fields is not None:
        if hint in seen:
            return
        seen.add(hint)
        filled = _minimal(hint)
        for name, (inner, _) in fields.items():
            for plant in _planted(inner, hint.__name__, name, seen):
                siblings = len(fields) - 1 if plant.owner == hint.__name__ else plant.siblings
                yield replace(plant, request={**filled, name: plant.request}, siblings=siblings)
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        for member in arguments:
            yield from _planted(member, owner, field, seen)
    elif hint is str or hint is object or hint is Any:
        yield Planted(PLANT, owner, field, CANARY, literal=False)
    elif origin is typing.Literal:
        yield from (Planted(value, owner, field, value, literal=True) for value in arguments if type(value) is str)
    elif origin is not None and len(arguments) == 2:
        if arguments[0] is str:
            yield Planted({PLANT: _minimal(arguments[1])}, owner, f"{field}~", CANARY, literal=False)
        for plant in _planted(arguments[1], owner, field, seen):
            yield replace(plant, request={"k": plant.request})
    elif origin is not None and arguments:
        for plant in _planted(arguments[0], owner, field, seen):
            yield replace(plant, request=[plant.request])


def _minimal(hint: Any) -> Any:
    """The smallest value of a type: required members only, empty collections."""
    hint = _bare(hint)
    fields = _fields(hint)
    if fields is not None:
        return {name: _minimal(inner) for name, (inner, required) in fields.items() if required}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return "x" if str in arguments else _minimal(arguments[0])
    if origin is typing.Literal:
        return arguments[0]
    if hint in (str, object, Any):
        return "x"
    if hint in (int, float):
        return 1
    if hint is bool:
        return True
    if hint is type(None):
        return None
    return {} if len(arguments) == 2 else []


def _fields(hint: Any) -> dict[str, tuple[Any, bool]] | None:
    """Wire name, type and whether it is required, of an object type; None for any other type."""
    if is_typeddict(hint):
        hints = get_type_hints(hint, include_extras=True)
        return {_alias(inner, name): (inner, _is_required(inner, name, hint)) for name, inner in hints.items()}
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return {
            info.alias or name: (info.annotation, info.is_required())
            for name, info in hint.model_fields.items()
            if info.annotation
        }
    return None


def _is_required(inner: Any, name: str, hint: Any) -> bool:
    while typing.get_origin(inner) is typing.Annotated:
        inner = typing.get_args(inner)[0]
    return typing.get_origin(inner) is Required or name in hint.__required_keys__


def _bare(hint: Any) -> Any:
    while typing.get_origin(hint) in (Required, NotRequired, typing.Annotated):
        hint = typing.get_args(hint)[0]
    origin = typing.get_origin(hint)
    return origin if origin is not None and (is_typeddict(origin)) else hint


def _alias(inner: Any, name: str) -> str:
    while typing.get_origin(inner) in (Required, NotRequired, typing.Annotated):
        for extra in getattr(inner, "__metadata__", ()):
            if getattr(extra, "alias", None):
                return str(extra.alias)
        inner = typing.get_args(inner)[0]
    return name
