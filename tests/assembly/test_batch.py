"""A file of questions is answered row for row, by one process or by two, with the same answers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from safeconduct.assembly import batch
from safeconduct.assembly.batch import Tally, answer_file
from safeconduct.assembly.inquiries import open_inquiries
from support.inquiry_home import FABLE, STOP, cobalt_home, keep
from support.inquiry_worlds import NOON, show
from support.registry_cli import Home
from support.registry_world import DAY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    return home


def _asked(home: Home, folder: Path, rows: int) -> tuple[Tally, list[dict[str, str]]]:
    source, target = folder / "q.csv", folder / "a.csv"
    with source.open("w") as file:
        file.write("n,who,model,at\n")
        for number in range(rows):
            who = ("ann", "ben", "nobody")[number % 3]
            at = ("", show(NOON), "soon", show(NOON + 2 * DAY))[number % 4]
            file.write(f"{number},{who},{FABLE},{at}\n")
    told: list[int] = []
    with open_inquiries(home.environ) as asked:
        tally = answer_file(asked, (str(source), "csv"), (str(target), "csv"), told.append)
    assert told[-1] == rows
    with target.open() as file:
        return tally, list(csv.DictReader(file))


def test_rows_are_answered_in_their_order(home: Home, tmp_path: Path) -> None:
    tally, rows = _asked(home, tmp_path, 24)
    assert [row["n"] for row in rows] == [str(number) for number in range(24)]
    by = {(row["who"], row["at"]): row for row in rows}
    assert by["ann", ""]["decision"] == "permit"
    assert (by["ben", ""]["decision"], by["ben", ""]["code"]) == ("deny", "fact_unknown")
    assert by["ben", show(NOON)]["decision"] == "permit"
    assert "no time" in by["ann", "soon"]["error"]
    assert "no person nobody" in by["nobody", ""]["error"]
    assert tally.rows == 24
    assert tally.errors == sum(bool(row["error"]) for row in rows)


def test_two_processes_answer_as_one(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, alone = _asked(home, tmp_path, 40)
    monkeypatch.setattr(batch, "CHUNK", 7)
    _, shared = _asked(home, tmp_path, 40)

    def bare(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{name: value for name, value in row.items() if name != "valid_until"} for row in rows]

    assert bare(shared) == bare(alone)


def test_an_empty_file_is_no_questions(home: Home, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("")
    with open_inquiries(home.environ) as asked:
        tally = answer_file(asked, (str(tmp_path / "none.csv"), "csv"), (str(tmp_path / "out.csv"), "csv"), lambda _: None)
    assert tally == Tally()
