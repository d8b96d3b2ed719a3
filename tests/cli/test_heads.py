"""``audit accept-head`` as typed: only when something is lost, only on a yes, and told with sizes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.cli import main
from safeconduct.terms.faults import Refused
from support.bundles import BundleHome


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    """A home whose log was put back to an earlier copy."""
    made = BundleHome(tmp_path)
    made.calls(5)
    made.keep()
    shutil.copytree(made.folder, tmp_path / "before")
    made.calls(9, prefix="later")
    made.keep()
    for name in ("log", "journal", "journal-root"):
        shutil.rmtree(made.folder / name)
        shutil.copytree(tmp_path / "before" / name, made.folder / name)
    return made


def test_p7_a_lost_end_is_given_up_by_name_and_on_record(home: BundleHome) -> None:
    with pytest.raises(Refused, match="restored from before"):
        home.keep()
    home.run(main.app, "audit", "accept-head", code=2)  # nobody said yes
    told = home.read(main.app, "audit", "accept-head", "--yes")
    one = told[0]  # and the log over the shards, which lost its end with it
    assert one["lost"]["size"] > one["kept"]["size"] > 0
    home.keep()
    acts = [each["entry"].get("act") for each in home.read(main.app, "audit", "show", "--tail", "50")]
    assert "log.accept_head" in acts
    home.run(main.app, "audit", "verify")


def test_where_nothing_is_lost_nothing_is_accepted(tmp_path: Path) -> None:
    home = BundleHome(tmp_path)
    home.calls(3)
    home.keep()
    result = home.run(main.app, "audit", "accept-head", "--yes", code=1)
    assert "nothing is lost" in result.stderr
