"""From nothing to a home, and what is printed to paste. Starting processes is proven in tests/assembly and tests/clients."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from safeconduct.cli.main import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home"
    monkeypatch.setenv("SAFECONDUCT_HOME", str(path))
    return path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_init_makes_a_home_with_the_ready_program(home: Path) -> None:
    assert run("init")[0] == 0
    assert {path.name for path in home.iterdir()} >= {"safeconduct.toml", "registry.db", "secrets", "log", "journal", "run"}
    assert "acme-research" in run("org", "list")[1]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home / "secrets").iterdir())


def test_a_second_init_leaves_the_home_as_it_is(home: Path) -> None:
    run("init")
    before = (home / "secrets" / "pepper").read_bytes()
    code, words = run("init")
    assert code == 1
    assert "home already" in words
    assert (home / "secrets" / "pepper").read_bytes() == before


def test_a_bare_home_is_empty(home: Path) -> None:
    assert run("init", "--bare")[0] == 0
    assert home.exists()
    assert "acme" not in run("org", "list")[1]


def test_a_folder_with_something_else_in_it_is_not_taken(home: Path) -> None:
    home.mkdir()
    (home / "letter.txt").write_text("mine")
    code, words = run("init")
    assert code == 1
    assert "holds something" in words
    assert [path.name for path in home.iterdir()] == ["letter.txt"]
    assert list(home.parent.iterdir()) == [home]


def test_serve_needs_a_home(home: Path) -> None:
    code, words = run("serve")
    assert code == 1
    assert "safeconduct init" in words
    assert not home.exists()


def test_an_impossible_address_is_told_before_anything_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")
    monkeypatch.setenv("SAFECONDUCT_LISTEN", "nowhere")
    code, words = run("up")
    assert code == 1
    assert "SAFECONDUCT_LISTEN" in words
    assert list((home / "run").iterdir()) == []
