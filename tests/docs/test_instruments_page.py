"""docs/instruments.md knows every finding of a check, and every test it names is there."""

from __future__ import annotations

import ast
import hashlib

import pytest

from safeconduct.instruments.document import read
from safeconduct.instruments.packs import read_pack
from safeconduct.terms.faults import Refused
from support.tree import PACKAGE, ROOT

_PAGE = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
_CHECKED = ("annex", "check", "condition", "document", "fields", "overlaps", "references", "rungs")
_NAMERS = {"Fault", "fault", "warning", "found_fault"}


def _codes() -> set[str]:
    """Codes of findings, as the modules that check instruments write them: the first text given to whatever makes one."""
    found = set()
    for module in _CHECKED:
        tree = ast.parse((PACKAGE / "instruments" / f"{module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "fault")
                if name in _NAMERS and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
    return found


def test_every_finding_is_on_the_page() -> None:
    codes = _codes()
    assert len(codes) > 50
    assert not sorted(code for code in codes if f"`{code}`" not in _PAGE)


def test_every_test_that_the_page_names_is_there() -> None:
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {word.strip("`,|") for word in _PAGE.split() if word.startswith("`test_")}
    assert len(named) > 15
    assert not sorted(named - there)


@pytest.mark.parametrize("key", ["fallback", "[[guard]]", "[[annex]]", "Pack::", "signature", "`name`", "`until`"])
def test_the_grammar_is_on_the_page(key: str) -> None:
    assert key in _PAGE


def test_the_examples_on_the_page_are_of_the_form_that_is_read() -> None:
    blocks = [part.split("```", 1)[0] for part in _PAGE.split("```toml\n")[1:]]
    letter, guard, pack = (block for block in blocks if block.startswith(("[instrument]", "[[guard]]", "[pack]")))
    annex = b"organization,scope\nacme,\n"
    text = letter.replace('sha256 = "..."', f'sha256 = "{hashlib.sha256(annex).hexdigest()}"')
    instrument = read(text + guard, {"annex-a.csv": annex})
    assert instrument.guards[0].authority == "us-cisa"
    with pytest.raises(Refused) as refused:
        read_pack(pack.replace('signature = "..."', "#").replace('"..."', f'"{"0" * 64}"'))
    assert [fault.code for fault in refused.value.faults] == ["pack_hash"]
