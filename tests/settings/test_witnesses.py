"""What the settings may say about witnesses."""

from __future__ import annotations

import pytest

from safeconduct.settings.load import read
from safeconduct.terms.faults import Refused
from support.witnesses import LOG, W1, W1_LATTICE, W2


def witness(name: str, vkey: object, url: str = "https://w.example/one") -> str:
    return f'[log.witness."{name}"]\nurl = "{url}"\nvkey = "{vkey}"\n'


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read(text.encode(), "f")
    return [(fault.code, fault.where) for fault in refused.value.faults]


def test_witnesses_of_both_kinds_of_keys_are_named() -> None:
    text = (
        "[log]\nwitness_quorum = 1\nrequire_witness_seconds = 90\n"
        + witness("one", W1_LATTICE.verifier)
        + witness("two", W2.verifier)
    )
    log = read(text.encode(), "f").log
    assert (list(log.witness), log.witness_quorum, log.require_witness_seconds) == (["one", "two"], 1, 90.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (witness("one", LOG.verifier), [("vkey_invalid", "f: log.witness.one.vkey")]),
        (witness("one", "nonsense"), [("vkey_invalid", "f: log.witness.one.vkey")]),
        (witness("one", W1.verifier, "ftp://x"), [("url_invalid", "f: log.witness.one.url")]),
        (witness("none", W1.verifier), [("name_invalid", "f: log.witness.none")]),
        (witness("two words", W1.verifier), [("name_invalid", "f: log.witness.two words")]),
        (witness("#1", W1.verifier), [("name_invalid", "f: log.witness.#1")]),
        (witness("a", W1.verifier) + witness("b", W1.verifier), [("witness_twice", "f: log.witness.b.vkey")]),
        ("[log]\nwitness_quorum = 1\n", [("quorum_invalid", "f: log.witness_quorum")]),
        ("[log]\nwitness_quorum = -1\n", [("quorum_invalid", "f: log.witness_quorum")]),
        ("[log]\nrequire_witness_seconds = -1\n", [("not_positive", "f: log.require_witness_seconds")]),
        ("[log]\nrequire_witness_seconds = inf\n", [("not_positive", "f: log.require_witness_seconds")]),
        ("[log]\nrequire_witness_seconds = 5\n", [("witness_missing", "f: log.require_witness_seconds")]),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_everything_is_told_at_once() -> None:
    text = "[log]\nwitness_quorum = 3\n" + witness("none", "nonsense", "ftp://x")
    assert [code for code, _ in codes(text)] == ["name_invalid", "url_invalid", "vkey_invalid", "quorum_invalid"]
