"""The published JSON Schema and the parser say the same about the same files."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from safeconduct.instruments.document import read
from safeconduct.instruments.forms import identifier_holds, json_schema, sha256_holds
from safeconduct.terms.faults import Refused
from support.policy_june import FILES, GLASSWING, LETTER_12, LETTER_26, LETTER_30
from support.tree import ROOT

EDITS = [
    ('kind = "', 'kind = "x'),
    ('authority = "', 'authority = "X '),
    ("effective = 2026", "effective = 5 #"),
    ("[[rule]]", "[[rule]]\nextra = 1"),
    ("[instrument]", "[instrument]\nextra = 1"),
    ("[instrument]", "extra = 1\n[instrument]"),
    ("id = ", "# id = "),
    ('models = ["', 'models = "x" # ["'),
    ("cohort = '", "cohort = 1 # '"),
    ('effect = "', 'effect = "x'),
    ('sha256 = "', 'sha256 = "x'),
]


def as_json(text: str) -> Any:
    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return plain(tomllib.loads(text))


def schema_accepts(text: str) -> bool:
    checker = jsonschema.Draft202012Validator(json_schema())
    return not list(checker.iter_errors(as_json(text)))


def parser_accepts(text: str) -> bool:
    try:
        read(text, FILES)
    except Refused as refused:
        # what a schema cannot see: which keys go together, other files
        beyond = {"rule_sort", "rule_kind", "missing_key", "lift_whole", "duty_place", "annex_hash", "duplicate_id"}
        return all(fault.code in beyond for fault in refused.faults)
    return True


@pytest.mark.parametrize("text", [GLASSWING, LETTER_12, LETTER_26, LETTER_30])
def test_schema_and_parser_agree(text: str) -> None:
    text = text.replace("@partners.csv@", "0" * 64).replace("@annex-a.csv@", "0" * 64)
    assert schema_accepts(text)
    assert parser_accepts(text)
    for old, new in EDITS:
        broken = text.replace(old, new, 1)
        if broken != text and old != "id = ":
            assert not schema_accepts(broken), (old, new)
            assert not parser_accepts(broken), (old, new)


def test_the_published_schema_is_current() -> None:
    published = ROOT / "docs" / "schema" / "instrument.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json_schema(), (
        "run: safeconduct instrument schema > " + published.name
    )


def test_the_published_cedar_schema_is_the_one_in_use() -> None:
    packaged = files("safeconduct.terms").joinpath("conditions.cedarschema").read_text(encoding="utf-8")
    assert (ROOT / "docs" / "schema" / "safeconduct.cedarschema").read_text(encoding="utf-8") == packaged


@pytest.mark.parametrize(
    ("text", "holds"), [("us-bis.1_a", True), ("", False), ("-a", False), ("A", False), ("a" * 65, False), ("é", False)]
)
def test_identifiers(text: str, holds: bool) -> None:
    assert identifier_holds(text) is holds


def test_hashes() -> None:
    assert sha256_holds("0" * 64)
    assert not sha256_holds("0" * 63)
    assert not sha256_holds("G" * 64)
