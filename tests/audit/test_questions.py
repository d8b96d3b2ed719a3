"""Which entries answer a question: exactly the calls asked about with their outcomes, and acts that concern them."""

from __future__ import annotations

from typing import Literal

import pytest

from safeconduct.audit.entries import ActPerformed, ContentErased, Entry, Outcome, encode
from safeconduct.audit.questions import Answering, Question
from support.audit_samples import T0, decided, ended, started

Kind = Literal["organization", "instrument", "case"]


def log() -> list[tuple[str, Entry]]:
    """A name for each entry, and the entry."""
    first, second = decided("c1"), decided("c2")
    second.organization, second.rules, second.caller = "beta", ("other/rule",), "scl_beta"
    ends = [ended("c1"), ended("c2"), ended("", Outcome.REFUSED, forwarded=False)]
    ends[0].closes_boot, ends[0].closes_seq = "w", 2
    ends[1].closes_boot, ends[1].closes_seq = "w", 3
    acts = [
        ActPerformed(act="instrument.activate", actor="sc_a", at=T0, about="us-bis-2026-06-26"),
        ActPerformed(act="content.read", actor="sc_a", at=T0, about="c2", organization="beta"),
        ActPerformed(act="case.open", actor="sc_a", at=T0, about="leak", organization="acme"),
    ]
    erased = ContentErased(at=T0, scope="subject", caller="scl_beta")
    entries = [started(), first, second, *ends, *acts, erased]
    for seq, entry in enumerate(entries, 1):
        entry.boot, entry.seq = "w", seq
    names = ["start", "call 1", "call 2", "end 1", "end 2", "stranger", "activated", "read c2", "case", "erased"]
    return list(zip(names, entries, strict=True))


@pytest.mark.parametrize(
    ("kind", "id", "calls", "expected"),
    [
        ("organization", "acme", [], ["call 1", "end 1", "case"]),
        ("organization", "beta", [], ["call 2", "end 2", "read c2", "erased"]),
        ("organization", "be", [], []),
        ("instrument", "us-bis-2026-06-26", [], ["call 1", "end 1", "activated"]),
        ("instrument", "us-bis", [], []),
        ("instrument", "other", [], ["call 2", "end 2"]),
        ("case", "leak", ["c2"], ["call 2", "end 2", "read c2", "case"]),
        ("case", "none", [], []),
    ],
)
def test_a_question_takes_exactly_what_answers_it(kind: Kind, id: str, calls: list[str], expected: list[str]) -> None:  # noqa: A002
    answering = Answering(Question(kind, id, frozenset(calls)))
    assert [name for name, entry in log() if answering.takes(encode(entry))] == expected


def test_a_question_reads_as_one_word() -> None:
    assert str(Question("case", "leak")) == "case=leak"


def test_bytes_that_are_no_entry_are_no_answer() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Answering(Question("case", "leak")).takes(b"nonsense")
