"""The table of nouns says what the nouns say themselves, names all of them, and has none imported for a list."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from safeconduct import cli
from safeconduct.cli.main import app
from safeconduct.cli.nouns import AUDIT_STEPS, INSTRUMENT_STEPS, NOUNS

_NO_NOUNS = {
    "__init__",
    "acting",
    "auditing",
    "deferring",
    "erasing",
    "inquiring",
    "listing",
    "main",
    "nouns",
    "output",
    "own",
    "unasked",
}
_HEAVY = ("numpy", "duckdb", "pyarrow", "hyperscan", "uvicorn", "cedarpy", "safeconduct.assembly", "safeconduct.cli.agent")


@pytest.mark.parametrize("name", [name for name, later in NOUNS.items() if not later.function])
def test_a_noun_is_listed_with_its_own_words(name: str) -> None:
    assert import_module(f"safeconduct.cli.{NOUNS[name].module}").app.info.help == NOUNS[name].help


@pytest.mark.parametrize("table", [NOUNS, INSTRUMENT_STEPS, AUDIT_STEPS])
def test_every_command_of_a_table_is_where_the_table_says(table: dict[str, object]) -> None:
    for name, later in table.items():
        module = import_module(f"safeconduct.cli.{later.module}")  # type: ignore[attr-defined]
        assert callable(getattr(module, later.function or "app")), name  # type: ignore[attr-defined]


def test_no_module_of_a_noun_is_left_out() -> None:
    folder = Path(cli.__file__).parent
    named = {later.module for table in (NOUNS, INSTRUMENT_STEPS, AUDIT_STEPS) for later in table.values()}
    ours = {path.stem for path in folder.glob("*.py")}
    assert ours - named - _NO_NOUNS == {"batch"}  # a part of the noun ``decide``
    assert named <= ours


def test_who_walks_through_the_commands_finds_all_of_them_with_their_own() -> None:
    root = typer.main.get_command(app)
    assert list(root.commands) == list(NOUNS)  # type: ignore[attr-defined]
    steps = root.commands["audit"].commands  # type: ignore[attr-defined]
    assert [*steps][-len(AUDIT_STEPS) :] == [*AUDIT_STEPS]
    assert {"verify", "prove"} <= set(steps)
    assert "agnt" not in root.commands  # type: ignore[attr-defined]


def test_a_list_of_the_commands_imports_none_of_them() -> None:
    """What every start would pay otherwise: most of a second, which the tests pay hundreds of times."""
    script = f"""
import sys
from safeconduct.cli.main import app
try:
    app(["--help"])
except SystemExit:
    pass
print([name for name in {_HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "Organizations: companies" in done.stdout
    assert done.stdout.endswith("[]\n"), done.stdout[-200:]
