"""Officers at the command line: each with a key file of their own, made the way a shop makes them."""

from __future__ import annotations

from copy import copy
from pathlib import Path

from safeconduct.assembly.officer_key import VARIABLE
from safeconduct.cli import main, officer
from support.registry_cli import Home


def officer_of(home: Home, name: str, *, authority: str = "", by: Home | None = None) -> Home:
    """Add an officer, asked by ``by`` or else by the account, who replaces the first key; the home as that officer sees it."""
    file = home.folder.parent / f"{name}.key"
    words = ("--authority", authority) if authority else ()
    (by or home).run(officer.app, "add", name, "--out", str(file), *words)
    seen = copy(home)
    seen.environ = {**home.environ, VARIABLE: str(file)}
    if name in {each["id"] for each in home.read(officer.app, "list")}:
        seen.run(officer.app, "rotate")
    return seen


def two(home: Home) -> tuple[Home, Home]:
    """The home as each of two officers sees it."""
    return officer_of(home, "mira"), officer_of(home, "noor")


def enact(mira: Home, noor: Home, file: Path, name: str, *, transcribe: bool = True) -> None:
    """Put a letter in force by every command of its life; ``transcribe`` for one that is not the operator's own paper."""
    mira.run(main.app, "instrument", "enter", str(file))
    if transcribe:
        noor.run(main.app, "instrument", "transcribe", str(file))
    mira.run(main.app, "instrument", "check", name)
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    noor.run(main.app, "instrument", "approve", name, "--yes")
    mira.run(main.app, "instrument", "activate", name, "--yes")
