"""The verdicts against lists ticked off by hand. What they import is looked at, too: nothing of the product may be in them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.assembly.demo import verdicts
from safeconduct.assembly.demo.verdicts import (
    CONTRADICTED,
    EXPIRED,
    HIDDEN,
    LAPSED,
    NAMED,
    UNKNOWN,
    YES,
    Seat,
    State,
    judge,
    read_verdicts,
)

AT = "2026-06-27T12:00:00Z"
PAST, SOON, FAR = "2026-06-20T00:00:00Z", "2026-06-28T00:00:00Z", "2027-01-01T00:00:00Z"
PLAIN = {"verified_at": "2026-06-01T00:00:00Z", "expires_at": FAR, "ends": "open"}
FOREIGN = {"us_citizen": "no", "permanent_residence": "none", "protected_individual": "none"}
COLUMNS = (*("person", "organization", "starts", "ends"), *verdicts._STATUS, "employed_there", "verified_at", "expires_at")


def _organization(name: str, parent: str = "", relation: str = "", fate: str = "", ends: str = "open") -> dict[str, str]:
    return {"id": name, "parent": parent, "relation": relation, "fate": fate, "ends": ends}


ORGANIZATIONS = [
    _organization("listed"),
    _organization("partner"),
    _organization("stranger"),
    _organization("gone", fate="ended"),
    _organization("sub", "listed", "subsidiary"),
    _organization("sub-of-sub", "sub", "subsidiary"),
    _organization("firm", "listed", "contractor", ends=FAR),
    _organization("old-firm", "listed", "contractor", ends=PAST),
    _organization("firm-of-gone", "gone", "contractor", ends=FAR),
]
PARTNERS = [["listed", "and subsidiaries"], ["listed", "and contractors"], ["partner", ""], ["gone", "and contractors"]]


def _judged(
    folder: Path,
    row: dict[str, str],
    state: State = State.EXEMPTION,
    *,
    listed: list[list[str]] | None = None,
    evidence: list[dict[str, str]] | None = None,
    fates: list[dict[str, str]] | None = None,
    agents: list[dict[str, str]] | None = None,
) -> list[Seat]:
    cells = {**dict.fromkeys(COLUMNS, ""), "person": "p", "organization": "listed", **PLAIN, **row}
    header = [*COLUMNS, *(column for column in cells if column not in COLUMNS)]
    (folder / "roster.csv").write_text("\n".join([",".join(header), ",".join(cells[column] for column in header)]) + "\n")
    world = {
        "organizations": ORGANIZATIONS,
        "projects": [{"id": "x", "organization": "listed"}],
        "agents": agents or [],
        "annexes": {"partners": PARTNERS, "listed": listed if listed is not None else [["listed", ""]]},
        "evidence": evidence or [],
        "fates": fates or [],
    }
    (folder / "world.json").write_text(json.dumps(world))
    return list(judge([folder / "roster.csv"], folder / "world.json", state, AT))


def _more(fact: str, value: str, since: str = PAST, until: str = FAR) -> dict[str, str]:
    return {"person": "p", "fact": fact, "value": value, "verified_at": since, "expires_at": until}


EXPIRED_CARD = {"us_citizen": "no", "permanent_residence": "US", "permanent_residence:expires_at": PAST}
# what is on record, and the word for Fable in states 2 and 3
STATUS = [
    ({"us_citizen": "yes"}, [], YES),
    ({"nationality": "FR;US"}, [], YES),
    ({"nationality": "US"}, [_more("nationality", "FR;US")], YES),
    ({"us_citizen": "no", "permanent_residence": "US"}, [], YES),
    ({"us_citizen": "no", "permanent_residence": "DE;US"}, [], YES),
    ({"protected_individual": "national"}, [], YES),
    ({"protected_individual": "temporary_resident"}, [], YES),
    (FOREIGN, [], NAMED),
    ({"nationality": "DE;FR", "permanent_residence": "none", "protected_individual": "none"}, [], NAMED),
    ({**FOREIGN, "permanent_residence": "DE"}, [], NAMED),
    ({}, [], UNKNOWN),
    ({**FOREIGN, "permanent_residence": ""}, [], UNKNOWN),
    ({**FOREIGN, "us_citizen:expires_at": PAST}, [], UNKNOWN),
    ({"us_citizen": "yes", "us_citizen:expires_at": AT}, [], EXPIRED),
    ({"us_citizen": "yes", "us_citizen:expires_at": SOON}, [], YES),
    ({"us_citizen": "yes", "us_citizen:verified_at": SOON}, [], UNKNOWN),
    (EXPIRED_CARD, [], EXPIRED),
    ({**EXPIRED_CARD, "protected_individual": "refugee"}, [], YES),
    ({"us_citizen": "yes"}, [_more("us_citizen", "no")], CONTRADICTED),
    ({**FOREIGN}, [_more("us_citizen", "yes")], CONTRADICTED),
    ({**FOREIGN, "us_citizen:expires_at": "2026-06-22T00:00:00Z"}, [_more("us_citizen", "yes")], CONTRADICTED),
    ({**FOREIGN, "us_citizen:expires_at": PAST}, [_more("us_citizen", "yes")], YES),
    ({"us_citizen": "no", "permanent_residence": "US"}, [_more("us_citizen", "yes")], YES),
]


@pytest.mark.parametrize(("row", "later", "word"), STATUS)
def test_status_under_the_ear(tmp_path: Path, row: dict[str, str], later: list[dict[str, str]], word: str) -> None:
    for state in (State.LETTER, State.EXEMPTION):
        assert _judged(tmp_path, {**row, "organization": "partner"}, state, evidence=later) == [
            Seat("person/p", "partner", word, word)
        ]
    for state in (State.AUTHORIZED, State.LIFTED):
        assert _judged(tmp_path, {**row, "organization": "partner"}, state, evidence=later)[0][2:] == (YES, YES)


# organization, lines of the exemption, employment, and the word for Mythos of a foreign person in state 3
EXEMPT = [
    ("listed", [["listed", ""]], {"employed_there": "true"}, YES),
    ("listed", [["listed", "and contractors"]], {"employed_there": "true"}, YES),
    ("listed", [["listed", ""]], {"employed_there": "false"}, NAMED),
    ("listed", [["listed", ""]], {}, NAMED),
    ("listed", [["listed", ""]], {"employed_there": "true", "employed_there:expires_at": PAST}, NAMED),
    ("sub", [["listed", ""]], {"employed_there": "true"}, NAMED),
    ("sub", [["listed", "and contractors"]], {"employed_there": "true"}, NAMED),
    ("sub", [["listed", "and subsidiaries"]], {"employed_there": "true"}, YES),
    ("firm", [["listed", "and subsidiaries"]], {"employed_there": "true"}, NAMED),
    ("firm", [["listed", "and contractors"]], {"employed_there": "true"}, YES),
    ("sub-of-sub", [["listed", "and subsidiaries"]], {"employed_there": "true"}, HIDDEN),
    ("stranger", [["stranger", ""]], {"employed_there": "true"}, HIDDEN),
    ("old-firm", [["listed", "and contractors"]], {"employed_there": "true"}, LAPSED),
    ("firm-of-gone", [["gone", "and contractors"]], {"employed_there": "true"}, LAPSED),
    ("listed", [["listed", ""]], {"employed_there": "true", "ends": PAST}, LAPSED),
    ("listed", [["listed", ""]], {"employed_there": "true", "starts": SOON}, LAPSED),
]


@pytest.mark.parametrize(("place", "lines", "work", "word"), EXEMPT)
def test_the_exemption(tmp_path: Path, place: str, lines: list[list[str]], work: dict[str, str], word: str) -> None:
    (seat,) = _judged(tmp_path, {**FOREIGN, "organization": place, **work}, listed=lines)
    assert seat.mythos == word
    assert seat.fable == (LAPSED if word == LAPSED else NAMED)


def test_somebody_who_was_suspended_is_lapsed_for_both(tmp_path: Path) -> None:
    assert _judged(tmp_path, {"us_citizen": "yes"}, fates=[{"person": "p", "fate": "suspended"}])[0][2:] == (LAPSED, LAPSED)


def test_an_agent_is_judged_as_its_head_in_its_own_organization(tmp_path: Path) -> None:
    def agent(name: str, kind: str, sponsor: str, place: str = "listed", fate: str = "") -> dict[str, str]:
        return {"id": name, "organization": place, "sponsor_kind": kind, "sponsor": sponsor, "fate": fate}

    agents = [
        agent("own", "person", "p"),
        agent("below", "agent", "own"),
        agent("ended", "person", "p", fate="ended"),
        agent("below-ended", "agent", "ended"),
        agent("elsewhere", "person", "p", place="partner"),
        agent("of-project", "project", "x"),
    ]
    found = {seat.who: seat[2:] for seat in _judged(tmp_path, {**FOREIGN, "employed_there": "true"}, agents=agents)}
    assert found["person/p"] == found["agent/own"] == found["agent/below"] == (NAMED, YES)
    assert found["agent/ended"] == found["agent/below-ended"] == found["agent/elsewhere"] == (LAPSED, LAPSED)
    assert found["agent/of-project"] == (UNKNOWN, UNKNOWN)


def test_the_verdicts_import_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(verdicts.__file__).read_text(encoding="utf-8"))
    named = [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    named += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names


def test_they_can_be_written_by_a_process_of_their_own(tmp_path: Path) -> None:
    expected = _judged(tmp_path, {**FOREIGN, "employed_there": "true"})
    out = tmp_path / "out.tsv"
    words = [out, int(State.EXEMPTION), AT, tmp_path / "world.json", tmp_path / "roster.csv"]
    command = [sys.executable, "-m", "safeconduct.assembly.demo.verdicts", *map(str, words)]
    subprocess.run(command, timeout=60, check=True)
    assert list(read_verdicts(out)) == expected
