"""The command: sections that cannot be measured are left out, --commit keeps what was not measured again, a page is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation import drift, run
from evaluation.sections import SECTIONS, Ground, Section


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = [
        Section("first", "First", lambda ground: {"value": ground.seed}),
        Section("rules_split", "Second", lambda ground: {"folder": str(ground.data)} if ground.data else None),
    ]
    monkeypatch.setattr(run, "SECTIONS", sections)
    monkeypatch.setattr(run.page, "rules", lambda report: str(report))


@pytest.mark.usefixtures("two")
def test_what_needs_the_split_is_left_out_without_it(tmp_path: Path) -> None:
    assert run.main(["--json", str(tmp_path / "r.json")]) == 0
    assert list(json.loads((tmp_path / "r.json").read_text())["sections"]) == ["first"]


@pytest.mark.usefixtures("two")
def test_only_what_is_asked_for(tmp_path: Path) -> None:
    words = [
        "--only",
        "rules_split",
        "--data",
        str(tmp_path),
        "--json",
        str(tmp_path / "r.json"),
        "--html",
        str(tmp_path / "r.html"),
    ]
    assert run.main(words) == 0
    assert list(json.loads((tmp_path / "r.json").read_text())["sections"]) == ["rules_split"]
    assert "Second" in (tmp_path / "r.html").read_text()


@pytest.mark.usefixtures("two")
def test_nothing_measured_is_a_failure(tmp_path: Path) -> None:
    assert run.main(["--only", "rules_split", "--json", str(tmp_path / "r.json")]) == 1


@pytest.mark.usefixtures("two")
def test_commit_keeps_sections_that_were_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = tmp_path / "report.json"
    committed.write_text(json.dumps({"data": {"split/a": "1"}, "sections": {"rules_split": {"kept": 1}, "first": {"value": 0}}}))
    monkeypatch.setattr(drift, "COMMITTED", committed)
    monkeypatch.setattr(drift, "watched", lambda ground: {"rules.x": 1.0})
    assert run.main(["--only", "first", "--commit"]) == 0
    report = json.loads(committed.read_text())
    assert report["sections"] == {"rules_split": {"kept": 1}, "first": {"value": 1}}
    assert report["watched"] == {"rules.x": 1.0}
    assert report["data"]["split/a"] == "1"


@pytest.mark.usefixtures("two")
def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--json", str(tmp_path / "r.json")]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == [
        "rules_split: Second",
        "  left out: what it needs is not here (evaluation/README.md)",
    ]


def test_names_of_sections_are_unique() -> None:
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)


def test_no_split_no_split_sections() -> None:
    for section in SECTIONS:
        if section.name.endswith(("_split", "_measured")):
            assert section.measure(Ground()) is None
