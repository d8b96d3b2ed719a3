"""The commands of a witness."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safeconduct.assembly.witness_folder import Desk, WitnessFolder
from safeconduct.audit.note import Verifier
from safeconduct.cli.main import app
from support.witnesses import LOG, W1, Leaves

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = RUN.invoke(app, ["witness", "init", "--dir", str(tmp_path / "w"), "--name", "witness.example/w1", "--json"])
    assert made.exit_code == 0, made.output
    keys = json.loads(made.stdout)
    assert Verifier.parse(keys["ed25519"]).cosigner
    assert Verifier.parse(keys["mldsa44"]).cosigner
    return tmp_path / "w"


def test_a_log_is_trusted_by_key_or_file_and_shown(folder: Path, tmp_path: Path) -> None:
    vkey = tmp_path / "log.vkey"
    vkey.write_text(f"{LOG.verifier}\n")
    for key, fresh in ((str(vkey), True), (str(LOG.verifier), False)):
        told = RUN.invoke(app, ["witness", "trust", "--dir", str(folder), "--vkey", key, "--json"])
        assert json.loads(told.stdout) == {"origin": LOG.verifier.name, "fresh": fresh}
    witness = WitnessFolder(folder)
    store = witness.store()
    assert Desk(store, witness.signers(), lambda: 1_700_000_000)(Leaves(9).submission(0, 9).body()).status == 200
    store.close()
    shown = json.loads(RUN.invoke(app, ["witness", "status", "--dir", str(folder), "--json"]).stdout)
    assert [(row["origin"], row["size"], row["keys"]) for row in shown] == [(LOG.verifier.name, 9, 1)]
    assert shown[0]["at"].startswith("2023-11-14T22:13:20")


@pytest.mark.parametrize("vkey", ["nonsense+a", str(W1.verifier), "/nowhere/at/all"])
def test_a_key_that_no_log_signs_with_is_refused(folder: Path, vkey: str) -> None:
    assert RUN.invoke(app, ["witness", "trust", "--dir", str(folder), "--vkey", vkey]).exit_code == 1


@pytest.mark.parametrize("command", [["status"], ["trust", "--vkey", str(LOG.verifier)], ["serve"]])
def test_a_folder_without_a_witness_is_told(tmp_path: Path, command: list[str]) -> None:
    result = RUN.invoke(app, ["witness", command[0], "--dir", str(tmp_path), *command[1:]])
    assert result.exit_code == 1
    assert "no witness here" in result.stderr


def test_an_address_that_is_none_is_a_slip(folder: Path) -> None:
    assert RUN.invoke(app, ["witness", "serve", "--dir", str(folder), "--listen", "nowhere"]).exit_code == 2
