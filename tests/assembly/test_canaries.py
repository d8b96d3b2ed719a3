"""Lists of canaries are kept as keyed hashes by organization and name, changed whole or not at all, and found in texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import canaries
from safeconduct.assembly.home import Home
from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Origin
from safeconduct.terms.faults import Refused

STRING = "acme-canary-20260601"
DOCUMENT = "The harvester returns to orchard seventeen whenever moonlight touches the northern boundary stones again tonight."


def _seen(home: Home, text: str) -> list[str]:
    kept = canaries.read(home)
    rules = Rules(canaries=None if kept is None else kept.canaries())
    return [found.kind for found in rules.scan_text("$", text, Origin.USER) if found.detector == "canaries"]


def test_strings_and_documents_of_every_organization_are_found_until_they_are_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert canaries.read(home) is None
    canaries.add(home, "acme", "seeds", 1, lines=[STRING, "", f" {STRING}-b "])
    canaries.add(home, "borealis", "plan", 2, document=DOCUMENT)
    assert _seen(home, f"see {STRING} here") == ["canary"]
    assert "document" in _seen(home, f"They wrote: {DOCUMENT}")
    canaries.remove(home, "acme", "seeds")
    assert _seen(home, f"see {STRING} here") == []
    assert "document" in _seen(home, f"They wrote: {DOCUMENT}")


def test_p8_the_file_holds_no_string_and_no_word_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    canaries.add(home, "acme", "seeds", 1, lines=[STRING], document=DOCUMENT)
    file = tmp_path / canaries.FILE
    assert file.stat().st_mode & 0o077 == 0
    assert not any(word in file.read_bytes() for word in (STRING.encode(), b"harvester", b"orchard"))


def test_what_is_no_canary_is_told_by_its_line_and_nothing_is_added(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(Refused) as refused:
        canaries.add(home, "acme", "seeds", 1, lines=[STRING, "short", "has spaces in it, all of them"])
    assert [fault.where for fault in refused.value.faults] == ["line 2", "line 3"]
    assert "spaces" not in str(refused.value)
    assert canaries.read(home) is None


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 101])
def test_a_list_has_a_name_that_can_be_shown(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="name"):
        canaries.add(Home(tmp_path), "acme", name, 1, lines=[STRING])


def test_a_list_is_added_and_removed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    canaries.add(home, "acme", "seeds", 1, lines=[STRING])
    with pytest.raises(Refused, match="has a list"):
        canaries.add(home, "acme", "seeds", 1, lines=[STRING])
    with pytest.raises(Refused, match="nothing"):
        canaries.add(home, "acme", "void", 1, lines=["", " "])
    with pytest.raises(Refused, match="no list"):
        canaries.remove(home, "borealis", "seeds")
    monkeypatch.setattr(canaries, "MOST_PRINTS", 1)
    with pytest.raises(Refused, match="more than"):
        canaries.add(home, "acme", "more", 1, lines=[f"{STRING}-b"])
