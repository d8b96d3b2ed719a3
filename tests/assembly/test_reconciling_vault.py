"""The vault against the log: what entries name is there as sealed, what is gone is gone lawfully, nothing else lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.process import clock
from safeconduct.assembly.reconciling import Outcome, reconcile
from safeconduct.assembly.recording import record
from safeconduct.audit.entries import ContentErased, WriterStarted
from support.vault_home import VaultHome


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    return VaultHome(tmp_path)


def _look(home: VaultHome) -> Outcome:
    return reconcile(home.paths, home.environ, keep=False)


def _files(home: VaultHome) -> list[Path]:
    return sorted(home.vault.folder.rglob("*.blobs"))


def _erased(home: VaultHome, **what: object) -> None:
    record(home.paths, ContentErased(at=clock(), keys=1, **what))


def test_kept_content_agrees_signed_or_waiting(home: VaultHome) -> None:
    home.call()
    home.call(signed=False)
    outcome = _look(home)
    assert (outcome.differences, outcome.contents, outcome.in_flight) == ([], 4, 0)


def test_altered_content_is_named_with_its_place_and_entry(home: VaultHome) -> None:
    home.call()
    (file,) = _files(home)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    (found,) = _look(home).differences
    assert (found.code, found.index >= 0) == ("content_altered", True)
    assert found.place.startswith("standard/")


def test_content_that_is_gone_without_an_entry_is_named(home: VaultHome) -> None:
    home.call()
    home.call()
    _files(home)[0].unlink()
    assert _look(home).codes == {"content_missing": 2}


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("role", "lawful"), [("gateway", False), ("keeper", False), ("desk", True), ("reconciler", True)])
def test_p8_only_who_erases_excuses_what_is_gone(home: VaultHome, role: str, lawful: bool, signed: bool) -> None:
    call = home.call()
    for place in list(home.vault.store().places()):
        home.vault.store().remove(place)
    journal = open_journal(home.paths, "node-1", "eeeeeeeeeeee", start_entry=WriterStarted(at=clock(), role=role))
    journal.append_sync(ContentErased(at=clock(), keys=1, scope="call", call=call))
    journal.close()
    if signed:
        home.keep()
    assert _look(home).codes == ({} if lawful else {"content_missing": 2})


@pytest.mark.parametrize("scope", ["call", "subject", "class", "class of a subject", "class of another", "another call"])
def test_content_that_an_entry_says_is_erased_may_be_gone(home: VaultHome, scope: str) -> None:
    call = home.call()
    places = list(home.vault.store().places())
    kept_class, month = places[0].split("/")[:2]
    for place in places:
        home.vault.store().remove(place)
    assert _look(home).codes == {"content_missing": 2}
    match scope:
        case "call":
            _erased(home, scope="call", call=call)
        case "subject":
            _erased(home, scope="subject", caller="sc_ann")
        case "class":
            _erased(home, scope="class", kept_class=kept_class, month=month)
        case "class of a subject":
            _erased(home, scope="class", kept_class=kept_class, month=month, caller="sc_ann")
        case "class of another":
            _erased(home, scope="class", kept_class=kept_class, month=month, caller="sc_ben")
        case _:
            _erased(home, scope="call", call="call_other_1")
    lawful = scope not in ("class of another", "another call")
    assert _look(home).codes == ({} if lawful else {"content_missing": 2})


def test_content_that_no_entry_names_is_named(home: VaultHome) -> None:
    home.call()
    (file,) = _files(home)
    stray = file.with_name("0123456789ab.blobs")
    stray.write_bytes(file.read_bytes())
    found = _look(home).differences
    assert [each.code for each in found] == ["content_unnamed", "content_unnamed"]
    assert all("0123456789ab" in each.place for each in found)
