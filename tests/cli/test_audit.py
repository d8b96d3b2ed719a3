"""The audit commands on a folder: what they say, and with which exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from safeconduct.audit.entries import Outcome
from safeconduct.audit.note import Signer
from safeconduct.cli import audit
from safeconduct.cli.audit import app
from support.audit_home import SIGNER, LogHome, call

VKEY = str(SIGNER.verifier)
OTHER = str(Signer(SIGNER.verifier.name, bytes(32)).verifier)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> LogHome:
    home = LogHome(tmp_path_factory.mktemp("grown"))
    writer = home.writer("w")
    for number in range(150):
        call(writer, f"call-{number}", Outcome.SERVED if number % 2 else Outcome.FAILED)
    call(writer, "call-open", None)
    home.keep()
    return home


@pytest.fixture
def home(grown: LogHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(grown.path, tmp_path / "home"))
    monkeypatch.setenv("SAFECONDUCT_HOME", str(folder))
    return folder


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result


def test_verify_says_that_the_log_holds(home: Path) -> None:
    result = run("verify")
    assert "the log holds" in result.stdout
    assert "151 calls decided, 150 outcomes (75 failed, 75 served)" in result.stdout
    assert "1 calls are in flight" in result.stdout
    assert "journals are open or wait for the keeper" in result.stderr
    assert "public key that lies beside the log" in result.stderr


def test_verify_as_data(home: Path) -> None:
    told = json.loads(run("verify", "--vkey", VKEY, "--json").stdout)
    assert told["holds"] is True
    assert told["findings"] == []
    assert told["size"] == 304 == told["decided"] + told["ended"] + 3
    assert told["outcomes"] == {"served": 75, "failed": 75}


def test_p7_verify_names_the_first_bad_place_and_ends_with_4(home: Path) -> None:
    bundle = home / "log" / "tile" / "entries" / "000"
    data = bundle.read_bytes()
    place = data.index(b'"call-70"')
    bundle.write_bytes(data[:place] + b'"call-7!"' + data[place + 9 :])
    index = next(e["seq"] - 1 for e in map(dict, entries(data)) if e.get("call") == "call-70")
    result = run("verify", code=4)
    assert f"THE LOG DOES NOT HOLD. First bad place: entry {index}" in result.stdout
    told = json.loads(run("verify", "--json", code=4).stdout)
    assert told["findings"][0] == {
        "code": "tile",
        "kind": "altered",
        "index": index,
        "what": f"differs from hash {index} of tile/0/000",
    }


def entries(bundle: bytes) -> list[dict]:
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        found.append(json.loads(bundle[2 : 2 + length]))
        bundle = bundle[2 + length :]
    return found


def test_p7_verify_with_another_key_ends_with_4(home: Path) -> None:
    assert "does not hold" in run("verify", "--vkey", OTHER, code=4).stdout.lower()
    (home / "log" / "log.vkey").write_text("nonsense\n")
    run("verify", code=4)


def test_p7_verify_against_a_saved_checkpoint(home: Path, grown: LogHome, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_text(run("checkpoint").stdout)
    run("verify", "--pin", str(saved))
    later = LogHome(home, "later")
    call(later.writer("x"), "one more", None)
    later.keep()
    run("verify", "--pin", str(saved))
    shutil.rmtree(home / "log")
    shutil.rmtree(home / "journal")
    shutil.rmtree(home / "apart", ignore_errors=True)
    short = LogHome(home, "short")
    call(short.writer("y"), "another story")
    short.keep()
    assert "had 304 entries before" in run("verify", "--pin", str(saved), code=4).stdout


@pytest.mark.parametrize("what", [["0"], ["255"], ["256"], ["303"], ["--call", "call-7"], ["--call", "call-149", "--outcome"]])
def test_p7_a_proof_is_checked_with_the_public_key_alone(home: Path, tmp_path: Path, what: list[str]) -> None:
    file = tmp_path / "x.tlog-proof"
    run("prove", *what, "--out", str(file))
    assert file.read_text() == run("prove", *what).stdout
    shutil.rmtree(home)
    told = json.loads(run("check-proof", str(file), "--vkey", VKEY, "--json").stdout)
    assert told["holds"]
    assert told["size"] == 304
    if "--call" in what:
        assert told["entry"]["call"] == what[1]
        assert told["entry"]["type"] == ("call.ended" if "--outcome" in what else "call.decided")
    key = tmp_path / "key"
    key.write_text(VKEY + "\n")
    assert '"type":"' in run("check-proof", str(file), "--vkey", str(key)).stdout
    run("check-proof", str(file), "--vkey", OTHER, code=4)
    file.write_bytes(file.read_bytes().replace(b"index ", b"index 1"))
    run("check-proof", str(file), "--vkey", VKEY, code=4)


def test_p7_a_damaged_log_makes_no_proofs(home: Path) -> None:
    tile = home / "log" / "tile" / "0" / "000"
    data = bytearray(tile.read_bytes())
    data[0] ^= 1
    tile.write_bytes(data)
    run("prove", "5", code=4)


def test_what_is_not_there_is_said(home: Path) -> None:
    assert "304 signed entries" in run("prove", "304", code=1).stderr
    assert "no signed call.decided entry" in run("prove", "--call", "nobody", code=1).stderr
    assert "no signed call.ended entry" in run("prove", "--call", "call-open", "--outcome", code=1).stderr
    assert "either an index or --call" in run("prove", code=2).stderr
    run("prove", "1", "--call", "x", code=2)


def test_show_one_and_the_newest(home: Path) -> None:
    assert json.loads(run("show", "0", "--json").stdout)["type"] == "writer.started"
    assert "call.decided" in run("show", "1").stdout
    told = json.loads(run("show", "--tail", "3", "--json").stdout)
    assert [each["index"] for each in told] == [301, 302, 303]
    lines = run("show", "--tail", "5").stdout.splitlines()
    assert lines[0].split("\t") == ["index", "at", "writer", "type", "what", "caller", "model"]
    assert len(lines) == 6


def test_checkpoint_prints_the_signed_note(home: Path) -> None:
    assert run("checkpoint").stdout == (home / "log" / "checkpoint").read_text()
    told = json.loads(run("checkpoint", "--json").stdout)
    assert (told["size"], told["vkey"]) == (304, VKEY)


@pytest.mark.parametrize("command", [["verify"], ["show"], ["prove", "0"], ["checkpoint"]])
def test_before_the_first_checkpoint_the_next_step_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("SAFECONDUCT_HOME", str(tmp_path))
    assert "serve signs a checkpoint" in run(*command, code=1).stderr
    assert "serve signs a checkpoint" in run(*command, "--log", str(tmp_path / "other"), code=1).stderr


def test_an_enforcement_is_told_with_its_figures() -> None:
    entry = {"type": "enforcement.applied", "causes": ["instrument.activated"], "cut": 1, "kept": 2, "last_byte_us": 19_967}
    assert audit._row(7, entry)["what"] == "instrument.activated: 1 cut, 2 went on, last byte after 20.0 ms"
    assert audit._row(7, {**entry, "cut": 0})["what"] == "instrument.activated: 0 cut, 2 went on"
