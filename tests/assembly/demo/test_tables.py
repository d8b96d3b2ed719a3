"""The files of the demonstration: what an organization would hand over, readable by the product's own import."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from safeconduct.assembly.demo import tables
from safeconduct.assembly.demo.population import Evidence, Fate, Origin, Someone, Work, populate
from safeconduct.assembly.demo.tables import COLUMNS, Dates, Files, evidence_of, write
from support.rosters import read_roster

NOW = 1_800_000_000_123_456
WORLD = populate(600, 40)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write(WORLD, tmp_path, NOW)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_one_row_for_each_person_and_organization_and_all_of_it_imports(files: Files) -> None:
    read = [row for path in files.rosters for row in read_roster(path.name, path.read_bytes())]
    assert len(read) == files.memberships
    seats = {(row.person, row.organization) for row in read}
    people = list(WORLD.everybody())
    assert seats == {(each.id, place) for each in people for place in (each.organization, each.second) if place}


def test_equal_populations_make_equal_files(files: Files, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = write(populate(600, 40), tmp_path / "again", NOW)
    for one, other in zip((*files.rosters, files.world), (*again.rosters, again.world), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_p10_only_evidence_is_written_never_a_status(files: Files) -> None:
    header = files.rosters[0].read_text().splitlines()[0].split(",")
    assert header == list(COLUMNS)
    assert not any(column.startswith("us_person") for column in header)


@pytest.mark.parametrize("origin", Origin)
def test_the_papers_of_each_origin(origin: Origin) -> None:
    held = ("US", "FR") if origin in (Origin.DUAL_US, Origin.LATER_DUAL) else ("IN", "GB")
    citizen, nations, resident, protected = evidence_of(Someone("p", "o", origin, Evidence.VALID, Work.EMPLOYEE, held))
    us = citizen == "yes" or "US" in nations.split(";") or resident == "US" or protected not in ("", "none")
    assert us is (origin not in (Origin.FOREIGN, Origin.DUAL_FOREIGN, Origin.RESIDENT_ELSEWHERE))


def test_evidence_is_missing_expired_or_contradicted_as_the_tables_say(files: Files) -> None:
    dates = Dates.around(NOW)
    rows = {row["person"]: row for row in _rows(files.rosters[0])}
    world = json.loads(files.world.read_text())
    against = {(row["person"], row["fact"]) for row in world["evidence"]}
    for each in WORLD.everybody():
        row = rows[each.id]
        expiries = {row[f"{fact}:expires_at"] for fact in tables.STATUS}
        if each.evidence is not Evidence.HALF:
            assert any(row[fact] for fact in tables.STATUS) is (each.evidence is not Evidence.UNKNOWN)
        assert (dates.yesterday in expiries) is (each.evidence is Evidence.EXPIRED)
        assert (dates.soon in expiries) is (each.evidence is Evidence.SHORT)
        assert ((each.id, "us_citizen") in against) is (each.evidence is Evidence.CONTRADICTED)


def test_fates_stand_where_they_can_be_said(files: Files) -> None:
    rows = {row["person"]: row for row in _rows(files.rosters[0])}
    fates = {row["person"]: row["fate"] for row in json.loads(files.world.read_text())["fates"]}
    dates = Dates.around(NOW)
    for each in WORLD.everybody():
        assert fates.get(each.id, "") == (each.fate.value if each.fate in (Fate.ENDED, Fate.SUSPENDED) else "")
        assert (rows[each.id]["ends"] == dates.yesterday) is (each.fate is Fate.LEFT)
        assert (rows[each.id]["starts"] == dates.soon) is (each.fate is Fate.COMING)


def test_a_long_roster_is_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_PER_FILE", 250)
    files = write(WORLD, tmp_path, NOW)
    assert [path.name for path in files.rosters] == ["roster-1.csv", "roster-2.csv", "roster-3.csv", "second.jsonl"]
    assert [len(_rows(path)) for path in files.rosters[:3]] == [250, 250, 100]
