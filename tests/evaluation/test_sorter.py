"""The sorter's report: a scorer that knows gets full marks, and no threshold is set on what is reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from evaluation import sets, sorter


@dataclass(frozen=True)
class _Shares:
    misuse: float
    injection: float
    language: str = "en"


class _Knows:
    """Suspects each text that contains the word of a head, and texts with "odd" in them a little."""

    version = "stand-in"

    def score(self, text: str) -> Any:
        return _Shares(*(0.0001 if word in text else 0.03 if "odd" in text else 0.9 for word in ("crime", "obey")))

    def scores(self, text: str) -> dict[str, float]:
        return {"misuse.encoder": float("crime" in text), "injection.encoder": float("obey" in text)}


def _texts() -> list[sets.Text]:
    texts = [sets.Text(f"calm {number}", "benign", "ordinary") for number in range(60)]
    texts += [sets.Text(f"calm {number}", "borderline_benign", "borderline") for number in range(60)]
    texts += [sets.Text(f"odd {number}", "benign", "documents", "de") for number in range(20)]
    texts += [sets.Text(f"crime {number}", "misuse", "misuse_other") for number in range(20)]
    return texts + [sets.Text(f"obey {number}", "injection", "document_injections") for number in range(20)]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return sorter.report(_Knows(), _texts())


def test_what_is_known_is_found(report: dict[str, Any]) -> None:
    for head, name in (("misuse", "misuse_other"), ("injection", "document_injections")):
        for detector in ("joined", "encoder"):
            one = report["heads"][head][detector]["sets"][name]
            assert one["auc"]["value"] == 1
            assert all(figure["value"] == 1 for figure in one["recall"].values())


def test_only_a_head_s_own_label_counts_as_found(report: dict[str, Any]) -> None:
    assert list(report["heads"]["misuse"]["joined"]["sets"]) == ["misuse_other"]


def test_alarms_are_realized_where_the_threshold_was_not_set(report: dict[str, Any]) -> None:
    joined = report["heads"]["misuse"]["joined"]
    assert set(joined["realized"]) == {"documents"}
    assert joined["realized"]["documents"]["0.01"]["value"] == 1  # above all of the mix: a threshold does not travel


def test_shipped_shares_are_reported_by_source_and_script(report: dict[str, Any]) -> None:
    joined = report["heads"]["misuse"]["joined"]
    assert joined["shipped"]["documents"]["0.05"]["value"] == 1
    assert joined["shipped"]["documents"]["0.01"]["value"] == 0
    assert joined["languages"]["latin"]["0.05"]["value"] == 1
    assert joined["languages"]["english"]["0.05"]["value"] == 0


def test_held_texts_are_held_and_thinning_keeps_some_of_them() -> None:
    whole, thin = sets.held(), sets.held(4)
    assert len(whole) > 900
    assert 0.15 < len(thin) / len(whole) < 0.35
    assert set(thin) <= set(whole)


def test_defenders_are_told_by_register_and_by_group_of_languages() -> None:
    texts = [sets.Text(f"calm {number}", "borderline_benign", "cve") for number in range(30)]
    texts += [sets.Text("a crime", "borderline_benign", "ctf"), sets.Text("odd", "borderline_benign", "ctf", "ru")]
    groups = sorter.defenders(_Knows(), texts)["groups"]
    assert {"all", "cve", "ctf", "in english", "in cyrillic"} == set(groups)
    assert groups["ctf"]["0.001"]["value"] == 0.5
    assert groups["in cyrillic"]["0.05"]["value"] == 1
    assert groups["in cyrillic"]["0.01"]["value"] == 0
    assert groups["cve"]["bound"] == pytest.approx(0.095, abs=0.001)


def test_the_set_of_defenders_has_every_register() -> None:
    registers = {"pentest", "cve", "detection", "malware", "ctf", "timeline", "coding", "mixed"}
    assert {text.name for text in sets.security()} == registers
