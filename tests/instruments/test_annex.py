"""Annexes as spreadsheets write them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.annex import Scope, read_annex


def test_scopes_are_read_and_blank_lines_passed_over() -> None:
    lines, faults = read_annex("a.csv", b'organization,scope\n\n"acme",\n , \nb,and subsidiaries\nc,and contractors\n')
    assert faults == []
    assert [(one.organization, one.scope, one.line) for one in lines] == [
        ("acme", Scope.ALONE, 3),
        ("b", Scope.SUBSIDIARIES, 5),
        ("c", Scope.CONTRACTORS, 6),
    ]


def test_the_scope_column_may_be_left_out() -> None:
    lines, faults = read_annex("a.csv", b"organization\nacme\n")
    assert (len(lines), faults) == (1, [])


def test_one_organization_may_have_two_scopes() -> None:
    assert read_annex("a.csv", b"organization,scope\na,and subsidiaries\na,and contractors\n")[1] == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_lines_or_faults(data: bytes) -> None:
    lines, faults = read_annex("a.csv", b"organization,scope\n" + data)
    assert lines or faults
    assert all(fault.where.startswith("a.csv:") for fault in faults)
