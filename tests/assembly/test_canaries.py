"""What organizations watch is keyed, found in texts, and followed by a running worker; lists of earlier versions come along."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from safeconduct.assembly import canaries, safeguards
from safeconduct.assembly.home import Home, create
from safeconduct.detectors.canaries import of
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.office import acts
from safeconduct.safeguards.ports import DetectorFailed, Enabled
from safeconduct.settings.load import Settings
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.registry_world import T0, small_world

STRING = "acme-canary-20260601"
DOCUMENT = "The harvester returns to orchard seventeen whenever moonlight touches the northern boundary stones again tonight."
FILE_KEY = "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28="
ONLY = frozenset({"canaries"})


def fresh(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    create(home)
    return home


def seen(guards: Enabled, text: str = f"see {STRING} here") -> list[str]:
    return [found.kind for found in guards.inline.scan([Block("$", text, Origin.USER)], ONLY)]


class Stand:
    """A worker's view and detectors, and the world behind them."""

    def __init__(self, home: Home) -> None:
        self.home, self.world = home, small_world()
        self.guards = safeguards.enabled(Settings())
        self.view = View(self.world.registry.copy(), Rules(), b"c" * 32, lambda _: None, T0, safeguards=self.guards)
        self.told: list[Exception] = []
        self.following = canaries.Following(home, self.view, lambda: self.world.now, self.told.append)

    def act(self, act: acts.Act) -> None:
        self.view.apply(self.world.act(act), self.world.now)

    def look(self) -> list[str]:
        asyncio.run(self.following.look())
        return seen(self.guards)


def test_strings_and_documents_of_every_organization_are_found(tmp_path: Path) -> None:
    home, world = fresh(tmp_path), small_world()
    assert canaries.watched(home, world.registry, T0) is None
    world.act(canaries.listing(home, "acme", "seeds", lines=[STRING, "", f" {STRING}-b "]))
    world.act(canaries.listing(home, "acme", "plan", document=DOCUMENT))
    guards = safeguards.enabled(Settings(), canaries.watched(home, world.registry, T0))
    assert seen(guards) == ["canary"]
    assert "document" in seen(guards, f"They wrote: {DOCUMENT}")


def test_p8_neither_history_nor_home_holds_a_string_or_a_word(tmp_path: Path) -> None:
    home, world = fresh(tmp_path), small_world()
    world.act(canaries.listing(home, "acme", "seeds", lines=[STRING], document=DOCUMENT))
    told = repr(world.changes[-1]).encode() + b"".join(each.read_bytes() for each in home.path.rglob("*") if each.is_file())
    assert not any(word in told for word in (STRING.encode(), b"harvester", b"orchard"))
    assert (home.secrets / canaries.KEY).stat().st_mode & 0o077 == 0
    other = fresh(tmp_path / "other")
    assert canaries.listing(other, "acme", "seeds", lines=[STRING]).strings != world.changes[-1].body["strings"]


def test_what_is_no_canary_is_told_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        canaries.listing(fresh(tmp_path), "acme", "seeds", lines=[STRING, "short", "has spaces in it, all of them"])
    assert [fault.where for fault in refused.value.faults] == ["line 2", "line 3"]
    assert "spaces" not in str(refused.value)


def test_p5_a_running_worker_looks_for_a_list_at_its_next_look_and_ends_with_its_organization(tmp_path: Path) -> None:
    at = Stand(fresh(tmp_path))
    before = at.guards.versions["canaries"]
    assert at.look() == []
    assert at.guards.versions["canaries"] == before
    at.act(canaries.listing(at.home, "acme", "seeds", lines=[STRING]))
    assert at.look() == ["canary"]
    assert at.guards.versions["canaries"] == at.guards.inline.version != before
    assert at.guards.asked(ONLY) == (f"canaries=={at.guards.inline.version}",)
    at.act(acts.End("organization", "acme", T0 + SECOND))
    assert at.look() == ["canary"]
    at.world.now = T0 + SECOND
    assert at.look() == []
    assert at.guards.versions["canaries"] == before


def test_p1_lists_that_cannot_be_had_blind_the_detectors_until_they_can(tmp_path: Path) -> None:
    at = Stand(fresh(tmp_path))
    at.act(canaries.listing(at.home, "acme", "seeds", lines=[STRING]))
    key = at.home.secrets / canaries.KEY
    kept = key.read_bytes()
    key.unlink()
    for _ in range(2):
        with pytest.raises(DetectorFailed):
            at.look()
    with pytest.raises(DetectorFailed):
        at.guards.inline.scan_text("$", "anything", Origin.USER)
    assert len(at.told) == 1, "said once, not at every look"
    key.write_bytes(kept)
    key.chmod(0o600)
    assert at.look() == ["canary"]


def test_lists_of_the_file_come_along_with_their_key(tmp_path: Path) -> None:
    home, world = fresh(tmp_path), small_world()
    canaries.want_taken_over(home)
    made = of(b"o" * 32, [STRING], [DOCUMENT])
    kept = {"organization": "acme", "name": "seeds", "added_at": 1, "strings": [*made.strings], "documents": [*made.documents]}
    file = home.path / canaries.FILE
    file.write_text(json.dumps({"key": FILE_KEY, "lists": [kept]}))
    with pytest.raises(Refused, match="canary import"):
        canaries.want_taken_over(home)
    (act,) = canaries.taking_over(home)
    world.act(act)
    canaries.taken_over(home)
    assert not file.exists()
    assert seen(safeguards.enabled(Settings(), canaries.watched(home, world.registry, T0))) == ["canary"]


def test_lists_of_another_key_or_of_no_file_do_not_come_along(tmp_path: Path) -> None:
    home = fresh(tmp_path)
    with pytest.raises(Refused, match="no lists"):
        canaries.taking_over(home)
    (home.path / canaries.FILE).write_bytes(b"{")
    with pytest.raises(Refused, match="cannot be read"):
        canaries.taking_over(home)
    canaries.listing(home, "acme", "seeds", lines=[STRING])
    (home.path / canaries.FILE).write_text(json.dumps({"key": FILE_KEY, "lists": []}))
    with pytest.raises(Refused, match="another key"):
        canaries.taking_over(home)
