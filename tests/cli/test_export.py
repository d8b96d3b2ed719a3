"""``audit export`` as typed: what it says, which questions it takes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.audit.tiles import bundle_path
from safeconduct.cli import main, org
from support.bundles import UNKNOWN, BundleHome
from support.officers import officer_of


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.calls(30)
    made.keep()
    return made


def test_a_bundle_is_made_told_and_recorded(home: BundleHome, tmp_path: Path) -> None:
    result = home.run(main.app, "audit", "export", str(tmp_path / "bundle"))
    assert "manifest sha256" in result.stdout
    assert "verify.py" in result.stderr
    home.keep()
    listed = home.read(main.app, "audit", "show", "--tail", "100")
    (taken,) = [each["entry"] for each in listed if each["entry"]["type"] == "log.exported"]
    assert taken["actor"].startswith("sc_")
    assert taken["sha256"] in result.stdout


def test_a_question_and_a_field_as_data(home: BundleHome, tmp_path: Path) -> None:
    told = home.read(
        main.app, "audit", "export", str(tmp_path / "b"), "--organization", "acme", "--disclose", f"call-3:requested={UNKNOWN}"
    )
    assert (told["entries"], told["disclosed"], told["holds"]) == (61, 1, True)  # and the act that registered it
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert manifest["question"] == "organization=acme"


def test_a_case_takes_the_calls_it_is_about(home: BundleHome, tmp_path: Path) -> None:
    officer_of(home, "mira").run(main.app, "case", "open", "leak", "--call", "call-5", "--why", "a look")
    home.keep()
    told = home.read(main.app, "audit", "export", str(tmp_path / "b"), "--case", "leak")
    assert told["entries"] == 3  # its opening, the decision and the outcome
    home.run(main.app, "audit", "export", str(tmp_path / "c"), "--case", "no-case", code=1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--range", "1:5", "--organization", "acme"], 2),
        (["--range", "1-5"], 2),
        (["--range", "5:1"], 1),
        (["--disclose", "nonsense"], 1),
        (["--organization", "nobody"], 1),
    ],
)
def test_what_makes_no_sense_leaves_nothing_behind(home: BundleHome, tmp_path: Path, words: list[str], code: int) -> None:
    home.run(main.app, "audit", "export", str(tmp_path / "bundle"), *words, code=code)
    assert not (tmp_path / "bundle").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_damaged_log_is_exit_code_4(home: BundleHome, tmp_path: Path) -> None:
    path = next((home.paths.log / "tile" / "entries").glob("000.p/*"))
    path.write_bytes(path.read_bytes().replace(b'"call-7"', b'"call-x"'))
    result = home.run(main.app, "audit", "export", str(tmp_path / "bundle"), code=4)
    assert "DOES NOT HOLD" in result.stdout
    assert (tmp_path / "bundle" / bundle_path(0, int(path.name))).exists()
