"""The command line for tests: a home in a folder, and one call that runs a noun in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from safeconduct.assembly.home import create, find
from safeconduct.storage.sqlite.changes import ChangeStore


class Home:
    """A fresh home and the environment that names it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.environ = {"SAFECONDUCT_HOME": str(self.folder), "NO_COLOR": "1"}
        home = find(self.environ)
        create(home)
        ChangeStore.open(home.registry).close()

    def run(self, app: typer.Typer, *words: str, code: int = 0) -> Any:
        """Run a command; the exit code must be ``code``. An exception that got out of the door fails the test."""
        result = CliRunner().invoke(app, list(words), env=self.environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def read(self, app: typer.Typer, *words: str, code: int = 0) -> Any:
        """Run a command with ``--json`` and read what it wrote on stdout."""
        return json.loads(self.run(app, *words, "--json", code=code).stdout)
