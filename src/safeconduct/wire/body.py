"""How are single members of a body read and replaced? Small steps that the three dialects share.

INVARIANT P3 (what was inspected is what is sent): an edit replaces whole top-level members and keeps the exact bytes of
all others, so signatures, cache marks and encrypted items pass unchanged; without an edit the body is the same object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from safeconduct.wire.strict import Malformed

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_ABSENT = object()


def model_name(tree: dict[str, Any]) -> str:
    """The ``model`` member. Raises :class:`Malformed` unless it is a non-empty string."""
    name = tree.get("model")
    if type(name) is str and name:
        return name
    raise Malformed("model_missing", "$.model", "The request names no model.", 'Set "model" to a non-empty string.')


def flag(tree: dict[str, Any], name: str) -> bool:
    """A boolean member; absent and null mean false. Raises :class:`Malformed` for any other type."""
    value = tree.get(name)
    if value is None:
        return False
    if type(value) is bool:
        return value
    raise Malformed("invalid_field", f"$.{name}", f'"{name}" is neither true nor false.', f'Set "{name}" to true or false.')


def count(tree: dict[str, Any], *names: str) -> int:
    """The largest of the given non-negative integer members, 0 when all are absent or null. Raises :class:`Malformed`."""
    largest = 0
    for name in names:
        value = tree.get(name)
        if value is None:
            continue
        if type(value) is not int or value < 0:
            raise Malformed(
                "invalid_field", f"$.{name}", f'"{name}" is not a whole number.', f'Set "{name}" to a whole number of tokens.'
            )
        largest = max(largest, value)
    return largest


def edited(body: bytes, tree: dict[str, Any], changes: Mapping[str, Any], removed: tuple[str, ...]) -> bytes:
    """``body`` with top-level members replaced or added (``changes``) and taken out (``removed``).

    Returns the very same object when the tree already says all that; otherwise untouched members keep their bytes and order.
    """
    known = tree.get
    changed = [pair for pair in changes.items() if known(pair[0], _ABSENT) != pair[1]]
    gone = [name for name in removed if name in tree]
    if not changed and not gone:
        return body
    members: dict[str, Any] = _members(body)
    for name in gone:
        del members[name]
    members.update(changed)
    return _encode(members)
