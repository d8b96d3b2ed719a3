"""The documents hold what they say: links lead somewhere, commands exist, decisions are numbered, versions agree."""

from __future__ import annotations

import shlex
import shutil
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from safeconduct.cli.main import app
from support.tree import ROOT, our_files, shown

_PAGES = [path for path in our_files() if path.suffix == ".md"]
_FIRST_WORDS = {"export", "cd", "git", "claude", "codex", "curl", "pip", "pipx", "python", "python3", "#", "uv"}


def _blocks(page: Path, *languages: str) -> list[str]:
    """The lines of fenced blocks in one of these languages."""
    found, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside and line.removeprefix("```").strip() in languages
        elif inside:
            found.append(line)
    return found


def _targets() -> set[str]:
    lines = (ROOT / "Makefile").read_text().splitlines()
    return {line.split(":")[0] for line in lines if ":" in line and line[0].isalpha() and "=" not in line.split(":")[0]}


def _links(page: Path) -> list[str]:
    """The targets of inline links, without those that leave the project."""
    found = []
    for piece in page.read_text(encoding="utf-8").split("](")[1:]:
        target = piece.split(")")[0].split("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            found.append(target)
    return found


@pytest.mark.parametrize("page", _PAGES, ids=shown)
def test_links_lead_to_files(page: Path) -> None:
    dead = [target for target in _links(page) if not (page.parent / target).exists()]
    assert not dead, f"{shown(page)} links to {', '.join(dead)}"


@pytest.mark.parametrize("page", _PAGES, ids=shown)
def test_commands_in_pages_exist(page: Path) -> None:
    root = typer.main.get_command(app)
    wrong = []
    for line in _blocks(page, "sh", "bash", "shell", "console"):
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words and "=" in words[0] and words[0].split("=")[0].isupper():
            words = words[1:]
        if not words:
            continue
        if words[0] == "make":
            wrong += [line for word in words[1:2] if word not in _targets()]
        elif words[0].split("/")[-1] == "safeconduct":
            wrong += [] if _resolves(root, words[1:]) else [line]
        elif words[0] not in _FIRST_WORDS and not shutil.which(words[0]):
            wrong.append(line)
    assert not wrong, f"{shown(page)} shows what does not exist: {'; '.join(wrong)}"


def _resolves(command: object, words: list[str]) -> bool:
    inner = getattr(command, "commands", {})
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}  # type: ignore[attr-defined]
    if words and words[0] in inner:
        return _resolves(inner[words[0]], words[1:])
    if inner and words and not words[0].startswith("-"):
        return False
    flags = {word.split("=")[0] for word in words if word.startswith("--")}
    return flags <= options | {"--help", "--version"}


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = next(
        line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## [") and "Unreleased" not in line
    )
    assert version("safeconduct") == project
    assert newest.startswith(f"## [{project}]")


def test_decisions_are_numbered_without_gaps() -> None:
    records = sorted(path for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(len(records)))
    for path in records[1:]:
        text = path.read_text()
        missing = [heading for heading in ("## Context", "## Options", "## Decision", "## Consequences") if heading not in text]
        assert not missing, f"{shown(path)} lacks {', '.join(missing)}"
        assert "Status: " in text, f"{shown(path)} has no status"
