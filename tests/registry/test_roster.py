"""Rosters: one row for each person, every fault with its row, nothing half-read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.registry.facts import CATALOG
from safeconduct.registry.roster import COLUMNS, EVIDENCE, MAX_FAULTS, PLAIN
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER, parse
from support.rosters import read_roster, sift_roster

HEAD = "person,organization,us_citizen,source,verifier,method,verified_at,expires_at\n"
PROOF = "hr,v,doc,2026-01-01T00:00:00Z,open"


def faults(name: str, text: str | bytes, organization: str = "") -> list[tuple[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(Refused) as refused:
        read_roster(name, data, organization)
    return [(fault.code, fault.where) for fault in refused.value.faults]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_not_separated_by_commas_are_told_as_such(mark: str) -> None:
    assert faults("r.csv", f"person{mark}name\neve{mark}Eve\n", "acme") == [("roster_separator", "r.csv:1")]


def test_a_full_row_is_read() -> None:
    text = (
        "person,organization,name,email,role,starts,ends,nationality,employed_there,source,verifier,method,verified_at,"
        "expires_at,nationality:source,nationality:expires_at\n"
        'ann,acme,"Example, Ann",ann@example.org,engineer,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,US;DE,true,hr,v,doc,'
        "2026-01-02T00:00:00+01:00,open,passport,2030-01-01T00:00:00Z\n"
    )
    (row,) = read_roster("r.csv", text.encode())
    assert (row.where, row.person, row.organization, row.name) == ("r.csv:2", "ann", "acme", "Example, Ann")
    assert (row.starts, row.ends) == (parse("2026-01-01T00:00:00Z"), parse("2027-01-01T00:00:00Z"))
    nationality, employed = row.facts
    assert (nationality.value, nationality.source, nationality.organization) == (("DE", "US"), "passport", "")
    assert (employed.value, employed.source, employed.organization) == (True, "hr", "acme")
    assert (nationality.expires_at, employed.expires_at) == (parse("2030-01-01T00:00:00Z"), FOREVER)


def test_json_lines_say_the_same_as_csv() -> None:
    row = {
        "person": "ann",
        "organization": "acme",
        "nationality": ["US", "DE"],
        "employed_there": True,
        "role": None,
        "source": "hr",
        "verifier": "v",
        "method": "doc",
        "verified_at": "2026-01-02T00:00:00Z",
        "expires_at": "open",
    }
    text = "person,organization,nationality,employed_there,source,verifier,method,verified_at,expires_at\n"
    text += "ann,acme,US;DE,true,hr,v,doc,2026-01-02T00:00:00Z,open\n"
    (from_json,) = read_roster("r.jsonl", json.dumps(row).encode())
    (from_csv,) = read_roster("r.csv", text.encode())
    assert from_json.facts == from_csv.facts


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfperson\r\nann\r\n", b"person\nann\n", b"person\nann", b"person\n\nann\n,\n"[:-3]])
def test_byte_order_marks_and_line_ends_do_not_matter(data: bytes) -> None:
    assert [row.person for row in read_roster("r.csv", data, "acme")] == ["ann"]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ("person\nann\nüwe\n".encode("latin-1"), "r.csv:3"),
        ("person\nann\n".encode("utf-16-le"), "r.csv:1"),
        ("person\nann\n".encode("utf-16"), "r.csv:1"),
    ],
)
def test_another_encoding_is_one_clear_fault(data: bytes, where: str) -> None:
    assert faults("r.csv", data, "acme") == [("roster_encoding", where)]


def test_every_fault_of_every_row_is_found() -> None:
    text = HEAD
    text += f"Ann,acme,yes,{PROOF}\n"
    text += f"ben,,yes,{PROOF}\n"
    text += f"carl,acme,maybe,{PROOF}\n"
    text += "dora,acme,yes,hr,,doc,2026-01-01,\n"
    text += "emil,acme,yes,hr,v,doc,2026-01-01T00:00:00Z,2025-01-01T00:00:00Z\n"
    text += "short,acme\n"
    assert faults("r.csv", text) == [
        ("roster_person", "r.csv:2 person"),
        ("roster_organization", "r.csv:3 organization"),
        ("roster_fact", "r.csv:4 us_citizen"),
        ("roster_evidence", "r.csv:5 us_citizen"),
        ("roster_evidence", "r.csv:5 us_citizen"),
        ("roster_time", "r.csv:5 us_citizen:verified_at"),
        ("roster_interval", "r.csv:6 us_citizen"),
        ("roster_cells", "r.csv:7"),
    ]


def test_p1_a_fact_without_complete_evidence_is_a_fault_and_a_blank_fact_is_unknown() -> None:
    for part in ("source", "verifier", "method", "verified_at", "expires_at"):
        cells = {"person": "ann", "us_citizen": "yes", "source": "hr", "verifier": "v", "method": "d"}
        cells |= {"verified_at": "2026-01-01T00:00:00Z", "expires_at": "open"} | {part: ""}
        assert faults("r.jsonl", json.dumps(cells), "acme") == [("roster_evidence", "r.jsonl:1 us_citizen")]
    (row,) = read_roster("r.csv", f"{HEAD}ann,acme,,{PROOF}\n".encode())
    assert row.facts == ()


def test_repeated_and_conflicting_rows_are_told_apart() -> None:
    text = "person,organization,role\nann,acme,a\nann,acme,a\nann,acme,b\n"
    assert faults("r.csv", text) == [("roster_repeats", "r.csv:3 person"), ("roster_conflict", "r.csv:4 person")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("person,colour\nann,red\n", [("roster_column", "r.csv:1 colour")]),
        ("person,person\nann,ann\n", [("roster_column_twice", "r.csv:1 person")]),
        ("name\nAnn\n", [("roster_no_person", "r.csv:1")]),
        ("sc-officer-a-key-in-the-wrong-place\n", [("roster_no_person", "r.csv:1")]),
        ("", [("roster_no_person", "r.csv:1")]),
        ("person\n", [("roster_empty", "r.csv:1")]),
        ('person\n"ann\n', [("roster_csv", "r.csv:2")]),
        ('person\nann"x"\n"a"b\n', [("roster_person", "r.csv:2 person"), ("roster_csv", "r.csv:3")]),
        ("person,name\nann,a\u0007b\n", [("roster_text", "r.csv:2 name")]),
        ("person,starts,ends\nann,2026-02-01T00:00:00Z,2026-01-01T00:00:00Z\n", [("roster_interval", "r.csv:2 ends")]),
        ("person,starts\nann,tomorrow\n", [("roster_time", "r.csv:2 starts")]),
        ("person,starts\nann,open\n", [("roster_time", "r.csv:2 starts")]),
    ],
)
def test_csv_going_wrong(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults("r.csv", text, "acme") == expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[]", "roster_json"),
        ("{", "roster_json"),
        ('"ann"', "roster_json"),
        ("[" * 100_000, "roster_json"),
        ('{"person": "ann", "person": "eve"}', "roster_column_twice"),
        ('{"person": "ann", "colour": "red"}', "roster_column"),
        ('{"person": "ann", "name": 3}', "roster_value"),
        ('{"person": "ann", "name": NaN}', "roster_value"),
        ('{"person": "ann", "name": {"a": 1}}', "roster_value"),
        ('{"person": "ann", "name": "\\ud800"}', "roster_text"),
        ('{"person": "ann", "training": ["a;b"]}', "roster_value"),
    ],
)
def test_json_lines_going_wrong(line: str, code: str) -> None:
    assert next(found for found, _ in faults("r.jsonl", line, "acme")) == code


def test_too_many_faults_are_counted_and_not_listed() -> None:
    found = faults("r.csv", "person\n" + "Bad Id\n" * (MAX_FAULTS + 5), "acme")
    assert len(found) == MAX_FAULTS + 1
    assert found[-1] == ("roster_more_faults", "r.csv")


def test_sound_rows_are_kept_beside_the_faults() -> None:
    sifted = sift_roster("r.csv", b"person,starts\nann,tomorrow\nBen,\n", "acme")
    assert [row.person for row in sifted.rows] == ["ann"]
    assert len(sifted.faults) == 2


@settings(max_examples=100)
@given(st.binary(max_size=200), st.sampled_from(["r.csv", "r.jsonl"]))
def test_whatever_the_bytes_the_answer_is_rows_or_faults(data: bytes, name: str) -> None:
    sifted = sift_roster(name, data, "acme")
    assert sifted.rows or sifted.faults


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={column: st.text(max_size=12) for column in sorted(COLUMNS)}),
        min_size=1,
        max_size=4,
    )
)
def test_csv_and_json_lines_agree_about_any_cells(rows: list[dict[str, str]]) -> None:
    columns = sorted({column for row in rows for column in row} | {"person"})
    cells = [{column: row.get(column, "").replace("\r", "").replace("\0", "") for column in columns} for row in rows]
    for number, row in enumerate(cells):
        row["person"] = f"p{number}"
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    lines = "\n".join(json.dumps(row) for row in cells)
    from_csv = sift_roster("r.csv", sheet.getvalue().encode("utf-8", "replace"), "acme")
    from_json = sift_roster("r.jsonl", lines.encode(), "acme")
    if not from_csv.faults and not from_json.faults:
        assert [(row.person, row.name, row.facts) for row in from_csv.rows] == [
            (row.person, row.name, row.facts) for row in from_json.rows
        ]


def test_the_page_about_rosters_names_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rosters.md").read_text()
    for column in (*PLAIN, *EVIDENCE, *CATALOG):
        assert f"`{column}`" in page, column
