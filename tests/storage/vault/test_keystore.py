"""The store of keys: what is destroyed stays destroyed, in the file, beside it, and when a copy comes back."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from safeconduct.storage.vault import keystore
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.terms.faults import Refused


class Two:
    """The store of a test, and the folder of the content beside which the tombstones lie."""

    def __init__(self, folder: Path) -> None:
        self.file, self.vault = folder / "apart" / "keys.db", folder / "vault"

    def open(self) -> KeyStore:
        return KeyStore.open(self.file, self.vault)


@pytest.fixture
def at(tmp_path: Path) -> Two:
    return Two(tmp_path)


def dek(number: int, subject: str = "sc_ann", kept_class: str = "standard", month: str = "2026-06") -> Dek:
    mark = f"wrapped-{number:04}-".encode() * 8
    return Dek(number.to_bytes(16), subject, kept_class, month, "acme", mark)


def test_keys_are_found_by_what_they_are_for(at: Two) -> None:
    with at.open() as keys:
        keys.put_deks([dek(1), dek(2, subject="sc_ben"), dek(3, kept_class="flagged"), dek(4, month="2026-07")])
        keys.put_dek(*dek(5))
        assert keys.dek((2).to_bytes(16)) == dek(2, subject="sc_ben")
        assert keys.dek(b"x" * 16) is None
        assert {each.id[-1] for each in keys.deks()} == {1, 2, 3, 4, 5}
        assert {each.id[-1] for each in keys.deks(subject="sc_ann", month="2026-06")} == {1, 3, 5}
        assert keys.groups() == [("flagged", "2026-06", 1), ("standard", "2026-06", 3), ("standard", "2026-07", 1)]
        assert keys.missing([(1).to_bytes(16), b"x" * 16]) == {b"x" * 16}


def test_all_or_none_of_several_are_put(at: Two) -> None:
    with at.open() as keys:
        keys.put_dek(*dek(1))
        with pytest.raises(OSError, match="cannot be reached"):
            keys.put_deks([dek(2), dek(1)])
        assert [each.id[-1] for each in keys.deks()] == [1]


def test_p8_destroying_takes_exactly_what_was_named(at: Two) -> None:
    with at.open() as keys:
        keys.put_deks([dek(1), dek(2, subject="sc_ben"), dek(3, kept_class="flagged"), dek(4, month="2026-07")])
        assert keys.destroy(kept_class="standard", month="2026-06", sparing=[(2).to_bytes(16)]) == 1
        assert {each.id[-1] for each in keys.deks()} == {2, 3, 4}
        assert keys.was_destroyed((1).to_bytes(16))
        assert not keys.was_destroyed((2).to_bytes(16))
        assert keys.destroy(ids=[(3).to_bytes(16), b"x" * 16]) == 1
        assert keys.destroy(subject="sc_ann") == 1
        assert keys.destroy(subject="sc_ann") == 0
        assert {each.id[-1] for each in keys.deks()} == {2}
        with pytest.raises(ValueError, match="never meant"):
            keys.destroy()


def test_p8_a_destroyed_subject_never_has_a_key_again(at: Two, tmp_path: Path) -> None:
    """Whoever has not heard of it yet, or brings an older store back that has keys nobody destroyed, puts none in."""
    with at.open() as keys:
        keys.put_deks([dek(1), dek(2, subject="sc_ben")])
    late = tmp_path / "late.db"
    shutil.copy(at.file, late)
    with sqlite3.connect(late) as other:
        other.execute("UPDATE dek SET id = ? WHERE subject = 'sc_ann'", ((9).to_bytes(16),))
    with at.open() as keys:
        keys.destroy(subject="sc_ann")
        keys.destroy(subject="sc_ann")
        keys.put_deks([dek(3), dek(4, subject="sc_ben")])
        assert keys.missing([dek(3).id, dek(4).id]) == {dek(3).id}
        with pytest.raises(Refused, match="erased"):
            keys.rewrap(dek(5), [("standard/2026-06/a:8", b"w" * 60)])
    shutil.copy(late, at.file)
    with at.open() as keys:
        assert [each.subject for each in keys.deks()] == ["sc_ben"]


def test_p8_no_byte_of_a_destroyed_key_is_left_in_any_file(at: Two, tmp_path: Path) -> None:
    with at.open() as keys:
        keys.put_deks([dek(number, subject=f"sc_{number % 7}") for number in range(300)])
        kept = keys.backup_key("sc_3")
        keys.destroy(subject="sc_3")
        for file in tmp_path.rglob("*"):
            if file.is_file():
                data = file.read_bytes()
                assert kept not in data, file
                assert not any(dek(number).wrapped[:13] in data for number in range(3, 300, 7)), file
                assert b"sc_3" not in data, file
        assert keys.known_backup_key("sc_3") is None


def test_p8_a_store_put_back_from_a_backup_loses_again_what_was_destroyed(at: Two, tmp_path: Path) -> None:
    with at.open() as keys:
        keys.put_deks([dek(1), dek(2, subject="sc_ben")])
        keys.backup_key("sc_ann")
    saved = tmp_path / "saved.db"
    shutil.copy(at.file, saved)
    with at.open() as keys:
        keys.destroy(subject="sc_ann")
    shutil.copy(saved, at.file)
    with at.open() as keys:
        assert [each.subject for each in keys.deks()] == ["sc_ben"]
        assert keys.was_destroyed((1).to_bytes(16))
        assert keys.known_backup_key("sc_ann") is None
    assert dek(1).wrapped[:13] not in at.file.read_bytes()


def test_p8_content_put_back_without_its_tombstones_gets_them_again(at: Two) -> None:
    with at.open() as keys:
        keys.put_dek(*dek(1))
        keys.destroy(ids=[dek(1).id])
    (at.vault / ".destroyed").unlink()
    at.open().close()
    at.file.unlink()
    with at.open() as keys:
        keys.put_dek(*dek(1))  # a restored store of before
    with at.open() as keys:
        assert keys.was_destroyed(dek(1).id)


@pytest.mark.parametrize("step", ["_write_tombstones", "_destroy", "_empty_journal"])
def test_p8_struck_at_any_step_a_destruction_is_whole_or_can_be_done_again(
    at: Two, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before each step. A tombstone without its destruction is completed at the next opening."""

    class Struck(BaseException):
        pass

    with at.open() as keys:
        keys.put_deks([dek(1), dek(2)])

    def strike(*_: object) -> None:
        raise Struck

    with at.open() as keys, monkeypatch.context() as patch:
        patch.setattr(KeyStore, step, strike)
        with pytest.raises(Struck):
            keys.destroy(ids=[dek(1).id])
    with at.open() as keys:
        left = {each.id for each in keys.deks()}
        assert dek(2).id in left
        assert (dek(1).id in left) == (step == "_write_tombstones")
        keys.destroy(ids=[dek(1).id])
        assert {each.id for each in keys.deks()} == {dek(2).id}
    assert dek(1).wrapped[:13] not in at.file.read_bytes()


