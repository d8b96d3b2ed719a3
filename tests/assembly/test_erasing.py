"""A person leaves every file: in an order that survives a crash anywhere, and never by one officer alone."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from safeconduct.assembly import backup, restoring
from safeconduct.assembly import desk as desks
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.erasing import Eraser, look
from safeconduct.assembly.home import find
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.audit.entries import ActPerformed, ContentErased, decode
from safeconduct.cli import main
from safeconduct.gateway.held import HeldFile, read_held
from safeconduct.gateway.owners import Owners
from safeconduct.office.acts import ApproveRequest
from safeconduct.office.content import held
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.sqlite.reuse import FILE, ReuseStore
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.held import Held
from support.officers import two
from support.registry_cli import Home
from support.vault_home import VaultHome

ID, NAME, EMAIL = "telltale.person", "Telltale Personname", "telltale@person.example"
STEPS = ["enter", "mark", "contents", "keys", "files", "finish", "redact", "scrub", "forget"]
ASK = ("person", "erase", ID, "--ground", "gdpr-17", "--yes")


class Crash(BaseException):
    """The process dies here."""


class Town:
    """A home with two officers, a person with everything that can be erased, and somebody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder)
        self.mira, self.noor = two(self.home)
        run = self.mira.run
        run(main.app, "org", "add", "acme", "--name", "Acme")
        run(main.app, "person", "add", ID, "--org", "acme", "--name", NAME, "--email", EMAIL)
        run(main.app, "person", "add", "ben", "--org", "acme", "--name", "Ben Example")
        run(main.app, "agent", "add", "telltale-bot", "--org", "acme", "--person", ID)
        self.key = run(main.app, "key", "issue", "--person", ID, "--label", "telltale laptop").stdout.strip()
        self.paths = find(self.home.environ)
        with open_desk(self.home.environ) as desk:
            self.leaf = desk.registry.leaf_pseudonym("acme", ID)
            self.backup = desk.registry.backup_subject(ID)
        with self.keys() as keys:
            keys.put_dek(b"k" * 16, self.leaf, "standard", "2026-06", "acme", b"wrapped")
            keys.backup_key(self.backup)
        owners = Owners(self.paths.owners, "0")
        owners.own("resp_1", f"acme/{self.leaf}")
        owners.close()
        notes = HeldFile(self.paths.run / "held-0.jsonl")
        for number, caller in enumerate((self.leaf, "sc_other")):
            notes.tell(Held(f"H-00000000000{number}", 1, "call_1", caller, "acme"))
        self.reuse = ReuseStore(self.paths.watch / FILE)  # its process is at work meanwhile
        for caller, prints in ((self.leaf, [11, 12]), ("sc_other", [21, 22])):
            self.reuse.add("call_1", "acme", "", "mythos", caller, prints, 1)
        for name in ("survey-0011", "live-0.msgpack", "use.msgpack"):
            (self.paths.run / name).write_bytes(ID.encode())

    def keys(self) -> KeyStore:
        return KeyStore.open(self.paths.apart(self.home.environ) / KEYS, self.paths.path / VAULT)

    def bytes(self) -> Iterator[tuple[Path, bytes]]:
        for root in (self.paths.path, self.paths.apart(self.home.environ)):
            yield from ((path, path.read_bytes()) for path in root.rglob("*") if path.is_file())

    def entries(self) -> list[Any]:
        found = []
        for path, data in self.bytes():
            if path.suffix == ".wal":
                found += list(_entries_in(data))
        return sorted(found, key=lambda each: each.at)

    def is_gone(self) -> None:
        for path, data in self.bytes():
            for telltale in (ID, NAME, EMAIL, "telltale"):
                assert telltale.encode() not in data, (path, telltale)
            if path.suffix != ".wal":
                assert self.leaf.encode() not in data, path
        assert [each.caller for each in read_held(self.paths.run)] == ["sc_other"]
        assert [row[4] for row in self.reuse.matches([11, 12, 21, 22], 1)] == ["sc_other"]
        with self.keys() as keys:
            assert list(keys.deks(subject=self.leaf)) == []
            assert keys.known_backup_key(self.backup) is None
        with open_desk(self.home.environ) as desk:
            assert list(desk.registry.people) == ["ben"]
            assert [each.done_at is not None for each in desk.registry.erasures.values()] == [True]
        with ErasingStore.open(self.paths.registry) as store:
            assert store.unfinished() == []


