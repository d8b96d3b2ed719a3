"""Keys and types are judged one by one, so that one mistake does not hide another."""

from __future__ import annotations

from safeconduct.instruments.fields import read_tables
from safeconduct.instruments.lines import Lines


def test_a_faulty_table_hides_no_other() -> None:
    tree = {
        "instrument": {"id": 1, "kind": "exemption"},
        "rule": [{"id": "a", "effect": "forbid"}, {"id": "B"}, {"id": "c", "exempts": "x/y", "models": ["m"], "cohort": "true"}],
        "annex": [{"id": "list"}, "text"],
    }
    reading = read_tables(tree, Lines(), "f")
    codes = [fault.code for fault in reading.faults]
    assert codes.count("missing_key") >= 4  # authority, effective; models and cohort of the first rule
    assert {"wrong_value", "wrong_id", "wrong_type"} <= set(codes)
    assert [form.id for _, form in reading.rules] == ["c"]
    assert reading.head is None


def test_too_many_tables_are_refused() -> None:
    rule = {"id": "a", "effect": "forbid", "models": ["m"], "cohort": "true", "say": "No."}
    reading = read_tables({"rule": [rule] * 501}, Lines(), "f")
    assert "too_many" in [fault.code for fault in reading.faults]


def test_a_time_in_quotes_is_told_as_one() -> None:
    head = {"id": "a", "authority": "b", "kind": "requirement", "effective": "2026-06-12T17:21:00-04:00"}
    reading = read_tables({"instrument": head, "rule": []}, Lines(), "f")
    assert [(fault.code, fault.what) for fault in reading.faults] == [("wrong_value", '"effective" is text, not a time')]
    assert "without quotes" in reading.faults[0].mend
