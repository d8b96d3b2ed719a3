"""Does a settings file have the form of settings? Tells every unknown key, wrong type and missing key, each with its mend.

What the values may be is for ``load`` to say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from safeconduct.terms.faults import Fault

_TYPES = {str: "text in quotes", int: "a whole number", float: "a number", list[str]: "a list of texts", bool: "true or false"}


def form_faults(table: Mapping[str, Any], form: type[msgspec.Struct], where: str, path: str = "") -> Iterator[Fault]:
    """Everything about one table that is not of its form. ``path`` is its name in the file, empty at the top."""
    fields = {each.encode_name: each for each in msgspec.structs.fields(form)}
    for key, value in table.items():
        spot = f"{where}: {_joined(path, key)}"
        if key not in fields:
            yield Fault("settings_invalid", f"there is no setting {key}", spot, _meant(key, fields))
        else:
            yield from _value_faults(value, fields[key], where, _joined(path, key))
    for key, field in fields.items():
        if field.required and key not in table:
            yield Fault("settings_invalid", "the setting is missing", f"{where}: {_joined(path, key)}", f"add {key} = ...")


def _value_faults(value: Any, field: FieldInfo, where: str, path: str) -> Iterator[Fault]:
    inner, named = _form(field.type)
    if inner is None:
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            mend = f"write {_TYPES[field.type]}, like {_example(field)}"
            yield Fault("settings_invalid", "the value is of the wrong type", f"{where}: {path}", mend)
    elif not isinstance(value, dict):
        yield Fault(
            "settings_invalid", "this is a table, not a value", f"{where}: {path}", f"write [{path}] on a line of its own"
        )
    elif not named:
        yield from form_faults(value, inner, where, path)
    else:
        for name, table in value.items():
            if isinstance(table, dict):
                yield from form_faults(table, inner, where, f"{path}.{name}")
            else:
                mend = f"write [{path}.NAME] for each of them, and its settings below"
                yield Fault("settings_invalid", "this is a table for each name, not a value", f"{where}: {path}.{name}", mend)


def _form(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The struct a field holds, and whether it holds one for each name; None for a plain value."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    described = msgspec.inspect.type_info(kind)
    if isinstance(described, msgspec.inspect.DictType) and isinstance(described.value_type, msgspec.inspect.StructType):
        return described.value_type.cls, True
    return None, False


def _meant(key: str, fields: Mapping[str, FieldInfo]) -> str:
    close = difflib.get_close_matches(key, fields, n=1)
    return f"did you mean {close[0]}?" if close else f"remove it, or use one of: {', '.join(fields)}"


def _example(field: FieldInfo) -> str:
    """The default, or something of the right form where there is none."""
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.json.encode(field.default_factory()).decode()
    if not field.required and field.default not in ("", msgspec.NODEFAULT):
        return msgspec.json.encode(field.default).decode()
    return '["messages"]' if field.type == list[str] else '"..."'


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
