"""Words are hunted in kept content by the vault's rules: in a case, for a reason, recorded, restricted ones by nobody alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import hunt, main, request
from support.vault_home import RESTRICTED, STANDARD, VaultHome

SINCE = ("--since", "2026-01-01T00:00:00Z", "--why", "a tip from another lab")


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    return VaultHome(tmp_path)


def test_a_pattern_is_read_in_a_case_and_every_read_is_an_entry(home: VaultHome, tmp_path: Path) -> None:
    calls = [
        home.call(b'{"messages":[{"content":"The Northern Archive opens"}]}', model=STANDARD),
        home.call(b"nothing", model=STANDARD),
    ]
    (tmp_path / "words.txt").write_text("northern archive\n")
    home.run(hunt.app, "new", "words", *SINCE, "--pattern", str(tmp_path / "words.txt"))
    home.mira.run(hunt.app, "run", "words", code=1)
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "a tip")
    home.run(hunt.app, "run", "words", "--case", "leak", code=1)
    (found,) = home.mira.read(hunt.app, "run", "words", "--case", "leak")
    assert (found["calls"], found["hits"]) == ([calls[0]], 1)
    reads = home.read(main.app, "vault", "reads")
    assert len(reads) == 4
    assert {each["why"] for each in reads} == {"a tip from another lab"}
    home.mira.run(hunt.app, "run", "words", "--case", "leak")
    assert len(home.read(main.app, "vault", "reads")) == 4


def test_p9_restricted_content_is_hunted_by_nobody_alone(home: VaultHome, tmp_path: Path) -> None:
    home.call(b"the northern archive", b"yes", model=RESTRICTED)
    (tmp_path / "words.txt").write_text("northern archive")
    home.run(hunt.app, "new", "words", *SINCE, "--pattern", str(tmp_path / "words.txt"))
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "a tip")
    assert home.mira.read(hunt.app, "run", "words", "--case", "leak") == []
    home.mira.run(hunt.app, "run", "words", "--case", "leak")
    assert home.read(main.app, "vault", "reads") == []
    waiting = [each["id"] for each in home.read(request.app, "list")]
    assert len(waiting) == 2
    for each in waiting:
        home.noor.run(request.app, "approve", each, "--yes")
    assert len(home.mira.read(hunt.app, "run", "words", "--case", "leak")) == 1
