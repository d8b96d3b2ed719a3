"""The working tree as the house tests see it: which files are ours, and how a Python module is built."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "safeconduct"
_GENERATED = {".git", ".venv", ".bench-work", ".cache", "node_modules", "__pycache__", "dist", "build"}


def our_files() -> list[Path]:
    """Every file that is committed or would be: what git tracks, or in an unpacked archive every file not generated."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode().split("\0")
        paths = [ROOT / name for name in listed if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _GENERATED & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file())


def modules() -> list[Path]:
    """The Python modules of the product."""
    return sorted(PACKAGE.rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    line: int
    length: int  # lines, without its docstring


def functions(path: Path) -> list[Function]:
    """All functions and methods of a module, nested ones included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assert node.end_lineno is not None
        length = node.end_lineno - node.lineno + 1
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            assert first.end_lineno is not None
            length -= first.end_lineno - first.lineno + 1
        found.append(Function(node.name, node.lineno, length))
    return found
