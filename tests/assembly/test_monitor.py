"""Everything at one place: the first log, the root log over it, the shards that it opens; and what is remembered."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.monitor import FolderLog, StateFile, Watch, exit_code, first_origin, opener
from safeconduct.audit.entries import ShardClosed, ShardOpened
from safeconduct.audit.note import Signer
from safeconduct.audit.trust import Trust, compose
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.audit_samples import T0
from support.books import Book
from support.witnesses import LOG, ORIGIN

ROOT = Signer(f"{ORIGIN}/root", bytes([20]) * 32)
NEXT = Signer(f"{ORIGIN}/2027", bytes([21]) * 32)
TRUST = Trust.parse(compose([LOG.verifier, ROOT.verifier], []))


class Place:
    """Three logs in memory, as if in one folder."""

    def __init__(self) -> None:
        self.books = {"": Book(), "root": Book(ROOT), "2027": Book(NEXT)}
        for book in self.books.values():
            book.start("w")
            book.calls("w", 3)
            book.sign()
        self.root = self.books["root"]

    def watch(self, path: Path | None = None, trust: Trust = TRUST) -> Watch:
        return Watch(self.books.__getitem__, trust, ORIGIN, StateFile(path), 3600 * SECOND, 60 * SECOND)

    def open(self, vkey: str = str(NEXT.verifier), origin: str = f"{ORIGIN}/2027") -> None:
        self.root.add("w", ShardOpened(at=T0, origin=origin, vkey=vkey))
        self.root.sign()


def kinds(alarms: list) -> list[tuple[str, str, str]]:
    return [(alarm.log, alarm.kind, alarm.code) for alarm in alarms]


def test_a_shard_is_followed_when_the_root_log_names_it() -> None:
    place = Place()
    watch = place.watch()
    assert watch.look(T0) == []
    assert set(watch.sizes) == {ORIGIN, f"{ORIGIN}/root"}
    place.open()
    assert watch.look(T0) == []
    assert watch.sizes[f"{ORIGIN}/2027"] == 7
    watch.close()


def test_what_was_seen_of_all_of_them_is_remembered(tmp_path: Path) -> None:
    place = Place()
    place.open()
    watch = place.watch(tmp_path / "state")
    assert watch.look(T0) == []
    assert watch.look(T0) == []
    place.books["2027"].entries[2] = place.books["2027"].entries[2].replace(b'"tokens_in":10', b'"tokens_in":11')
    place.books["2027"].sign()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    assert kinds(place.watch(tmp_path / "state").look(T0)) == [(f"{ORIGIN}/2027", "forked", "fork")]


@pytest.mark.parametrize(
    ("vkey", "origin"),
    [
        ("nonsense", f"{ORIGIN}/2027"),
        (str(LOG.verifier), f"{ORIGIN}/2027"),
        (str(NEXT.verifier), f"{ORIGIN}/../2027"),
        (str(Signer(f"{ORIGIN}/../x", bytes(32)).verifier), f"{ORIGIN}/../x"),
        (str(Signer("log.example/else", bytes(32)).verifier), "log.example/else"),
    ],
)
def test_p7_a_shard_that_is_none_is_told_once_and_not_followed(vkey: str, origin: str) -> None:
    place = Place()
    place.open(vkey, origin)
    watch = place.watch()
    assert kinds(watch.look(T0)) == [(origin, "altered", "shard")]
    assert watch.look(T0) == []
    assert origin not in watch.sizes


def test_p7_a_shard_that_grows_after_it_was_closed_is_told() -> None:
    place = Place()
    place.open()
    watch = place.watch()
    assert watch.look(T0) == []
    shard = place.books["2027"]
    saved = watch._monitors[f"{ORIGIN}/2027"][0].saved()
    place.root.add("w", ShardClosed(at=T0, origin=f"{ORIGIN}/2027", root=saved.root, size=saved.size))
    place.root.sign()
    assert watch.look(T0) == []
    shard.calls("w", 1)
    shard.sign()
    assert kinds(watch.look(T0)) == [(f"{ORIGIN}/2027", "forked", "shard_closed")]
    assert watch.look(T0) == []


def test_p7_a_shard_that_was_closed_as_another_tree_is_told() -> None:
    place = Place()
    place.root.add("w", ShardClosed(at=T0, origin=ORIGIN, root="00" * 32, size=7))
    place.root.sign()
    assert kinds(place.watch().look(T0)) == [(ORIGIN, "forked", "shard_closed")]


def test_without_the_root_log_in_the_policy_the_first_log_is_all() -> None:
    place = Place()
    place.open()
    watch = place.watch(trust=Trust.parse(compose([LOG.verifier], [])))
    assert watch.look(T0) == []
    assert list(watch.sizes) == [ORIGIN]


@pytest.mark.parametrize("data", [b"", b"{", b'{"v":2}', b'{"logs":{"x":5}}', b"\xff"])
def test_a_damaged_state_is_not_taken_for_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state").write_bytes(data)
    with pytest.raises(Refused) as refused:
        StateFile(tmp_path / "state").load()
    assert refused.value.faults[0].code == "state_damaged"


def test_a_state_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    watch = Place().watch(tmp_path / "state")
    watch.look(T0)
    state = msgspec.json.decode((tmp_path / "state").read_bytes())
    state["logs"][ORIGIN]["size"] = 3
    (tmp_path / "state").write_bytes(msgspec.json.encode(state))
    with pytest.raises(Refused) as refused:
        Place().watch(tmp_path / "state")
    assert refused.value.faults[0].code == "state_damaged"


def test_a_folder_is_opened_as_one(tmp_path: Path) -> None:
    log = opener(str(tmp_path))("root")
    assert isinstance(log, FolderLog)
    assert log.directory == tmp_path / "root"
    assert log.witnessed() is None
    (tmp_path / "witnessed").write_bytes(b"note")
    assert opener(str(tmp_path))("").witnessed() == b"note"
    log.close()


def test_the_gravest_kind_makes_the_exit_code() -> None:
    found = ((), ("late",), ("late", "altered"), ("altered", "forked"), ("forked", "unsigned"))
    assert [exit_code(set(kinds)) for kinds in found] == [0, 13, 10, 12, 14]
    assert [exit_code({kind}) for kind in ("missing", "unclosed", "unreadable")] == [11, 5, 1]


def test_a_policy_without_a_log_is_refused() -> None:
    assert first_origin(TRUST) == ORIGIN
    with pytest.raises(Refused):
        first_origin(Trust.parse(b"quorum none\n"))
