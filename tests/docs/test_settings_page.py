"""docs/settings.md names every setting with its default, and every environment variable the program reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from safeconduct.settings.load import Settings
from support.tree import ROOT, modules

_PAGE = ROOT / "docs" / "settings.md"
_VENDORS = {"ANTHROPIC_API_KEY", "OPENAI_API_KEY"}


def _keys(struct: type[msgspec.Struct], prefix: str) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(struct):
        if isinstance(field.default, msgspec.Struct):
            yield from _keys(type(field.default), f"{prefix}{field.encode_name}.")
        elif isinstance(named := msgspec.inspect.type_info(field.type), msgspec.inspect.DictType):
            assert isinstance(named.value_type, msgspec.inspect.StructType)
            yield from _keys(named.value_type.cls, f"{prefix}{field.encode_name}.NAME.")
        else:
            made = msgspec.NODEFAULT if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            yield f"{prefix}{field.encode_name}", field.default if made is msgspec.NODEFAULT else made


def _shown(default: Any) -> str:
    if default is msgspec.NODEFAULT:
        return "required"
    if isinstance(default, list):
        return msgspec.json.encode(default).decode()
    if isinstance(default, bool):
        return str(default).lower()
    return f'"{default}"' if isinstance(default, str) else str(default)


def _variables() -> set[str]:
    """Every string constant of the product that is the name of one of our variables."""
    found = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if (
                isinstance(value, str)
                and value.startswith("SAFECONDUCT_")
                and not value.endswith("_")  # a prefix names no variable
                and value.replace("_", "").isalnum()
                and value.isupper()
            ):
                found.add(value)
    return found


@pytest.mark.parametrize(("key", "default"), list(_keys(Settings, "")), ids=str)
def test_every_setting_stands_with_its_default(key: str, default: Any) -> None:
    row = next((line for line in _PAGE.read_text().splitlines() if line.startswith(f"| `{key}` |")), None)
    assert row, f"docs/settings.md has no row for {key}"
    assert row.split("|")[2].strip() == f"`{_shown(default)}`", f"docs/settings.md gives another default for {key}"


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {key for key, _ in _keys(Settings, "")}
    lines = _PAGE.read_text().splitlines()
    tables = tuple(f"| `{field.encode_name}." for field in msgspec.structs.fields(Settings))
    named = {line.split("`")[1] for line in lines if line.startswith(tables)}
    assert named <= known, f"no longer a setting: {', '.join(sorted(named - known))}"


def test_every_environment_variable_is_documented() -> None:
    page = _PAGE.read_text()
    missing = sorted(name for name in _variables() | _VENDORS if f"`{name}`" not in page)
    assert not missing, f"docs/settings.md does not name {', '.join(missing)}"
