"""All trees of one log folder together: each holds, and they hold together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.assembly.process import clock
from safeconduct.assembly.verifying import Verified, in_folder, verify_places, verify_trees
from safeconduct.audit.cosignature import COSIGNATURE_ED25519
from safeconduct.audit.note import NoteInvalid, Signer, Verifier, note_text, signature_line
from safeconduct.terms.moments import SECOND
from support.bundles import BundleHome, silent


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(20)
    made.keep()
    return made


def verified(home: BundleHome, pinned: bytes | None = None) -> Verified:
    verifier = Verifier.parse((home.paths.log / "log.vkey").read_text())
    return verify_trees(home.paths.log, verifier, pinned, silent)


def test_p7_the_first_tree_and_the_root_log_hold(home: BundleHome) -> None:
    found = verified(home)
    assert found.holds
    assert list(found.reports) == [".", "root"]
    assert found.reports["."].decided == 20


def test_p7_a_shard_put_in_the_place_of_another_is_named(home: BundleHome, tmp_path: Path) -> None:
    other = BundleHome(tmp_path / "other")
    other.calls(3)
    other.keep()
    shutil.copytree(other.paths.log, home.paths.log / "2031", ignore=shutil.ignore_patterns("root"))
    found = verified(home)
    assert not found.holds
    assert found.across


def test_p7_a_root_log_of_another_home_is_named(home: BundleHome, tmp_path: Path) -> None:
    other = BundleHome(tmp_path / "other")
    other.keep()
    shutil.rmtree(home.paths.log / "root")
    shutil.copytree(other.paths.log / "root", home.paths.log / "root")
    assert [each.kind for each in verified(home).across] == ["forked"]


def test_p7_a_log_over_shards_that_was_left_out_is_missing(home: BundleHome) -> None:
    shutil.copytree(home.paths.log, home.paths.log / "2031", ignore=shutil.ignore_patterns("root"))
    shutil.rmtree(home.paths.log / "root")
    assert [each.kind for each in verified(home).across] == ["missing"]


def test_a_pin_is_of_the_tree_that_it_names(home: BundleHome) -> None:
    first, root = ((home.paths.log / name / "checkpoint").read_bytes() for name in (".", "root"))
    home.calls(5, prefix="more")
    home.keep()
    assert verified(home, first).holds
    assert verified(home, root).holds
    with pytest.raises(NoteInvalid):
        verified(home, first.replace(b"\n", b"x\n", 1))


def test_a_tree_that_is_no_log_is_named_and_the_others_are_read(home: BundleHome) -> None:
    (home.paths.log / "root" / "log.vkey").write_text("nonsense\n")
    found = verified(home)
    assert list(found.reports) == ["."]
    assert [each.kind for each in found.across] == ["unsigned"]


WITNESS = Signer("witness.example/1", bytes([9]) * 32, COSIGNATURE_ED25519)


def seen(home: BundleHome, at: int) -> None:
    """What lies beside the log once a witness signed it at that second."""
    note = (home.paths.log / "checkpoint").read_bytes()
    (home.paths.log / "witnessed").write_bytes(note + signature_line(note_text(note), WITNESS, at))


def with_witness(home: BundleHome, *witnesses: Verifier) -> list[tuple[str, str]]:
    verifier = Verifier.parse((home.paths.log / "log.vkey").read_text())
    found = verify_places(in_folder(home.paths.log), verifier, None, silent, witnesses)
    return [(finding.kind, finding.code) for finding in found.reports["."].findings]


def test_p7_entries_later_than_a_witness_saw_them_are_named(home: BundleHome) -> None:
    now = clock() // SECOND
    seen(home, now)
    home.calls(5, prefix="later")
    home.keep()
    assert with_witness(home, WITNESS.verifier) == []
    seen(home, now - 3600)
    assert set(with_witness(home, WITNESS.verifier)) == {("late", "clock_ahead")}
    assert with_witness(home) == []  # whose word the settings do not take says nothing


def test_p7_what_was_witnessed_is_what_the_log_has_to_extend(home: BundleHome, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(home.paths.log, before)
    home.calls(5, prefix="more")
    home.keep()
    seen(home, clock() // SECOND)
    for name in ("checkpoint", "tile"):  # the disk is rolled back, what the witness signed is still there
        path = home.paths.log / name
        (shutil.rmtree if path.is_dir() else Path.unlink)(path)
        (shutil.copytree if path.suffix == "" and (before / name).is_dir() else shutil.copy)(before / name, path)
    assert with_witness(home, WITNESS.verifier) == [("forked", "rollback")]


def test_p7_a_witness_whose_signature_does_not_fit_is_named(home: BundleHome) -> None:
    seen(home, clock() // SECOND)
    path = home.paths.log / "witnessed"
    note = path.read_bytes()
    path.write_bytes(note[:-9] + (b"A" if note[-9:-8] != b"A" else b"B") + note[-8:])
    assert with_witness(home, WITNESS.verifier) == [("unsigned", "checkpoint")]


def test_p7_the_logs_own_second_signature_is_asked_for_where_its_key_lies(home: BundleHome) -> None:
    path = home.paths.log / "checkpoint"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert with_witness(home) == [("unsigned", "checkpoint")]
