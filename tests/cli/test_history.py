"""``instrument diff`` as a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli.main import app
from safeconduct.office import acts
from support.inquiry_home import FABLE, STOP, cobalt_home, keep
from support.inquiry_worlds import NOON, show
from support.registry_world import DAY


def test_p6_two_times_are_compared_as_they_were_known(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    rows = home.read(app, "instrument", "diff", show(NOON), "--org", "cobalt", "--names", code=5)
    assert {(tuple(row["names"]), row["change"], row["after"]) for row in rows} == {
        (("ben",), "lost", "fact_unknown"),
        (("cat",), "lost", "fact_expired"),
    }
    assert all("rule stop/r0 decides now" in row["because"] for row in rows)
    one = home.read(app, "instrument", "diff", show(NOON), show(NOON + 2 * DAY), "--person", "ben", code=5)
    assert [row["seats"] for row in one] == [1]
    assert home.read(app, "instrument", "diff", show(NOON), show(NOON)) == []
    home.run(app, "instrument", "diff", show(NOON + DAY), show(NOON), code=2)


def test_a_model_that_was_withdrawn_in_between_can_be_asked_about(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY).act(acts.WithdrawModel(FABLE, "replaced"))
    keep(home, town.world.changes)
    rows = home.read(app, "instrument", "diff", show(NOON), "--model", FABLE, code=5)
    assert {(row["model"], row["change"]) for row in rows} == {(FABLE, "lost")}


@pytest.mark.parametrize(("option", "value"), [("--org", "cobolt"), ("--person", "bem"), ("--model", "fabel")])
def test_a_name_written_wrongly_is_told_and_is_not_no_difference(tmp_path: Path, option: str, value: str) -> None:
    home, _ = cobalt_home(tmp_path)
    assert value in home.run(app, "instrument", "diff", show(NOON), option, value, code=1).stderr
