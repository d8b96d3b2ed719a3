"""What is compiled is what is listed: every line names a module of ours, once, and says nothing that cannot be compiled."""

from __future__ import annotations

import ast

import pytest

from support.tree import ROOT

_LISTED = [
    line.strip()
    for line in (ROOT / "scripts" / "compiled.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def test_each_module_is_listed_once() -> None:
    assert _LISTED
    assert len(_LISTED) == len(set(_LISTED))


@pytest.mark.parametrize("name", _LISTED)
def test_listed_module_is_there_and_fit(name: str) -> None:
    path = ROOT / "src" / name
    assert path.is_file(), f"scripts/compiled.txt lists {name}, which does not exist"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base) for base in node.bases}
            unfit = bases & {"msgspec.Struct", "Struct", "OSError", "asyncio.Protocol"}
            assert not unfit, f"{name}: {node.name} derives from {', '.join(unfit)}; put it into a module that is not compiled"


def test_no_native_module_lies_in_the_source_tree() -> None:
    assert not list((ROOT / "src").rglob("*.so"))


def test_each_exception_from_the_compiled_tests_names_a_test() -> None:
    for line in (ROOT / "tests" / "pure_only.txt").read_text("utf-8").splitlines():
        path, _, name = line.removeprefix("--deselect=").partition("::")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), f"tests/pure_only.txt: {line} names no test"
