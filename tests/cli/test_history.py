"""``instrument diff`` as a command."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli.main import app
from support.inquiry_home import STOP, cobalt_home, keep
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
