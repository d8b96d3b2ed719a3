"""``audit prune`` as typed: it asks, says what would go, and waits for somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.process import clock
from safeconduct.cli import main
from safeconduct.terms.moments import SECOND
from support.bundles import BundleHome
from support.officers import two


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(300, at=clock() - 2000 * 86_400 * SECOND)
    made.keep()
    return made


def test_p9_asking_changes_nothing_and_says_what_would_go(home: BundleHome) -> None:
    mira, _ = two(home)
    result = mira.run(main.app, "audit", "prune", "--older-than", "1900", "--why", "its time is over")
    assert "512 entries" in result.stderr
    assert "Nothing has changed yet" in result.stderr
    assert (home.paths.log / "tile" / "entries" / "000").exists()
    told = mira.read(main.app, "request", "list")
    assert [(each["act"], each["about"]) for each in told] == [("log.prune", home.paths.settings().log.origin)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["--below", "256", "--older-than", "5"], 2),
        (["--below", "100", "--why", "x"], 1),
        (["--below", "51200", "--why", "x"], 1),
        (["--below", "256", "--shard", "2031", "--why", "x"], 1),
        (["--request", "r1", "--yes"], 1),
        (["--request", "r1"], 2),
    ],
)
def test_what_makes_no_sense_is_refused(home: BundleHome, words: list[str], code: int) -> None:
    home.run(main.app, "audit", "prune", *words, code=code)
    assert (home.paths.log / "tile" / "entries" / "000").exists()
