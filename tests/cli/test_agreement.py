"""How two officers agree at the command line: what is shown before they do, and what a slip of the pen is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import main
from safeconduct.cli.instrument import app
from support.letters import put_in_force_at
from support.officers import two
from support.policy_home import peopled, write_letters
from support.policy_june import LETTER_12
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return peopled(tmp_path)


def test_the_preview_is_shown_before_the_approval_and_a_text_that_is_another_is_refused(home: Home, tmp_path: Path) -> None:
    mira, noor = two(home)
    name, file = "us-bis-2026-06-12", str(write_letters(tmp_path / "letters")["letter-12"])
    mira.run(app, "enter", file)
    noor.run(app, "transcribe", file)
    mira.run(app, "check", name)
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    assert "is not that of version 1" in noor.run(app, "approve", name, "--sha256", "0" * 64, "--yes", code=1).stderr
    told = noor.run(app, "approve", name, "--yes").stderr
    assert "by officer:mira: concerned" in told
    put_in_force_at(home, LETTER_12.replace("us-bis-2026-06-12", "another"))
    assert "preview and approve it again" in mira.run(app, "activate", name, "--yes", code=1).stderr
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    noor.run(app, "approve", name, "--yes")
    mira.run(app, "activate", name, "--yes")


def test_a_slip_in_a_match_is_told(home: Home, tmp_path: Path) -> None:
    put_in_force_at(home, LETTER_12)
    home.run(app, "enter", str(write_letters(tmp_path / "letters")["letter-26"]))
    for wrong in ("Acme", "=acme", "Acme="):
        home.run(app, "match", "us-bis-2026-06-26", "--accept", wrong, code=2)
    assert home.read(app, "match", "us-bis-2026-06-26") == [], "its annex lists ids"
    assert "no line with the name" in home.run(app, "match", "us-bis-2026-06-26", "--accept", "Acme=acme", code=1).stderr
