"""ARCHITECTURE.md draws the house that stands: every room, only paths that exist, only tests that exist."""

from __future__ import annotations

import ast
import configparser

from support.tree import PACKAGE, ROOT

_TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
_QUOTED = {piece for line in _TEXT.splitlines() for piece in line.split("`")[1::2]}


def _storeys() -> list[str]:
    """The layers of the import contract, without the module that only starts the program."""
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter")
    lines = contract["importlinter:contract:storeys"]["layers"].splitlines()
    return [line.strip() for line in lines if line.strip() not in ("", "__main__")]


def test_every_room_has_its_line() -> None:
    rooms = {room.strip() for storey in _storeys() for room in storey.split("|")}
    missing = [room for room in sorted(rooms) if f"| `{room}` |" not in _TEXT]
    assert not missing, f"ARCHITECTURE.md has no line for {', '.join(missing)}"


def test_storeys_are_drawn_as_they_are_held() -> None:
    picture = _TEXT.split("```text")[1].split("```")[0]
    drawn = [line.strip().split("   ")[0] for line in picture.splitlines() if line.strip()]
    assert drawn == _storeys()


def test_paths_lead_to_files() -> None:
    named = [piece for piece in _QUOTED if piece.endswith(".py")]
    assert len(named) > 40, "the page no longer names files as this test reads them"
    dead = [name for name in sorted(named) if not (PACKAGE / name).exists() and not (ROOT / name).exists()]
    assert not dead, f"ARCHITECTURE.md names {', '.join(dead)}"


def test_named_tests_exist() -> None:
    named = {piece for piece in _QUOTED if piece.startswith("test_p")}
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if "node_modules" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert named, "the page names no tests"
    assert named <= found, f"ARCHITECTURE.md names tests that do not exist: {', '.join(sorted(named - found))}"
