"""Two processes count what one would count."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import survey as assembled
from safeconduct.assembly.inquiries import open_inquiries
from safeconduct.assembly.survey import Look, Order, carry_out, survey_all
from safeconduct.inquiry.census import decode
from safeconduct.inquiry.seats import Side, survey
from safeconduct.terms.faults import Refused
from support.inquiry_home import keep
from support.inquiry_worlds import NOON, Town, seats
from support.registry_cli import Home

WANTED = frozenset({"us_person.ear", "vetting"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    keep(home, Town(7).world.changes)
    return home


def test_a_second_process_counts_the_other_half(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_inquiries(home.environ) as asked:
        side = Side(asked.today, NOON, WANTED)
        alone = survey([side], keep=-1)
        assert alone.seats == sum(1 for _ in seats(asked.today, NOON))
        monkeypatch.setattr(assembled, "ALONE_BELOW", 0)
        both = survey_all(asked.home, [side], keep=-1)
    assert {pair: (tally.count, tally.ids) for pair, tally in both.pairs()} == {
        pair: (tally.count, sorted(tally.ids)) for pair, tally in alone.pairs()
    }


def test_an_order_is_carried_out_for_its_part(home: Home) -> None:
    with open_inquiries(home.environ) as asked:
        look = Look(asked.today.version, NOON, WANTED)
        parts = [decode(carry_out(Order(str(asked.home.path), (look,), part, 2, -1, frozenset(), None))) for part in (0, 1)]
        whole = survey([Side(asked.today, NOON, WANTED)])
    assert parts[0].seats + parts[1].seats == whole.seats
    assert 0 < parts[1].seats < whole.seats


def test_a_second_process_that_fails_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembled, "ALONE_BELOW", 0)
    with open_inquiries(home.environ) as asked:
        side = Side(asked.today, NOON, WANTED)
        (asked.home.secrets / "pseudonym.key").unlink()
        with pytest.raises(Refused, match="second half"):
            survey_all(asked.home, [side])
