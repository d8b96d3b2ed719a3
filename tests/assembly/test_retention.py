"""What is over goes: entry first, then keys, then content; never what is held, and nothing else is kept for its sake."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.kept_calls import records_of
from safeconduct.assembly.recording import record
from safeconduct.assembly.retention import Expired, expire, held_keys, over, sweep, totals
from safeconduct.audit.entries import ContentErased, WriterStarted
from safeconduct.cli import main, vault
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import parse
from safeconduct.vault.classes import DAY
from support.vault_home import STANDARD, VaultHome

JUNE = parse("2026-06-12T12:00:00Z")
OVER = parse("2026-07-01T00:00:00Z") + 30 * DAY


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    return VaultHome(tmp_path)


def run(home: VaultHome, now: int) -> tuple[list[Expired], list[ContentErased]]:
    """Expire at a moment: what was found, and the entries that were recorded."""
    entries: list[ContentErased] = []

    def recorded(entry: ContentErased) -> None:
        with home.vault.open_keys() as keys:  # INVARIANT under test: the keys are there while the entry is written
            assert len(list(keys.deks(kept_class=entry.kept_class, month=entry.month))) >= entry.keys
        record(home.paths, entry)
        entries.append(entry)

    with open_desk(home.environ) as desk:
        return expire(home.vault, desk.registry, now, recorded), entries


def kept(home: VaultHome) -> set[str]:
    return {each.call for _, each in home.vault.store().records() if not each.gone}


def test_p8_what_is_over_is_erased_and_the_erasure_is_an_entry(home: VaultHome) -> None:
    first = home.call(model=STANDARD, at=JUNE, subject="sc_ann")
    home.call(model=STANDARD, at=JUNE, subject="sc_ben")
    later = home.call(model=STANDARD, at=JUNE + 30 * DAY)
    longer = home.call(model=STANDARD, at=JUNE, kept_class="export")
    assert run(home, OVER - 1) == ([], [])
    found, entries = run(home, OVER)
    assert found == [Expired("standard", "2026-06", 2, 0)]
    (entry,) = entries
    assert (entry.scope, entry.kept_class, entry.month, entry.keys, entry.ground) == (
        "class",
        "standard",
        "2026-06",
        2,
        "retention_over",
    )
    assert kept(home) == {later, longer}
    assert not list(home.vault.folder.rglob(f"{first.split('_')[1]}.blobs"))
    assert [each for each in home.entries() if isinstance(each, ContentErased)] == [entry]
    assert run(home, OVER) == ([], [])


@pytest.mark.parametrize("words", [("--organization", "acme"), ("--person", "ann"), ("--case", "leak")])
def test_p8_what_is_held_stays_until_two_officers_release_it(home: VaultHome, words: tuple[str, str]) -> None:
    with open_desk(home.environ) as desk:
        subject = desk.registry.leaf_pseudonym("acme", "ann")
    call = home.call(model=STANDARD, at=JUNE, subject=subject)
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "why")
    home.mira.run(vault.app, "hold", *words, "--reason", "litigation", "--id", "h1")
    assert run(home, OVER) == ([Expired("standard", "2026-06", 0, 1)], [])
    assert kept(home) == {call}
    home.mira.run(vault.app, "release", "h1", "--reason", "settled", "--yes")
    assert run(home, OVER)[1] == []
    home.noor.run(main.app, "request", "approve", "--yes")
    assert len(run(home, OVER)[1]) == 1
    assert kept(home) == set()


def test_p8_a_hold_on_a_call_keeps_that_call_and_no_other(home: VaultHome) -> None:
    one = home.call(model=STANDARD, at=JUNE)
    home.call(model=STANDARD, at=JUNE)
    home.mira.run(vault.app, "hold", "--call", one, "--reason", "litigation")
    found, entries = run(home, OVER)
    assert found == [Expired("standard", "2026-06", 1, 1)]
    assert len(entries) == 1
    assert kept(home) == {one}
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "why")
    assert _read(home, one) == "what ann asked"


def test_p8_what_was_flagged_outlives_its_old_class_and_ends_with_the_new_one(home: VaultHome) -> None:
    call = home.call(model=STANDARD, at=JUNE)
    other = home.call(model=STANDARD, at=JUNE)
    home.mira.run(vault.app, "flag", call, "--reason", "suspicious")
    run(home, OVER)
    assert kept(home) == {call}
    assert other not in kept(home)
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "why")
    assert _read(home, call) == "what ann asked"
    with home.vault.open_keys() as keys:
        ((_, month, _),) = (each for each in keys.groups() if each[0] == "flagged")
        assert totals(home.vault, keys) == {("flagged", month): (2, sum(_sizes(home)))}
    run(home, home.vault.classes.over_at("flagged", month))
    assert kept(home) == set()


def test_a_class_that_the_settings_forgot_keeps_its_content(home: VaultHome) -> None:
    settings = home.paths.settings_file
    settings.write_text("[vault.class.legal]\ndays = 100\n")
    call = home.call(model=STANDARD, at=JUNE, kept_class="legal")
    settings.write_text("")
    assert run(home, OVER + 3650 * DAY) == ([], [])
    assert kept(home) == {call}


@pytest.mark.parametrize("step", ["destroy", "remove", "remove_file"])
def test_p8_struck_at_any_step_the_next_run_ends_it(home: VaultHome, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Struck(BaseException):
        pass

    def strike(*_: object, **__: object) -> None:
        raise Struck

    call = home.call(model=STANDARD, at=JUNE)
    owner = "keystore.KeyStore" if step == "destroy" else "blobs.VaultStore"
    with monkeypatch.context() as patch:
        patch.setattr(f"safeconduct.storage.vault.{owner}.{step}", strike)
        with pytest.raises(Struck):
            run(home, OVER)
    assert call in kept(home) or step == "remove_file"
    run(home, OVER)
    assert kept(home) == set()
    assert not list(home.vault.folder.rglob("*.blobs"))


def test_content_without_a_key_that_was_not_destroyed_is_left_alone(home: VaultHome) -> None:
    """A store of keys that is lost is no erasure: it may come back."""
    call = home.call(model=STANDARD, at=JUNE)
    for each in home.vault.keys_file.parent.glob("keys.db*"):
        each.unlink()
    with pytest.raises(Refused, match="not where it should be"):
        run(home, OVER)
    with KeyStore.open(home.vault.keys_file, home.vault.folder) as keys:
        assert sweep(home.vault.store(), keys) == 0
    assert kept(home) == {call}


def test_a_home_that_never_kept_anything_has_nothing_to_expire(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    assert run(home, OVER) == ([], [])
    assert not home.vault.folder.exists()


def test_the_command_shows_first_and_asks(home: VaultHome) -> None:
    home.call(model=STANDARD, at=JUNE)
    (row,) = home.read(vault.app, "expire", "--dry-run")
    assert (row["class"], row["keys"], row["held"]) == ("standard", 1, 0)
    assert len(kept(home)) == 1
    home.run(vault.app, "expire", code=2)
    home.run(vault.app, "expire", "--yes")
    assert kept(home) == set()
    (entry,) = (each for each in home.entries() if isinstance(each, ContentErased))
    assert entry.actor.startswith("sc_")


def test_what_holds_cover_is_counted(home: VaultHome) -> None:
    home.call(model=STANDARD, at=JUNE)
    with open_desk(home.environ) as desk, home.vault.open_keys() as keys:
        assert held_keys(home.vault, keys, desk.registry).ids == frozenset()
        assert list(over(home.vault, keys, desk.registry, OVER)) == [Expired("standard", "2026-06", 1, 0)]


def _read(home: VaultHome, call: str) -> str:
    """Read in the case ``leak``. In June no model was known here, so what it was is unknown and takes a second officer."""
    words = ("read", call, "--case", "leak", "--reason", "why")
    assert "waits as request" in home.mira.run(vault.app, *words, code=3).stderr
    home.noor.run(main.app, "request", "approve", "--yes")
    return home.mira.run(vault.app, *words).stdout


def _sizes(home: VaultHome) -> list[int]:
    return [each.size for _, each in home.vault.store().records() if not each.gone]


def test_content_that_no_entry_names_is_removed_on_record_and_nothing_else_is(home: VaultHome) -> None:
    """A worker is cut off between sealing and recording."""
    named = home.call(model=STANDARD)
    boot = "ffffffffffff"
    (kept_, _) = asyncio.run(home._keep(boot, f"call_{boot}_1", (b"one", b"two"), "sc_ann", "acme", "standard", JUNE))
    ((place, _),) = ((place, each) for place, each in records_of(home.vault.store(), named) if each.part == "request")
    assert "an entry names" in home.run(vault.app, "remove", place, "--yes", code=1).output
    journal = open_journal(home.paths, "node-1", boot, start_entry=WriterStarted(at=JUNE, role="gateway", workers=1))
    assert "still writes" in home.run(vault.app, "remove", kept_.place, "--yes", code=1).output
    journal.close()
    home.keep()
    home.keep()
    home.run(vault.app, "remove", kept_.place, "--yes")
    assert "nothing lies there" in home.run(vault.app, "remove", kept_.place, "--yes", code=1).output
    (entry,) = (each for each in home.entries() if isinstance(each, ContentErased))
    assert (entry.scope, entry.call, entry.ground) == ("call", f"call_{boot}_1", "never_recorded")
    assert home.vault.store().sha256_at(place)
