"""How is a text changed where it stands? Edits of single strings in a body, an answer or an event.

INVARIANT P3 (what was inspected is what is sent): only the strings that are named are written anew; every other member keeps
its exact bytes, so signatures, cache marks and encrypted items pass unchanged. An edit that finds no string is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from safeconduct.terms.blocks import Edit
from safeconduct.wire.blocks import unescaped

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_string = msgspec.json.Decoder(str).decode
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

Step = str | int


class NoSuchText(Exception):
    """An edit names a string that is not there, or cannot be changed. Whoever asked must not go on as if it had been."""


def spliced(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """``raw`` (one JSON value) with the edits made; the very same object when there are none. Raises :class:`NoSuchText`."""
    if not edits:
        return raw
    values = [edit for edit in edits if not edit.path.endswith("~")]
    if len(values) < len(edits):
        raw = _renamed(raw, [edit for edit in edits if edit.path.endswith("~")])
    if not values:
        return raw
    tree: dict[Any, Any] = {}
    for edit in values:
        node = tree
        for step in steps(edit.path.removesuffix("#")):
            node = node.setdefault(step, {})
        node.setdefault(None, []).append(edit)
    try:
        return bytes(_written(raw, tree))
    except (msgspec.MsgspecError, UnicodeError, KeyError, IndexError, RecursionError) as error:
        raise NoSuchText(f"an edit does not fit: {type(error).__name__}") from None


def steps(path: str) -> list[Step]:
    """A path taken apart. Raises :class:`NoSuchText` for one that no block can have."""
    found: list[Step] = []
    at = 1
    while at < len(path):
        if path[at] == ".":
            end = at + 1
            while end < len(path) and path[end] not in ".[":
                end += 1
            found.append(path[at + 1 : end])
        elif path[at : at + 2] == '["':
            end = at + 2
            while end < len(path) and path[end] != '"':
                end += 2 if path[end] == "\\" else 1
            found.append(_name(path[at + 1 : end + 1]))
            end += 2
        elif path[at] == "[" and (end := path.find("]", at)) > 0 and path[at + 1 : end].isdecimal():
            found.append(int(path[at + 1 : end]))
            end += 1
        else:
            raise NoSuchText("this is no path")
        at = end
    return found


def edited_text(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with the edits made. Those that overlap become one, which says what the first of them says."""
    pieces: list[str] = []
    at = 0
    reached = -1
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        start, end = edit.start, edit.end
        if start == end == 0:  # the whole text is meant
            end = len(text)
        if not 0 <= start <= end <= len(text):
            raise NoSuchText("an edit reaches beyond its text")
        if start >= reached or not pieces:
            pieces += (text[at:start], edit.text)
        at = reached = max(reached, end)
    pieces.append(text[at:])
    return "".join(pieces)


def _name(quoted: str) -> str:
    try:
        return _string(quoted)
    except (msgspec.MsgspecError, UnicodeError):
        raise NoSuchText("this is no path") from None


def _written(raw: bytes | msgspec.Raw, node: dict[Any, Any]) -> bytes:
    """One value with its edits made: a string is written, a container keeps what no edit names."""
    edits = node.get(None)
    if edits is not None:
        value = _decode(raw)
        if type(value) is int:
            return _encode(edits[0].text)  # a number, given as text
        if type(value) is not str:
            raise NoSuchText("there is no text here")
        plain = [edit for edit in edits if edit.path.endswith("#")]
        if plain:
            inner = unescaped(value)
            if inner is None:
                raise NoSuchText("there is no JSON inside this string")
            return _encode(edited_text(inner, plain))
        return _encode(edited_text(value, edits))
    if any(type(step) is str for step in node):
        members: dict[str, Any] = _members(raw)
        for step, child in node.items():
            members[step] = msgspec.Raw(_written(members[step], child))
        return _encode(members)
    elements: list[Any] = _elements(raw)
    for step, child in node.items():
        elements[step] = msgspec.Raw(_written(elements[step], child))
    return _encode(elements)


def _renamed(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Members called anew wherever they stand: a name is told once, but meant everywhere."""
    wanted: dict[str, list[Edit]] = {}
    for edit in edits:
        name = steps(edit.path[:-1])[-1]
        wanted.setdefault(str(name), []).append(edit)
    fresh = {name: edited_text(name, changes) for name, changes in wanted.items()}
    tree = _decode(raw)
    stack = [tree]
    while stack:
        node = stack.pop()
        if type(node) is dict:
            renamed = {fresh.get(name, name): value for name, value in node.items()}
            if len(renamed) != len(node):
                raise NoSuchText("two members would have one name")
            node.clear()
            node.update(renamed)
            stack.extend(node.values())
        elif type(node) is list:
            stack.extend(node)
    return _encode(tree)
