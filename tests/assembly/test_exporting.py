"""Bundles taken out of a home: what is in them, that the log tells of each, and that a stranger's own check holds."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from safeconduct.assembly.disclosing import Asked
from safeconduct.assembly.exporting import Export, Exported, export
from safeconduct.assembly.process import clock
from safeconduct.audit.checkpoint import Proof, open_checkpoint
from safeconduct.audit.commitment import opens
from safeconduct.audit.cosignature import COSIGNATURE_ED25519
from safeconduct.audit.note import Signer, Verifier, note_text, signature_line
from safeconduct.audit.questions import Question
from safeconduct.audit.verify import verify_log
from safeconduct.cli import org
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Refused
from support.bundles import BODY, UNKNOWN, BundleHome, files, silent


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.calls(150)
    made.calls(20, "beta", "other")
    made.keep()
    return made


def take(home: BundleHome, target: Path, wanted: Export | None = None) -> Exported:
    return export(home.paths, target, wanted or Export(), actor="sc_officer", now=clock(), bar=silent)


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def proofs(folder: Path) -> dict[int, dict]:
    verifier = Verifier.parse((folder / "log.vkey").read_text())
    found = {}
    for path in folder.glob("proofs/*.tlog-proof"):
        proof = Proof.parse(path.read_bytes())
        proof.check(verifier)
        found[proof.index] = json.loads(proof.entry)
        assert path.stem == str(proof.index)
    return found


def check(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", str(folder / "verify.py"), str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


def recorded(home: BundleHome) -> list[dict]:
    journals = home.paths.journal.rglob("*.wal")
    lines = [data[data.index(b'{"actor"') :] for path in journals if b'"type":"log.exported"' in (data := path.read_bytes())]
    return [json.JSONDecoder().raw_decode(line.decode("latin-1"))[0] for line in lines]


def test_p7_a_whole_bundle_holds_by_itself(home: BundleHome, tmp_path: Path) -> None:
    done = take(home, tmp_path / "bundle")
    assert done.holds
    folder = tmp_path / "bundle"
    told = manifest(folder)
    size = told["size"]
    assert (told["scope"], told["complete"], told["since"], told["until"]) == ("whole", True, 0, size)
    verifier = Verifier.parse((folder / "log.vkey").read_text())
    report = verify_log(LogStore(folder), verifier)
    assert report.holds
    assert report.size == size == open_checkpoint((folder / "checkpoint").read_bytes(), verifier).size
    result = check(folder)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_manifest_names_every_file_but_itself(home: BundleHome, tmp_path: Path) -> None:
    take(home, tmp_path / "bundle")
    held = files(tmp_path / "bundle")
    own = held.pop("manifest.json")
    assert manifest(tmp_path / "bundle")["files"] == {name: sha256(data).hexdigest() for name, data in held.items()}
    assert recorded(home)[0]["sha256"] == sha256(own).hexdigest()
    assert len((tmp_path / "bundle" / "README.md").read_text().splitlines()) <= 13


def test_p9_the_log_tells_who_took_what(home: BundleHome, tmp_path: Path) -> None:
    take(home, tmp_path / "bundle", Export("question", question=Question("organization", "beta")))
    (entry,) = recorded(home)
    assert (entry["actor"], entry["question"], entry["count"]) == ("sc_officer", "organization=beta", 40)


def test_p9_no_bundle_when_its_entry_cannot_be_written(home: BundleHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safeconduct.assembly.exporting.record", broken)
    with pytest.raises(OSError, match="No space"):
        take(home, tmp_path / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["home"] or {path.name for path in tmp_path.iterdir()} <= {
        "home",
        "home.apart",
    }


def test_a_range_is_proofs_and_nothing_of_the_neighbors(home: BundleHome, tmp_path: Path) -> None:
    take(home, tmp_path / "bundle", Export("range", 100, 110))
    found = proofs(tmp_path / "bundle")
    assert sorted(found) == list(range(100, 110)) == manifest(tmp_path / "bundle")["indexes"]
    assert not (tmp_path / "bundle" / "tile").exists()
    assert check(tmp_path / "bundle").returncode == 0


@pytest.mark.parametrize(("since", "until"), [(5, 5), (9, 3), (0, 10**6)])
def test_a_range_outside_the_log_is_refused(home: BundleHome, tmp_path: Path, since: int, until: int) -> None:
    with pytest.raises(Refused, match="keeps the entries"):
        take(home, tmp_path / "bundle", Export("range", since, until))
    assert not (tmp_path / "bundle").exists()


def test_a_question_takes_calls_with_their_outcomes_and_nobody_elses(home: BundleHome, tmp_path: Path) -> None:
    take(home, tmp_path / "org", Export("question", question=Question("organization", "beta")))
    found = proofs(tmp_path / "org").values()
    assert {entry["call"] for entry in found} == {f"other-{number}" for number in range(20)}
    assert sorted(entry["type"] for entry in found) == ["call.decided"] * 20 + ["call.ended"] * 20
    assert b"acme" not in b"".join(files(tmp_path / "org" / "proofs").values())
    take(home, tmp_path / "rule", Export("question", question=Question("instrument", "letter-beta")))
    assert proofs(tmp_path / "rule").keys() == proofs(tmp_path / "org").keys()
    take(home, tmp_path / "case", Export("question", question=Question("case", "case-1", frozenset({"call-7"}))))
    assert [entry["call"] for entry in proofs(tmp_path / "case").values()] == ["call-7", "call-7"]
    assert not manifest(tmp_path / "case")["complete"]
    assert "takes the whole log" in (tmp_path / "case" / "README.md").read_text()


def test_a_question_that_nothing_answers_is_refused(home: BundleHome, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no signed entry answers"):
        take(home, tmp_path / "bundle", Export("question", question=Question("organization", "nobody")))


def test_p8_one_field_is_opened_and_no_other(home: BundleHome, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(BODY)
    asked = (Asked.parse(f"other-3:request=@{body}"), Asked.parse(f"other-3:requested={UNKNOWN}"))
    take(home, tmp_path / "bundle", Export("question", question=Question("organization", "beta"), disclose=asked))
    (path,) = (tmp_path / "bundle" / "disclosures").iterdir()
    told = json.loads(path.read_text())
    entry = proofs(tmp_path / "bundle")[told["index"]]
    assert entry["call"] == "other-3"
    for each in told["fields"]:
        assert opens(entry[each["field"]], bytes.fromhex(each["salt"]), each["name"], each["value"])
    assert {each["value"] for each in told["fields"]} == {sha256(BODY).hexdigest(), UNKNOWN}
    key = home.paths.secret("commitment.key")
    assert all(key.hex().encode() not in data and key not in data for data in files(tmp_path / "bundle").values())
    assert check(tmp_path / "bundle").returncode == 0
    assert recorded(home)[0]["disclosed"] == 2


@pytest.mark.parametrize("text", ["other-3:requested=something else", "other-3:session=x", "nobody:requested=x", "0:subject"])
def test_p8_a_value_that_is_not_the_committed_one_is_refused(home: BundleHome, tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused):
        take(home, tmp_path / "bundle", Export(disclose=(Asked.parse(text),)))
    assert not (tmp_path / "bundle").exists()


def test_p8_whom_an_act_was_about_is_opened_from_the_registry(home: BundleHome, tmp_path: Path) -> None:
    log = LogStore(home.paths.log)
    size = open_checkpoint(log.checkpoint(), Verifier.parse(log.vkey())).size
    index = next(place for place, data in log.entries(0, size, size) if b'"type":"act.performed"' in data)
    take(home, tmp_path / "bundle", Export(disclose=(Asked.parse(f"{index}:subject"),)))
    told = json.loads((tmp_path / "bundle" / "disclosures" / f"{index}.json").read_text())
    (field,) = told["fields"]
    assert (field["field"], field["name"], field["value"]) == ("subject_commitment", "subject", "acme")
    assert check(tmp_path / "bundle").returncode == 0


@pytest.mark.parametrize("text", ["call-1", "call-1:other=1", ":request=1", "call-1:requested", "abc:subject"])
def test_a_field_is_named_in_one_way(text: str) -> None:
    with pytest.raises(Refused):
        Asked.parse(text)


def test_a_folder_that_is_there_is_left_alone(home: BundleHome, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with pytest.raises(Refused, match="something of that name"):
        take(home, tmp_path / "bundle")
    assert list((tmp_path / "bundle").iterdir()) == []
    assert recorded(home) == []


def test_a_damaged_log_is_exported_and_told(home: BundleHome, tmp_path: Path) -> None:
    path = home.paths.log / "tile" / "entries" / "000"
    path.write_bytes(path.read_bytes().replace(b'"call-70"', b'"call-7!"'))
    done = take(home, tmp_path / "bundle")
    assert not done.holds
    assert done.reports[0].findings[0].kind == "altered"
    assert check(tmp_path / "bundle").returncode == 10
    with pytest.raises(ValueError, match="does not lead"):
        take(home, tmp_path / "part", Export("question", question=Question("organization", "acme")))
    assert not (tmp_path / "part").exists()


def test_a_log_that_lies_elsewhere_is_read_from_there(home: BundleHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "bucket"
    home.paths.log.rename(elsewhere)
    monkeypatch.setattr("safeconduct.assembly.exporting.source", lambda _, shard: LogStore(elsewhere / shard.name))
    assert take(home, tmp_path / "bundle").holds
    assert check(tmp_path / "bundle").returncode == 0


def test_a_witnessed_checkpoint_is_where_the_bundle_ends(home: BundleHome, tmp_path: Path) -> None:
    log = home.paths.log
    seen = (log / "checkpoint").read_bytes()
    (log / "witnessed").write_bytes(seen)
    home.calls(90, "gamma", "later")
    home.keep()
    verifier = Verifier.parse((log / "log.vkey").read_text())
    before, now = (open_checkpoint(note, verifier).size for note in (seen, (log / "checkpoint").read_bytes()))
    assert before < now
    assert take(home, tmp_path / "bundle").holds
    assert manifest(tmp_path / "bundle")["size"] == before
    assert (tmp_path / "bundle" / "checkpoint").read_bytes() == seen
    assert b"gamma" not in b"".join(files(tmp_path / "bundle").values())
    assert check(tmp_path / "bundle").returncode == 0


def witness(home: BundleHome, signer: Signer) -> None:
    home.paths.settings_file.write_text(
        f'[log.witness.press]\nurl = "https://press.example"\nvkey = "{signer.verifier}"\n[log]\nwitness_quorum = 1\n'
    )


def test_p7_the_policy_in_a_bundle_asks_for_the_witnesses_of_the_settings(home: BundleHome, tmp_path: Path) -> None:
    signer = Signer("press.example/w", bytes([4]) * 32, COSIGNATURE_ED25519)
    witness(home, signer)
    done = take(home, tmp_path / "before")
    assert len(done.unwitnessed) == 2  # the log, and the log over the shards
    assert check(tmp_path / "before").returncode == 14
    for folder in (home.paths.log, home.paths.log / "root"):
        note = (folder / "checkpoint").read_bytes()
        (folder / "witnessed").write_bytes(note + signature_line(note_text(note), signer, clock() // 1_000_000))
    assert take(home, tmp_path / "after").unwitnessed == ()
    assert str(signer.verifier) in (tmp_path / "after" / "policy").read_text()
    result = check(tmp_path / "after", "--policy", str(tmp_path / "after" / "policy"))
    assert result.returncode == 0, result.stdout


def test_a_range_of_another_shard_is_a_bundle_of_that_tree(home: BundleHome, tmp_path: Path) -> None:
    take(home, tmp_path / "root", Export("range", 0, 2, shard="root"))
    assert manifest(tmp_path / "root")["origin"].endswith("/root")
    assert sorted(proofs(tmp_path / "root")) == [0, 1]
    result = check(tmp_path / "root")
    assert result.returncode == 0, result.stdout
    with pytest.raises(Refused, match="nothing is signed of such a shard"):
        take(home, tmp_path / "none", Export("range", 0, 2, shard="2031"))