def test_a_torn_tombstone_is_written_over(at: Two) -> None:
    with at.open() as keys:
        keys.put_deks([dek(1), dek(2)])
        keys.destroy(ids=[dek(1).id])
    with (at.vault / ".destroyed").open("ab") as file:
        file.write(b"torn")
    with at.open() as keys:
        keys.destroy(ids=[dek(2).id])
    assert (at.vault / ".destroyed").stat().st_size == 64


def test_content_that_passed_into_another_class_is_under_its_key(at: Two) -> None:
    with at.open() as keys:
        keys.put_dek(*dek(1))
        keys.rewrap(dek(2, kept_class="flagged"), [("standard/2026-06/a:8", b"w" * 60)])
        assert keys.rewrapped("standard/2026-06/a:8") == ("standard/2026-06/a:8", dek(2).id, b"w" * 60)
        keys.rewrap(dek(3, kept_class="export"), [("standard/2026-06/a:8", b"v" * 60)])
        found = keys.rewrapped("standard/2026-06/a:8")
        assert found is not None
        assert found.id == dek(3).id
        keys.destroy(ids=[dek(3).id])
        assert keys.rewrapped("standard/2026-06/a:8") is None


def test_a_subject_has_one_backup_key_until_it_is_destroyed(at: Two) -> None:
    with at.open() as keys:
        first = keys.backup_key("sc_ann")
        assert len(first) == 32
        assert keys.backup_key("sc_ann") == first
        assert keys.backup_key("sc_ben") != first
        keys.put_dek(*dek(1))
        keys.destroy(subject="sc_ann", kept_class="standard")
        assert keys.known_backup_key("sc_ann") == first
        keys.destroy(subject="sc_ann")
        assert keys.known_backup_key("sc_ann") is None


def test_a_newer_file_and_no_file_of_ours_are_refused(at: Two) -> None:
    at.open().close()
    with sqlite3.connect(at.file) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(Refused, match="newer version"):
        at.open()
    for each in at.file.parent.iterdir():
        each.unlink()
    at.file.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(OSError, match="cannot be reached"):
        at.open()


def test_a_link_in_the_place_of_the_store_is_not_followed(at: Two, tmp_path: Path) -> None:
    at.file.parent.mkdir(parents=True)
    at.file.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(OSError):  # noqa: PT011 - ELOOP, in the words of the system
        at.open()
    assert not (tmp_path / "elsewhere.db").exists()


def test_the_bounds_are_what_the_page_says() -> None:
    assert keystore.TOMBSTONE_BYTES == 32
