"""All trees of one log folder together: each holds, and they hold together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.assembly.verifying import Verified, verify_trees
from safeconduct.audit.note import NoteInvalid, Verifier
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
