"""Signed entries read once: all of them, in order, and nothing counts that does not lead to the signed root."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.walking import signed_shards, walk
from safeconduct.audit.tiles import WIDTH
from support.bundles import BundleHome


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(WIDTH)
    made.keep()
    return made


def _walked(home: BundleHome, *, trust: bool = False) -> tuple[str, list[int], list[tuple[int, int]]]:
    (signed,) = signed_shards(home.paths, home.environ)
    found: list[int] = []
    told: list[tuple[int, int]] = []
    why = walk(signed, lambda index, _: found.append(index), lambda done, total: told.append((done, total)), trust=trust)
    return why, found, told


def test_every_signed_entry_comes_once_and_in_order(home: BundleHome) -> None:
    why, found, told = _walked(home)
    assert (why, found) == ("", list(range(len(found))))
    assert len(found) > 2 * WIDTH
    assert told[-1] == (len(found), len(found))
    assert _walked(home, trust=True) == (why, found, told)


def test_a_home_that_never_signed_has_nothing_to_read(tmp_path: Path) -> None:
    assert list(signed_shards(BundleHome(tmp_path).paths, {})) == []


def test_an_entry_that_was_altered_is_found_unless_trusted(home: BundleHome) -> None:
    path = home.paths.log / "tile" / "entries" / "000"
    path.write_bytes(path.read_bytes().replace(b'"acme"', b'"evil"', 1))
    assert "signed root" in _walked(home)[0]
    assert _walked(home, trust=True)[0] == ""


@pytest.mark.parametrize(
    ("change", "why"), [(lambda path: path.unlink(), "cannot be read"), (lambda path: path.write_bytes(b"\0"), "cannot")]
)
def test_a_bundle_that_is_gone_or_torn_is_told(home: BundleHome, change: object, why: str) -> None:
    assert callable(change)
    change(home.paths.log / "tile" / "entries" / "001")
    assert why in _walked(home)[0]


def test_a_checkpoint_that_does_not_hold_is_told(home: BundleHome) -> None:
    path = home.paths.log / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\nx", 1))
    (signed,) = signed_shards(home.paths, home.environ)
    assert "does not hold" in signed.fault
    assert walk(signed, lambda *_: None, lambda *_: None) == signed.fault
