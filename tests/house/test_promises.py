"""Every promise has a test that carries its number, and a line in the product that says where it is held."""

from __future__ import annotations

import ast

import pytest

from support.tree import ROOT, modules, shown

_PROMISED = (1, 2, 3, 4, 6, 11, 12)  # the promises that this version makes; the later ones join with the work that keeps them


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


def _held() -> dict[int, str]:
    """Promise number -> a module with an INVARIANT comment that names it, like `# INVARIANT (P2): ...`."""
    found = {}
    for path in modules():
        for line in path.read_text(encoding="utf-8").splitlines():
            if "INVARIANT" not in line:
                continue
            for number in range(1, 13):
                words = line.replace("(", " ").replace(")", " ").replace(":", " ").replace(",", " ").replace("/", " ").split()
                if f"P{number}" in words:
                    found[number] = shown(path)
    return found


@pytest.mark.parametrize("number", _PROMISED)
def test_promise_has_a_named_test(number: int) -> None:
    assert number in _named_tests(), f"no def test_p{number}_... anywhere under tests/"


@pytest.mark.parametrize("number", _PROMISED)
def test_promise_says_where_it_is_held(number: int) -> None:
    assert number in _held(), f"no line with INVARIANT and P{number} in src/"
