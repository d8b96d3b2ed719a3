"""One row of a roster: what its cells mean, remembered and not."""

from __future__ import annotations

import pytest

from safeconduct.registry import roster_row
from safeconduct.registry.roster_row import MAX_FAULTS, Cells, Faults, read_row
from safeconduct.terms.moments import FOREVER, parse

DAY_ONE = "2026-01-01T00:00:00Z"
EVIDENCE = {"source": "hr", "verifier": "v", "method": "doc", "verified_at": DAY_ONE, "expires_at": "open"}


def test_a_cell_means_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_row, "REMEMBERED", 2)
    cells = Cells(Faults("r.csv"))
    for _ in range(3):
        for day in ("01", "02", "03"):
            assert cells.moment(1, "starts", f"2026-01-{day}T00:00:00Z") == parse(f"2026-01-{day}T00:00:00Z")
        assert cells.value(1, "nationality", "US;DE") == ("DE", "US")
        assert cells.value(1, "employed_there", "true") is True
        for country in ("US", "DE", "FR"):
            row = read_row(2, {"person": "ann", "nationality": country, **EVIDENCE}, "acme", cells)
            assert [each.value for each in row.facts] == [(country,)]
        assert len(cells.facts) <= 2
    assert cells.faults.count == 0


def test_open_is_an_end_and_no_beginning() -> None:
    cells = Cells(Faults("r.csv"))
    assert cells.moment(1, "ends", "open", may_be_open=True) == FOREVER
    assert cells.moment(1, "starts", "open") is None
    assert cells.moment(1, "starts", "open") is None  # a fault is told every time
    assert [each.code for each in cells.faults.all()] == ["roster_time"] * 2


def test_a_wrong_value_is_told_at_every_row_that_has_it() -> None:
    cells = Cells(Faults("r.csv"))
    for number in (2, 3):
        row = read_row(number, {"person": "ann", "us_citizen": "maybe", **EVIDENCE}, "acme", cells)
        assert row.facts == ()
    assert [each.where for each in cells.faults.all()] == ["r.csv:2 us_citizen", "r.csv:3 us_citizen"]


def test_a_fact_that_holds_in_one_organization_is_bound_to_the_rows() -> None:
    row = read_row(2, {"person": "ann", "employed_there": "true", "vetting": "l2", **EVIDENCE}, "acme", Cells(Faults("r.csv")))
    assert {each.name: each.organization for each in row.facts} == {"employed_there": "acme", "vetting": ""}


def test_faults_stop_being_kept_but_not_being_counted() -> None:
    faults = Faults("r.csv")
    for number in range(MAX_FAULTS + 5):
        faults.add("x", number, "", "what", "mend")
    *_, last = faults.all()
    assert (len(faults.all()), last.what) == (MAX_FAULTS + 1, "5 more faults are not shown")
