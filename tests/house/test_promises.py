"""Every promise has a test that carries its number, and a line in the product that says where it is held."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from support.tree import PACKAGE, ROOT, modules

_PROMISED = tuple(range(1, 13))


def _named_tests() -> set[int]:
    found = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_p"):
                number = node.name.removeprefix("test_p").split("_")[0]
                if number.isdigit():
                    found.add(int(number))
    return found


def _numbers(path: Path) -> set[int]:
    """The promises that INVARIANT comments of a module name, like `# INVARIANT (P2): ...`."""
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if "INVARIANT" in line:
            words = line.translate(str.maketrans("():,/", "     ")).split()
            found |= {number for number in range(1, 13) if f"P{number}" in words}
    return found


@pytest.mark.parametrize("number", _PROMISED)
def test_promise_has_a_named_test(number: int) -> None:
    assert number in _named_tests(), f"no def test_p{number}_... anywhere under tests/"


def _named_in_the_page() -> list[tuple[int, str]]:
    """Promise number and module, from the column "held in" of ARCHITECTURE.md."""
    rows = [line.split("|") for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()]
    promises = [row for row in rows if len(row) > 4 and row[1].strip().removeprefix("P").isdigit()]
    return [(int(row[1].strip()[1:]), name) for row in promises for name in row[3].split("`")[1::2]]


@pytest.mark.parametrize(("number", "module"), _named_in_the_page())
def test_module_that_the_page_names_says_what_it_holds(number: int, module: str) -> None:
    assert number in _numbers(PACKAGE / module), f"ARCHITECTURE.md says that {module} holds P{number}; no INVARIANT there does"


def test_the_page_names_a_module_for_every_promise() -> None:
    assert {number for number, _ in _named_in_the_page()} == set(_PROMISED)


@pytest.mark.parametrize("number", _PROMISED)
def test_promise_says_where_it_is_held(number: int) -> None:
    assert any(number in _numbers(path) for path in modules()), f"no line with INVARIANT and P{number} in src/"