def _entries_in(data: bytes) -> Iterator[Any]:
    """The entries in a segment's bytes: whatever reads as one."""
    start = data.find(b'{"')
    while start >= 0:
        end = data.find(b"}", start)
        with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
            yield decode(data[start : end + 1])
        start = data.find(b'{"', start + 1)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_p9_nothing_is_erased_before_a_second_officer_agreed(town: Town) -> None:
    told = town.mira.run(main.app, *ASK)
    assert "waits as request" in told.output
    assert "1 keys" in told.output
    assert town.mira.read(main.app, "person", "show", ID)["name"] == NAME
    town.mira.run(main.app, "request", "approve", "--yes", code=1)
    assert town.mira.read(main.app, "person", "show", ID)["name"] == NAME


def test_p8_whoever_hears_that_it_is_done_finds_nobody_there(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []
    with ChangeStore.open(town.paths.registry, read_only=True) as store:
        registry = store.registry(town.paths.secret("pseudonym.key"))
        assert ID in registry.people

        def strike(name: str) -> None:
            if name == "redact":
                news = store.news(registry.version)
                assert news is not None
                assert "erasure.done" in {each.kind for each in news.changes}
                registry.hear(news)
                found.append(ID in registry.people)

        monkeypatch.setattr(desks, "Eraser", lambda home, store, environ: Eraser(home, store, environ, strike))
        town.mira.run(main.app, *ASK)
        town.noor.run(main.app, "request", "approve", "--yes")
        assert found == [False]


def test_p8_after_it_not_a_byte_of_the_person_is_in_any_file(town: Town) -> None:
    town.mira.run(main.app, *ASK)
    town.noor.run(main.app, "request", "approve", "--yes")
    town.is_gone()
    backups, erased = sorted((each for each in town.entries() if isinstance(each, ContentErased)), key=lambda each: each.keys)
    assert (erased.scope, erased.caller, erased.ground, erased.keys) == ("subject", town.leaf, "gdpr-17", 1)
    assert (backups.caller, backups.changes) == (town.backup, 7)
    assert erased.actor != erased.second != ""
    acts = [each.act for each in town.entries() if isinstance(each, ActPerformed)]
    assert acts[-2:] == ["request.approve", "erasure.finish"]
    told = town.mira.run(main.app, "person", "show", ID, code=1)
    assert "there is no person" in told.output


def test_p8_what_a_killed_restore_left_beside_the_home_goes_too(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, other = tmp_path / "away", town.paths.path.with_name("other")
    backup.make(town.paths, away, town.home.environ)
    town.paths.path.rename(other)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # killed: nobody cleans up
        patch.setattr(restoring, "_check_log", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restoring.restore(town.paths, away, town.home.environ)
    other.rename(town.paths.path)
    assert any(ID.encode() in path.read_bytes() for path in town.paths.path.parent.glob(".*/*.db*"))
    town.mira.run(main.app, *ASK)
    town.noor.run(main.app, "request", "approve", "--yes")
    assert not list(town.paths.path.parent.glob(".*/*.db*"))


def test_p6_a_case_and_a_hold_that_name_the_person_outlive_the_person(town: Town) -> None:
    run = town.mira.run
    run(main.app, "case", "open", "leak", "--organization", "acme", "--why", f"reported by {NAME}")
    run(main.app, "vault", "hold", "--call", "call_of_ben", "--id", "for-ben", "--reason", f"{EMAIL} asked for it")
    run(main.app, *ASK)
    town.noor.run(main.app, "request", "approve", "--yes")
    town.is_gone()
    assert town.mira.read(main.app, "case", "show", "leak")["organization"] == "acme"
    with open_desk(town.home.environ) as desk:
        assert held(desk.registry).calls == {"call_of_ben"}


@pytest.mark.parametrize("step", STEPS)
def test_p8_a_crash_at_any_step_is_gone_on_with_by_the_next_act(town: Town, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    town.mira.run(main.app, *ASK)
    passed: list[str] = []

    def strike(name: str) -> None:
        passed.append(name)
        if name == step:
            raise Crash

    monkeypatch.setattr(desks, "Eraser", lambda home, store, environ: Eraser(home, store, environ, strike))
    with open_desk(town.noor.environ) as desk:
        (request,) = desk.registry.requests
        with pytest.raises(Crash):
            desk.perform(ApproveRequest(request))
    assert passed == STEPS[: STEPS.index(step) + 1]
    monkeypatch.undo()
    town.mira.run(main.app, "org", "add", "next", "--name", "Next")
    town.is_gone()
    assert len({each.caller for each in town.entries() if isinstance(each, ContentErased)}) == 2


def test_p8_what_was_cut_off_can_be_completed_by_name_of_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.mira.run(main.app, *ASK)

    def full(self: ErasingStore) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ErasingStore, "scrub", full)
    told = town.noor.run(main.app, "request", "approve", "--yes", code=1)
    assert "under way" in told.output
    town.mira.run(main.app, "org", "add", "next", "--name", "Next")  # what cannot be completed stands in nobody's way
    monkeypatch.undo()
    town.mira.run(main.app, "person", "erase", "--resume")
    town.is_gone()


@pytest.mark.parametrize("kept_class", ["export", "tax"])
def test_content_that_a_law_makes_us_keep_is_kept_with_whose_it_was(town: Town, kept_class: str) -> None:
    town.paths.settings_file.write_text("[vault.class.tax]\ndays = 1826\nprotected = true\n[vault.class.long]\ndays = 1826\n")
    with town.keys() as keys:
        keys.put_dek(b"l" * 16, town.leaf, "long", "2099-01", "acme", b"wrapped")
        keys.put_dek(b"e" * 16, town.leaf, kept_class, "2099-01", "acme", b"wrapped")
    told = town.mira.run(main.app, *ASK, code=1)
    assert f"{kept_class} has to be kept until 2104" in told.output
    town.mira.run(main.app, *ASK, "--content-only")
    town.noor.run(main.app, "request", "approve", "--yes")
    with town.keys() as keys:
        assert [each.kept_class for each in keys.deks(subject=town.leaf)] == [kept_class]
        assert keys.known_backup_key(town.backup) is not None
    assert town.mira.read(main.app, "person", "show", ID)["state"] == "active"
    assert [each for each in town.entries() if isinstance(each, ContentErased)] == []  # keys, and nothing that lay under them


def test_keys_that_are_not_where_they_should_be_stop_it(town: Town) -> None:
    (town.paths.path / VAULT / "standard").mkdir(parents=True, exist_ok=True)
    apart = town.paths.apart(town.home.environ)
    apart.rename(apart.with_name("elsewhere"))
    with open_desk(town.home.environ) as desk, pytest.raises(Refused, match="not where it should be"):
        look(town.paths, desk.registry, ID, town.home.environ)


def test_content_alone_goes_call_by_call_and_the_person_stays(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    with open_desk(home.environ) as desk:
        leaf = desk.registry.leaf_pseudonym("acme", "ann")
    gone, kept, other = home.call(subject=leaf), home.call(subject=leaf, kept_class="export"), home.call(subject="sc_ben")
    home.mira.run(main.app, "person", "erase", "ann", "--ground", "gdpr-17", "--content-only", "--yes")
    home.noor.run(main.app, "request", "approve", "--yes")
    left = {record.call for _, record in home.vault.store().records() if not record.gone}
    assert left == {kept, other}
    with home.vault.open_keys() as keys:
        assert {(each.subject, each.kept_class) for each in keys.deks()} == {(leaf, "export"), ("sc_ben", "standard")}
    paths = [path for path in home.paths.path.rglob("*.wal") if path.is_file()]
    entries = [each for path in paths for each in _entries_in(path.read_bytes()) if isinstance(each, ContentErased)]
    assert [(each.scope, each.call, each.caller) for each in entries] == [("call", gone, leaf)]
    assert "ann" in home.run(main.app, "person", "list").output
