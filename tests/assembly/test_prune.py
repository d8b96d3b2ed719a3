"""Pruning: only what is old, closed and agreed to by two; told in the log first; and the rest is proven as before."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.assembly.bundle import Tree
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.exporting import Export, export, trees
from safeconduct.assembly.process import clock
from safeconduct.assembly.prune import carry_out, front
from safeconduct.assembly.verifying import Verified, verify_trees
from safeconduct.audit.checkpoint import Proof
from safeconduct.audit.tiles import bundle_path, tile_path
from safeconduct.audit.tree import inclusion_proof
from safeconduct.cli import main
from safeconduct.desk.desk import Desk
from safeconduct.office.pruning import DAYS, PruneLog
from safeconduct.storage.files.pruning import minimum_index, prune
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.bundles import BundleHome, silent
from support.officers import two

DAY = 86_400 * SECOND
OLD = clock() - 2000 * DAY  # longer ago than the longest class, five years


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    """600 entries and one of a long time ago, then some of now."""
    made = BundleHome(tmp_path)
    made.calls(300, at=OLD)
    made.keep()
    made.calls(100, "beta", "new")
    made.keep()
    return made


def verified(home: BundleHome) -> Verified:
    return verify_trees(home.paths.log, trees(home.paths)[0].verifier, None, silent)


def agreed(home: BundleHome, below: int = 512) -> tuple[BundleHome, str]:
    """What two officers did up to the agreement: the home as the first sees it, and the id of the request."""
    mira, noor = two(home)
    told = mira.read(main.app, "audit", "prune", "--below", str(below), "--why", "its time is over")
    noor.run(main.app, "request", "approve", told["request"], "--yes")
    return mira, told["request"]


def do(home: BundleHome, officer: BundleHome, request: str) -> int:
    with open_desk(officer.environ) as desk:
        return carry_out(home.paths, desk, request, silent, lambda _: home.keep())[1]


def test_p9_two_officers_and_the_log_itself_come_before_the_first_byte(home: BundleHome) -> None:
    mira, request = agreed(home)
    kept = {name: (home.paths.log / name).exists() for name in (bundle_path(0), bundle_path(1), tile_path(0, 1))}
    assert all(kept.values())

    def struck(_: float) -> None:
        raise KeyboardInterrupt

    with open_desk(mira.environ) as desk, pytest.raises(KeyboardInterrupt):
        carry_out(home.paths, desk, request, silent, struck)
    assert minimum_index(home.paths.log) == 0
    assert all((home.paths.log / name).exists() for name in kept)
    assert do(home, mira, request) == 4
    assert minimum_index(home.paths.log) == 512
    assert not any((home.paths.log / name).exists() for name in kept)
    assert (home.paths.log / bundle_path(2)).exists()
    told = [data for _, data in tree(home).entries(512, tree(home).head.size) if b'"type":"log.pruned"' in data]
    assert b'"minimum_index":512' in told[-1]
    assert told[-1].count(b"sc_") == 2  # who asked, and who agreed


def tree(home: BundleHome) -> Tree:
    found = Tree.open(home.paths.log, newest=True)
    assert found is not None
    return found


def test_p7_what_stays_is_proven_as_before(home: BundleHome, tmp_path: Path) -> None:
    before = tree(home)
    mira, request = agreed(home)
    do(home, mira, request)
    home.calls(150, "gamma", "later")
    home.keep()  # the keeper goes on over a pruned log
    found = verified(home)
    assert found.holds, found
    assert found.reports["."].minimum == 512
    for index in (512, 600, before.head.size - 1, tree(home).head.size - 1):
        now = tree(home)
        path = inclusion_proof(index, now.head.size, now.reader.nodes())
        data = next(data for place, data in now.entries(index, index + 1) if place == index)
        Proof(index, data, tuple(path), now.note).check(now.verifier)
    assert verify_trees(home.paths.log, before.verifier, before.note, silent).holds
    export(home.paths, tmp_path / "bundle", Export(), actor="sc_x", now=clock(), bar=silent)
    command = [sys.executable, "-I", str(tmp_path / "bundle" / "verify.py"), str(tmp_path / "bundle")]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    with pytest.raises(Refused, match="keeps the entries"):
        export(home.paths, tmp_path / "range", Export("range", 0, 10), actor="sc_x", now=clock(), bar=silent)


def test_p7_a_front_that_went_without_a_word_is_named(home: BundleHome) -> None:
    prune(home.paths.log, 512)
    found = verified(home)
    assert not found.holds
    assert [(each.code, each.kind) for each in found.reports["."].findings] == [("pruned_unlawfully", "missing")]
    (home.paths.log / "pruned").unlink()
    assert verified(home).reports["."].findings[0].kind == "missing"


def test_p7_a_tile_that_stands_for_the_front_cannot_be_changed(home: BundleHome) -> None:
    mira, request = agreed(home)
    do(home, mira, request)
    path = max((home.paths.log / "tile" / "1").glob("000.p/*"), key=lambda path: int(path.name))
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    assert [each.code for each in verified(home).reports["."].findings] == ["root"]


def test_a_closed_shard_is_told_of_in_a_later_one(home: BundleHome, tmp_path: Path) -> None:
    """A shard that takes no entries any more: its word stands in another tree, which has to hold."""
    mira, request = agreed(home)
    do(home, mira, request)
    found = verified(home)
    assert "pruned_unlawfully" not in {each.code for each in found.reports["."].findings}
    assert found.reports["."].pruned == {"": 512}


def refusal(home: BundleHome, below: int = 0, older_than: int = 0, now: int = 0) -> list[str]:
    with pytest.raises(Refused) as refused:
        front(home.paths, "", below, older_than, now or clock(), silent)
    return [fault.code for fault in refused.value.faults]


def test_only_whole_bundles_of_what_is_old_enough_go(home: BundleHome) -> None:
    found = front(home.paths, "", 0, 0, clock(), silent)
    assert (found.minimum, found.below, found.newest) == (0, 512, OLD)
    assert front(home.paths, "", 256, 0, clock(), silent).below == 256
    assert refusal(home, 768) == ["too_young"]
    assert refusal(home, 500) == ["nothing_to_prune"]
    assert "nothing_to_prune" in refusal(home, older_than=OLD)
    assert "nothing_to_prune" in refusal(home, now=OLD + 1826 * DAY)


def test_no_call_that_is_open_goes(tmp_path: Path) -> None:
    home = BundleHome(tmp_path)
    journal = home.calls(200, at=OLD, stay_open=100, end=False)
    home.keep()
    assert refusal(home, 256) == ["call_open"]
    journal.close()


def test_a_log_that_does_not_hold_keeps_everything(home: BundleHome) -> None:
    path = home.paths.log / bundle_path(2)
    path.write_bytes(path.read_bytes().replace(b"call-290", b"call-29!"))
    assert refusal(home, 256) == ["log_damaged"]


def test_p9_nobody_prunes_alone_or_twice_on_one_word(home: BundleHome) -> None:
    mira, noor = two(home)
    told = mira.read(main.app, "audit", "prune", "--below", "512", "--why", "old")
    mira.run(main.app, "request", "approve", told["request"], "--yes", code=1)
    with open_desk(mira.environ) as desk, pytest.raises(Refused, match="is open"):
        carry_out(home.paths, desk, told["request"], silent, lambda _: home.keep())
    noor.run(main.app, "request", "approve", told["request"], "--yes")
    do(home, mira, told["request"])
    with pytest.raises(Refused, match="gone already"):
        do(home, mira, told["request"])
    with open_desk(mira.environ) as desk, pytest.raises(Refused, match="no request to prune"):
        carry_out(home.paths, desk, "r1", silent, lambda _: None)


def test_p9_an_agreement_to_prune_is_for_one_week(home: BundleHome, monkeypatch: pytest.MonkeyPatch) -> None:
    mira, request = agreed(home)
    now = Desk.now
    monkeypatch.setattr(Desk, "now", lambda self: now(self) + DAYS * DAY + SECOND)
    with pytest.raises(Refused, match="more than 7 days ago"):
        do(home, mira, request)
    assert minimum_index(home.paths.log) == 0


@pytest.mark.parametrize(("below", "why"), [(0, "x"), (100, "x"), (-256, "x"), (256, "")])
def test_a_pruning_that_makes_no_sense_is_no_request(home: BundleHome, below: int, why: str) -> None:
    with open_desk(home.environ) as desk, pytest.raises(Refused):
        desk.preview(PruneLog("test.example/log", below, why))


def test_a_pruning_that_was_cut_off_is_done_again(home: BundleHome, tmp_path: Path) -> None:
    copy = shutil.copytree(home.paths.log, tmp_path / "copy")
    (Path(copy) / bundle_path(0)).unlink()
    assert prune(Path(copy), 512) == 3
    with pytest.raises(ValueError, match="pruned already"):
        prune(Path(copy), 256)
    with pytest.raises(ValueError, match="whole number"):
        prune(Path(copy), 600)
