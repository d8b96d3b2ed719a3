"""A shard that was pruned after it was closed: excused by the entry in another tree, and by nothing else. Both readers agree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safeconduct.assembly.home import create
from safeconduct.assembly.verifying import verify_trees
from safeconduct.audit.entries import LogPruned
from safeconduct.audit.note import Verifier
from safeconduct.storage.files.pruning import prune
from safeconduct.terms.moments import SECOND
from support.audit_home import call
from support.audit_years import EVE, Years
from support.bundles import silent
from support.verifier_bundle import judge, policy

FIRST, LATER = "", "/2027"


@pytest.fixture(autouse=True)
def keys_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.audit_years.fixed", os.urandom)


def pruned(path: Path, told_in: str, origin: str, minimum: int, role: str = "desk") -> Path:
    """A log over New Year; its first tree is closed and lacks 256 entries, and one entry somewhere speaks of pruning."""
    years = Years(path)
    create(years.home)
    base = years.home.shard(EVE).origin
    about = base + origin if origin != "own" else ""
    told = LogPruned(at=EVE, minimum_index=minimum, origin=about, actor="sc_a", second="sc_b")
    with years.open("first") as log:
        old = years.writer("old")
        for number in range(150):
            call(old, f"c{number}")
        if told_in == FIRST:
            told.at = years.clock.now
            old.append_sync(told)
        years.pass_seconds(log)
        old.close()
        years.clock.now = EVE + 20 * SECOND
        new = years.writer("new", role=role)
        call(new, "later")
        if told_in == LATER:
            told.at = years.clock.now
            new.append_sync(told)
        years.pass_seconds(log, 3)
        new.close()
        log.finish(years.clock.now)
    assert prune(years.home.log, 256) == 2
    return years.home.log


@pytest.mark.parametrize(
    ("told_in", "origin", "minimum", "code"),
    [
        (LATER, FIRST, 256, 0),
        (LATER, "own", 256, 11),
        (LATER, LATER, 256, 11),
        (LATER, "/2026", 256, 11),
        (LATER, FIRST, 255, 11),
        (FIRST, "own", 256, 0),
        (FIRST, FIRST, 256, 0),
        (FIRST, LATER, 256, 11),
        (FIRST, "/root", 256, 11),
    ],
)
def test_p7_only_an_entry_about_this_tree_excuses_its_missing_front(
    tmp_path: Path, told_in: str, origin: str, minimum: int, code: int
) -> None:
    log = pruned(tmp_path, told_in, origin, minimum)
    keys = [Verifier.parse((log / name / "log.vkey").read_text()) for name in ("", "root")]
    theirs = judge(log, trusted=policy(*keys))
    ours = verify_trees(log, keys[0], None, silent)
    assert [one["folder"] for one in theirs.report.logs] == ["root", "", "2027"]
    assert theirs.code == code, theirs.findings
    assert ours.holds is (code == 0)
    if code:
        assert theirs.places == [("pruned", -1, "pruned")]
        assert [(each.code, each.kind) for report in ours.reports.values() for each in report.findings] == [
            ("pruned_unlawfully", "missing")
        ]


@pytest.mark.parametrize("role", ["gateway", "reconciler"])
def test_p7_a_missing_front_is_not_excused_by_a_writer_that_prunes_nothing(tmp_path: Path, role: str) -> None:
    log = pruned(tmp_path, LATER, FIRST, 256, role)
    keys = [Verifier.parse((log / name / "log.vkey").read_text().strip()) for name in ("", "root")]
    assert judge(log, trusted=policy(*keys)).places == [("pruned", -1, "pruned")]
    ours = verify_trees(log, keys[0], None, silent)
    assert [each.code for each in ours.reports["."].findings] == ["pruned_unlawfully"]


def test_p7_a_pruned_shard_is_not_excused_by_a_tree_that_does_not_hold(tmp_path: Path) -> None:
    log = pruned(tmp_path, LATER, FIRST, 256)
    bundle = max((log / "2027" / "tile" / "entries" / "000.p").iterdir(), key=lambda path: int(path.name))
    bundle.write_bytes(bundle.read_bytes().replace(b'"sc_a"', b'"sc_x"'))
    keys = [Verifier.parse((log / name / "log.vkey").read_text()) for name in ("", "root")]
    assert judge(log, trusted=policy(*keys)).code == 10
    ours = verify_trees(log, keys[0], None, silent)
    assert [each.code for each in ours.reports["."].findings] == ["pruned_unlawfully"]
