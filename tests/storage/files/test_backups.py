"""Backups as files: what is sealed opens as what it is, and a head that somebody changed opens nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.storage.files.backups import (
    HEAD,
    BackupFolder,
    Head,
    KeysHead,
    lines,
    pack_keys,
    portions_of,
    read_backup,
    read_keys,
    seal,
    unseal,
)
from safeconduct.terms.faults import Refused

KEY, NONCE = b"k" * 32, b"n" * 12


def made(folder: Path) -> Path:
    aside, target = folder / "aside", folder / "backup"
    aside.mkdir()
    backup = BackupFolder(aside)
    backup.put("a/one", iter((b"1", b"2")))
    backup.put("two", iter(()))
    backup.finish(Head(7, 3, "log.example", backup.files), target)
    return target


def test_a_backup_is_read_as_it_was_made(tmp_path: Path) -> None:
    target = made(tmp_path)
    head = read_backup(target)
    assert (head.at, head.version, head.origin, sorted(head.files)) == (7, 3, "log.example", ["a/one", "two"])
    assert (target / "a/one").read_bytes() == b"12"
    assert (target / "a/one").stat().st_mode & 0o777 == 0o600


def test_every_file_that_is_not_as_it_was_is_named(tmp_path: Path) -> None:
    target = made(tmp_path)
    (target / "a/one").write_bytes(b"13")
    (target / "two").unlink()
    with pytest.raises(Refused) as refused:
        read_backup(target)
    assert [(fault.code, fault.where) for fault in refused.value.faults] == [
        ("backup_altered", "a/one"),
        ("backup_missing", "two"),
    ]


@pytest.mark.parametrize("name", ["../out", "/etc/out"])
def test_no_name_leads_out_of_a_backup(tmp_path: Path, name: str) -> None:
    target = made(tmp_path)
    (target / HEAD).write_bytes(msgspec.json.encode(Head(7, 3, "x", {name: "0" * 64})))
    with pytest.raises(Refused, match="leads out"):
        read_backup(target)


def test_what_is_sealed_opens_under_its_key_as_what_it_is() -> None:
    sealed = seal(KEY, NONCE, "change/1", b"words")
    assert unseal(KEY, "change/1", sealed) == b"words"
    for key, bound, data in (
        (b"x" * 32, "change/1", sealed),
        (KEY, "change/2", sealed),
        (KEY, "change/1", sealed[:-1]),
        (KEY, "", b""),
    ):
        with pytest.raises(Refused, match="does not open"):
            unseal(key, bound, data)


def test_p8_keys_count_from_when_they_were_made_until_they_expire(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(pack_keys(KeysHead(10, 20), KEY, NONCE, b"content"))
    assert read_keys(path, KEY, 10) == (KeysHead(10, 20), b"content")
    for now in (9, 20, 21):
        with pytest.raises(Refused, match="time of this backup"):
            read_keys(path, KEY, now)
    path.write_bytes(path.read_bytes().replace(b'"expires":20', b'"expires":99'))
    with pytest.raises(Refused, match="do not open"):
        read_keys(path, KEY, 15)


def test_lines_and_portions(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\n")
    assert list(lines(path)) == [b"one\n", b"two\n"]
    assert b"".join(portions_of(path)) == b"one\ntwo\n"
