"""``audit report`` as typed: numbers about groups, and never about few."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import main
from support.bundles import BundleHome


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(24)
    made.calls(24, "beta", "b")
    made.calls(30, "tiny", "t", caller="scl_one")
    made.keep()
    return made


def test_p8_the_small_group_is_in_no_line_and_in_no_difference(home: BundleHome) -> None:
    told = home.read(main.app, "audit", "report", "--by", "organization", "--k", "5")
    assert [row["organization"] for row in told["rows"]] == ["beta"]
    assert told["withheld_groups"] == 2
    assert told["total"]["calls"] == 78
    assert "2 groups were withheld" in told["note"]
    assert "tiny" not in home.run(main.app, "audit", "report", "--by", "organization").stdout


def test_groups_that_are_large_enough_have_calls_and_tokens(home: BundleHome) -> None:
    told = home.read(main.app, "audit", "report", "--by", "model,outcome")
    assert told["rows"] == [{"model": "claude-fable-5", "outcome": "served", "calls": 78, "tokens_in": 780, "tokens_out": 1560}]
    copy = home.read(main.app, "audit", "report", "--by", "model,outcome", "--log", str(home.paths.log))
    assert copy["rows"] == told["rows"]
    later = home.read(main.app, "audit", "report", "--since", "2999-01-01T00:00:00Z")
    assert (later["rows"], later["total"]) == ([], {"calls": 0, "tokens_in": 0, "tokens_out": 0})


@pytest.mark.parametrize("words", [["--by", "caller"], ["--by", ""], ["--k", "1"], ["--since", "yesterday"]])
def test_what_may_not_be_asked_is_refused(home: BundleHome, words: list[str]) -> None:
    home.run(main.app, "audit", "report", *words, code=1 if words[0] == "--by" else 2)
