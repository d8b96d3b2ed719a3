"""The command line knows every noun of the design, says its version, and explains itself."""

from __future__ import annotations

from importlib import metadata

import pytest
from typer.testing import CliRunner

from safeconduct.cli.main import app

NOUNS = [
    "init",
    "serve",
    "up",
    "provider",
    "org",
    "project",
    "person",
    "agent",
    "key",
    "fact",
    "instrument",
    "model",
    "decide",
    "audit",
    "demo",
]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_a_help_text(noun: str) -> None:
    shown = CliRunner().invoke(app, [noun, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output


def test_the_version_is_the_package_s() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.strip() == metadata.version("safeconduct")


def test_an_unknown_noun_is_a_usage_error() -> None:
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2
