"""The rules' report counts what it is told to count: a detector that always or never speaks shows as such."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from evaluation import leaks, lookalikes, planted, rules
from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Block
from safeconduct.terms.findings import Finding


class _Speaks:
    """Finds ``word`` wherever it stands, in the name of the detector that is asked."""

    def __init__(self, word: str, kind: str = "email") -> None:
        self.word, self.kind = word, kind

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str]) -> list[Finding]:
        detector = next(iter(wanted))
        places = [(block, block.text.find(self.word)) for block in blocks]
        return [Finding(detector, self.kind, block.path, at, at + len(self.word)) for block, at in places if at >= 0]


def _stand_in(word: str, kind: str = "email") -> Rules:
    return cast("Rules", _Speaks(word, kind))


def test_one_that_always_speaks_finds_all_and_alarms_always() -> None:
    report = rules.planted_report(_stand_in(""))
    for detector in rules.DETECTORS:
        assert report[detector]["found"]["value"] == 1
        assert report[detector]["alarms"]["value"] == 1
        assert all(figure["value"] == 1 for figure in report[detector]["ordinary"].values())


def test_one_that_never_speaks_finds_nothing() -> None:
    report = rules.planted_report(_stand_in("no text has this in it"))
    assert all(report[detector]["found"]["value"] == 0 for detector in rules.DETECTORS)
    assert set(report["secrets"]["kinds"]) == set(planted.secrets())


def _split(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_split_is_told_by_kind_and_by_who_made_it(tmp_path: Path) -> None:
    _split(
        tmp_path,
        "secrets",
        [
            {"text": "xyz 1", "label": "secret:url", "source": "generated for this project (seed 1)"},
            {"text": "xyz 2", "label": "secret:gitlab", "source": "somebody's tests"},
            {"text": "calm", "label": "not_secret:uuid", "source": "generated for this project (seed 1)"},
            {"text": "xyz 3", "label": "not_secret:git", "source": "somebody's tests"},
        ],
    )
    kinds = rules.split_report(_stand_in("xyz"), tmp_path)["secrets"]["kinds"]
    assert {kind: figure["value"] for kind, figure in kinds.items()} == {
        "url": 1,
        "published": 1,
        "not_uuid": 0,
        "not_published": 1,
    }


@pytest.mark.parametrize(("kind", "found"), [("email", 1.0), ("card", 0.0)])
def test_an_entity_is_found_only_by_a_finding_of_its_kind_at_its_place(tmp_path: Path, kind: str, found: float) -> None:
    row = {"text": "mail ines@alder.de now, Ines", "label": [[5, 18, "EMAIL_ADDRESS"], [24, 28, "PERSON"]], "source": "t"}
    _split(tmp_path, "pii", [row])
    kinds = rules.split_report(_stand_in("ines@", kind), tmp_path)["personal"]["kinds"]
    assert {name: figure["value"] for name, figure in kinds.items()} == {"email_address": found}


def test_without_the_files_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert rules.split_report(_stand_in("x"), tmp_path) == {}


def test_sets_apart_are_counted_by_kind_and_over_the_secret_itself() -> None:
    everything = rules.apart_report(_stand_in(""))
    assert everything["secrets"]["alarms"]["n"] >= 1_500
    assert everything["secrets"]["alarms"]["value"] == 1
    assert everything["secrets"]["found"]["value"] < 1  # found somewhere is not found
    nothing = rules.apart_report(_stand_in("no text holds this"))
    assert nothing["secrets"]["found"]["value"] == nothing["secrets"]["alarms"]["value"] == 0
    assert len([kind for kind in nothing["personal"]["kinds"] if not kind.startswith("not_")]) == 14


def test_p4_rules_hold_on_sets_apart() -> None:
    report = rules.apart_report(Rules())
    assert report["secrets"]["found"]["low"] >= 0.90
    assert report["secrets"]["alarms"]["value"] <= 0.005
    assert all(figure["value"] >= 0.8 for kind, figure in report["secrets"]["kinds"].items() if not kind.startswith("not_"))
    assert report["personal"]["kinds"]["not_street"]["value"] <= 0.005


def test_texts_of_sets_apart_are_all_different() -> None:
    texts = [text for made in lookalikes.lookalikes().values() for text in made]
    assert len(set(texts)) == len(texts)
    assert lookalikes.lookalikes() == lookalikes.lookalikes()
    assert leaks.leaks() == leaks.leaks()
