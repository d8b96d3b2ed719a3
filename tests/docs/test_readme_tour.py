"""The commands of README.md do what it says, typed one after the other into a fresh home.

Where the tour calls ``claude``, a call with the SDK stands in for it; ``tests/clients`` drives the real one.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.stand import start_stand
from support.tree import ROOT

_README = (ROOT / "README.md").read_text(encoding="utf-8")
_CLAUDE = """#!{python}
import sys
import anthropic
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else "claude-opus-4-8"
hello = [{{"role": "user", "content": "hello"}}]
try:
    print(anthropic.Anthropic(max_retries=0).messages.create(model=model, max_tokens=64, messages=hello).content[0].text)
except anthropic.APIStatusError as refused:
    print(refused)
    sys.exit(1)
"""


def _section(title: str) -> str:
    return _README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _blocks(section: str, language: str) -> list[str]:
    return [part.split("\n```")[0] for part in section.split(f"```{language}\n")[1:]]


def _type(lines: list[str], folder: Path, environ: Mapping[str, str]) -> list[tuple[int, str, str]]:
    """Type lines into one shell; returns (exit code, line, what was said) for each."""
    end = "@end of line@"
    script = "".join(f"{line} 2>&1\nprintf '%s%s\\n' {shlex.quote(end)} $?\n" for line in lines)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(environ), capture_output=True, text=True, timeout=100, check=False
    )
    answers = done.stdout.split(end)
    codes = [int(after.partition("\n")[0]) for after in answers[1:]]
    said = [answers[0], *(after.partition("\n")[2] for after in answers[1:])]
    assert len(codes) == len(lines), done.stdout + done.stderr
    return [(code, line, words) for code, line, words in zip(codes, lines, said, strict=False)]


@pytest.mark.slow
def test_the_tour_of_an_access_officer(tmp_path: Path) -> None:
    client = tmp_path / "bin" / "claude"
    client.parent.mkdir()
    client.write_text(_CLAUDE.format(python=sys.executable))
    client.chmod(0o755)
    lines = "\n".join(_blocks(_section("Five minutes as an access officer"), "sh")).splitlines()
    with start_stand(tmp_path / "home") as stand:
        path = f"{client.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        answers = _type(lines, tmp_path, {**stand.environ, "PATH": path, "ANTHROPIC_BASE_URL": stand.url})
    story = "\n".join(f"$ {line}\n{said}[{code}]" for code, line, said in answers)
    noes = [(code, line) for code, line, _ in answers if code]
    assert [(code, line.split()[0]) for code, line in noes] == [(1, "claude"), (3, "safeconduct")], story
    assert "--person bo" in noes[1][1], story
    refusal = next(said for code, _, said in answers if code == 1)
    assert "A license is required before a foreign person may use this model." in refusal, story
    assert "the log holds" in story, story


def test_a_program_of_ones_own(tmp_path: Path) -> None:
    section = _section("Your own program")
    (tmp_path / "people.csv").write_text(_blocks(section, "csv")[0] + "\n")
    (tmp_path / "terms.toml").write_text(_blocks(section, "toml")[0] + "\n")
    lines = _blocks(section, "sh")[0].splitlines()
    typed = [line for line in lines if "ANTHROPIC_API_KEY" not in line and " serve" not in line]
    assert len(lines) - len(typed) == 2
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    answers = _type(typed, tmp_path, {**os.environ, "HOME": str(tmp_path), "PATH": path, "NO_COLOR": "1"})
    story = "\n".join(f"$ {line}\n{said}[{code}]" for code, line, said in answers)
    assert not [line for code, line, _ in answers if code], story
    assert "permit  eve of example-labs" in story, story
    assert "sc-key-" in answers[-1][2], story
