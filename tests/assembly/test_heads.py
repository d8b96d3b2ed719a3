"""A lost end of the log is accepted by name, on record, and never by mistake."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from safeconduct.assembly.heads import ACT, accept_head
from safeconduct.assembly.home import Home
from safeconduct.assembly.log import keeper_lock
from safeconduct.terms.faults import Refused
from support.faults_home import keep, make_home


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was kept, with its heads apart."""
    folder = tmp_path_factory.mktemp("accepting")
    make_home(folder / "home")
    keep(Home(folder / "home"))
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Home:
    shutil.copytree(template, tmp_path / "host")
    return Home(tmp_path / "host" / "home")


def code(home: Home) -> str:
    with pytest.raises(Refused) as refused:
        accept_head(home, {}, "os:root")
    return refused.value.faults[0].code


def acts(home: Home) -> list[dict]:
    return [entry for entry in keep(home) if entry["type"] == "act.performed" and entry["act"] == ACT]


def test_p9_nothing_is_accepted_while_nothing_is_lost_or_a_keeper_runs(home: Home) -> None:
    assert code(home) == "head_fits"
    lock = keeper_lock(home.journal)
    assert code(home) == "locked"
    lock.release()
    assert acts(home) == []


def test_p9_a_lost_end_is_on_record_and_its_head_is_kept(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.path, tmp_path / "backup")
    keep(home)
    shutil.rmtree(home.path)
    shutil.copytree(tmp_path / "backup", home.path)
    heads = home.apart({}) / "heads"
    before = {path.read_bytes() for path in heads.iterdir() if len(path.name) == 32}
    with pytest.raises(Refused, match="were signed"):
        keep(home)
    accepted = accept_head(home, {}, "os:root")
    assert {each.origin for each in accepted} == {"safeconduct.local/log", "safeconduct.local/log/root"}
    assert all(each.lost is not None and each.lost.size > each.kept.size for each in accepted)
    assert {path.read_bytes() for path in heads.iterdir() if ".lost-" in path.name and path.suffix != ".lock"} == before
    said = acts(home)
    assert {entry["changes_digest"] for entry in said} == {hashlib.sha256(note).hexdigest() for note in before}
    lost = next(each.lost for each in accepted if each.origin == "safeconduct.local/log")
    assert lost is not None
    assert f"safeconduct.local/log {lost.size} {lost.root.hex()}" in {entry["about"] for entry in said}
    assert code(home) == "head_fits", "accepted once is accepted"


def test_p9_a_head_that_is_gone_is_accepted_as_unknown(home: Home) -> None:
    shutil.rmtree(home.apart({}))
    with pytest.raises(Refused, match="is not there"):
        keep(home)
    assert [each.lost for each in accept_head(home, {}, "os:root")] == [None, None]
    assert len(acts(home)) == 2


def test_a_crash_between_head_and_checkpoint_loses_nothing(home: Home) -> None:
    behind = (home.log / "checkpoint").read_bytes()
    keep(home)
    (home.log / "checkpoint").write_bytes(behind)
    assert code(home) == "head_fits"


def test_a_log_that_is_gone_altogether_begins_anew_on_record(home: Home) -> None:
    for name in ("log", "journal", "journal-root"):
        shutil.rmtree(home.path / name)
    accepted = accept_head(home, {}, "os:root")
    assert [each.kept.size for each in accepted] == [0, 0]
    assert len(acts(home)) == 2


def test_what_is_left_has_to_be_whole(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.path, tmp_path / "backup")
    keep(home)
    shutil.rmtree(home.path)
    shutil.copytree(tmp_path / "backup", home.path)
    for path in (home.log / "tile" / "0").rglob("*.p/*"):
        path.write_bytes(bytes(len(path.read_bytes())))
    assert code(home) == "log_incomplete"
