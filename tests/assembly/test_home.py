"""A home is made once, found by its variable, and its secrets are whole, private and never repeated."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from safeconduct.assembly.home import SECRET_NAMES, Home, create, existing, find
from safeconduct.settings.load import Settings
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import parse


def test_a_home_that_was_never_made_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        existing({"SAFECONDUCT_HOME": str(tmp_path / "none")})
    (fault,) = refused.value.faults
    assert fault.code == "no_home"
    assert "safeconduct init" in fault.mend


def test_making_it_again_keeps_what_is_there(tmp_path: Path) -> None:
    home = find({"SAFECONDUCT_HOME": str(tmp_path / "home")})
    create(home)
    ChangeStore.open(home.registry).close()
    before = [home.secret(name) for name in SECRET_NAMES]
    create(home)
    assert [home.secret(name) for name in SECRET_NAMES] == before
    assert len(set(before)) == len(SECRET_NAMES)
    assert existing({"SAFECONDUCT_HOME": str(home.path)}) == home
    assert home.settings({}) == Settings()


def test_secrets_and_folders_are_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    for folder in (home.path, home.secrets, home.log, home.journal, home.run):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in SECRET_NAMES:
        assert stat.S_IMODE((home.secrets / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["short", "open", "missing"])
def test_a_damaged_secret_is_refused_and_not_repeated(damage: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    path = home.secrets / "pepper"
    if damage == "short":
        path.write_bytes(b"only-this")
    elif damage == "open":
        path.chmod(0o644)
    else:
        path.unlink()
    with pytest.raises(Refused) as refused:
        home.secret("pepper")
    assert "only-this" not in str(refused.value)
    assert "pepper" in refused.value.faults[0].where


def test_what_must_not_travel_with_the_home_lies_beside_it_or_where_it_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.apart({}) == tmp_path / "home.apart"
    assert home.apart({"SAFECONDUCT_APART": str(tmp_path / "elsewhere")}) == tmp_path / "elsewhere"


def test_shards_lie_beside_each_other_by_year(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    first = home.shard(parse("2026-06-12T17:21:00Z"))
    assert (first.name, first.origin, first.log, first.journal) == ("", "safeconduct.local/log", home.log, home.journal)
    assert home.shard(parse("2025-06-12T17:21:00Z")) == first
    later = home.shard(parse("2027-01-01T00:00:00Z"))
    assert (later.name, later.origin) == ("2027", "safeconduct.local/log/2027")
    assert (later.log, later.journal) == (home.log / "2027", home.path / "journal-2027")
    assert home.shards() == [first]
    later.log.mkdir(parents=True)
    assert home.shards() == [first, later]
    root = home.root_shard()
    assert (root.origin, root.log) == ("safeconduct.local/log/root", home.log / "root")
    assert root not in home.shards()
