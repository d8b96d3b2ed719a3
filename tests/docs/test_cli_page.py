"""docs/cli.md is what the program says of itself today."""

from __future__ import annotations

import subprocess
import sys

from support.tree import ROOT


def test_cli_page_is_current() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "cli_reference.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert (ROOT / "docs" / "cli.md").read_text() == done.stdout, "run make docs and commit docs/cli.md"


def test_every_command_and_option_says_what_it_does() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    silent = [line for line in page.splitlines() if line.startswith("- `") and ": " not in line]
    assert not silent, f"no help for {'; '.join(silent)}"
    sections = page.split("\n## ")[1:]
    mute = [section.splitlines()[0] for section in sections if section.split("```")[0].strip() == section.splitlines()[0]]
    assert not mute, f"no sentence for {', '.join(mute)}"
