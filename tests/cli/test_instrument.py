"""The life of an instrument at the command line: checked, entered, activated, listed, withdrawn."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safeconduct.cli import authority, main, model, request
from safeconduct.cli.instrument import app
from safeconduct.instruments.forms import json_schema
from safeconduct.terms.conditions import SCHEMA_TEXT
from support.letters import put_in_force_at
from support.officers import enact, officer_of, two
from support.policy_home import peopled, write_letters
from support.policy_june import LETTER_12, LETTER_30
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return peopled(tmp_path)


@pytest.fixture
def letters(tmp_path: Path) -> dict[str, Path]:
    return write_letters(tmp_path / "letters")


def test_the_life_of_a_letter(home: Home, letters: dict[str, Path]) -> None:
    name, file = "us-bis-2026-06-12", str(letters["letter-12"])
    mira, noor = two(home)
    assert "in order" in mira.run(app, "check", file).stderr
    assert f"instrument check {name}" in mira.run(app, "enter", file).stderr
    [row] = home.read(app, "list")
    assert (row["id"], row["version"], row["status"], row["rules"]) == (name, 1, "draft", ["foreign-persons"])
    assert f"instrument preview {name}" in mira.run(app, "check", name).stderr
    assert f"instrument approve {name}" in mira.run(main.app, "instrument", "preview", name, "--no-use").stderr
    assert "only officer:mira has read the original" in noor.run(app, "approve", name, "--yes", code=1).stderr
    assert "say the same" in noor.run(app, "transcribe", file).stderr
    assert f"instrument activate {name}" in noor.run(app, "approve", name, "--yes").stderr
    home.run(app, "activate", name, "--yes")
    assert home.read(app, "list")[0]["status"] == "in force"
    assert home.run(app, "show", name).stdout.strip() == letters["letter-12"].read_text().strip()
    [policy] = home.read(app, "show", name, "--cedar")
    assert json.loads(policy["policy"])["effect"] == "forbid"
    trail = list(home.read(app, "status", name)["trail"].values())
    steps = ("entered by officer:mira", "checked by officer:mira", "previewed by officer:mira", "transcribed by officer:noor")
    assert [sum(step in each for each in trail) for step in steps] == [1, 1, 1, 1]
    assert "approved by officer:noor" in trail[-2]
    assert "activated by os:" in trail[-1]


def test_p9_what_forbids_is_withdrawn_when_a_second_officer_agrees(home: Home, letters: dict[str, Path]) -> None:
    mira, noor = two(home)
    enact(mira, noor, letters["letter-12"], "us-bis-2026-06-12")
    asked = mira.run(app, "withdraw", "us-bis-2026-06-12", "--yes", "--why", "drill over").stderr
    assert "Nothing has changed yet" in asked
    assert home.read(app, "list")[0]["status"] == "in force"
    [waiting] = home.read(request.app, "list")
    assert (waiting["asked by"], waiting["about"], waiting["why"]) == ("officer:mira", "us-bis-2026-06-12", "drill over")
    assert "your own work" in mira.run(request.app, "approve", waiting["id"], "--yes", code=1).stderr
    assert "an account, not a person" in home.run(request.app, "approve", waiting["id"], "--yes", code=1).stderr
    noor.run(request.app, "approve", waiting["id"], "--yes")
    assert home.read(app, "list")[0]["status"] == "withdrawn"
    assert home.read(app, "show", "us-bis-2026-06-12", "--cedar") == []
    assert home.read(request.app, "list") == []
    assert home.read(request.app, "show", waiting["id"])["agreed"] == ["officer:noor"]


def test_p9_nobody_approves_his_own_letter_at_the_command_line(home: Home, letters: dict[str, Path]) -> None:
    mira, noor = two(home)
    name, file = "us-bis-2026-06-12", str(letters["letter-12"])
    mira.run(app, "enter", file)
    noor.run(app, "transcribe", file)
    mira.run(app, "check", name)
    noor.run(main.app, "instrument", "preview", name, "--no-use")
    assert "your own work" in mira.run(app, "approve", name, "--yes", code=1).stderr
    assert "your own work" in noor.run(app, "approve", name, "--yes", code=1).stderr  # it is noor's preview
    assert "an account, not a person" in home.run(app, "approve", name, "--yes", code=1).stderr
    odd = officer_of(home, "odd", by=mira)
    assert home.read(request.app, "list")[0]["act"] == "officer.add", "a third officer takes the agreement of a second"
    assert "the key of no officer" in odd.run(app, "approve", name, "--yes", code=1).stderr
    assert home.read(app, "list")[0]["status"] == "previewed"


def test_a_second_transcription_that_differs_is_told_line_by_line(home: Home, letters: dict[str, Path]) -> None:
    mira, noor = two(home)
    mira.run(app, "enter", str(letters["letter-12"]))
    other = letters["letter-12"].with_name("mine.toml")
    other.write_text(letters["letter-12"].read_text().replace("T17:21:00", "T17:12:00"))
    told = noor.run(app, "transcribe", str(other), code=1).stderr
    assert "effective: the first transcription has" in told
    assert "Look at the letter itself" in told
    assert "a second person" in mira.run(app, "transcribe", str(letters["letter-12"]), code=1).stderr


def test_names_in_an_annex_count_once_two_officers_said_the_same(home: Home, letters: dict[str, Path]) -> None:
    mira, noor = two(home)
    folder = letters["letter-26"].parent
    annex = "name,scope\nAcme Inc.,\nBorealis,\n"
    before = sha256((folder / "annex-a.csv").read_bytes()).hexdigest()
    (folder / "annex-a.csv").write_text(annex)
    text = letters["letter-26"].read_text().replace(before, sha256(annex.encode()).hexdigest())
    letters["letter-26"].write_text(text)
    enact(mira, noor, letters["letter-12"], "us-bis-2026-06-12")
    name = "us-bis-2026-06-26"
    mira.run(app, "enter", str(letters["letter-26"]))
    noor.run(app, "transcribe", str(letters["letter-26"]))
    rows = home.read(app, "match", name)
    assert [row["name"] for row in rows] == ["Acme Inc.", "Borealis"]
    assert rows[0]["candidates"][0].startswith("acme (")
    mira.run(app, "match", name, "--accept", "Acme Inc.=acme", "--accept", "Borealis=borealis")
    assert "no line with the name" in mira.run(app, "match", name, "--accept", "Nobody=acme", code=1).stderr
    assert "there is no organization" in mira.run(app, "match", name, "--accept", "Borealis=boreal", code=1).stderr
    noor.run(app, "match", name, "--accept", "Acme Inc.=acme")
    assert "you said so already" in noor.run(app, "match", name, "--accept", "Acme Inc.=acme", code=1).stderr
    mira.run(app, "check", name)
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    told = noor.run(app, "approve", name, "--yes", code=1).stderr
    assert "names 'Borealis' (line 3)" in told
    assert "Acme" not in told
    noor.run(app, "match", name, "--accept", "Borealis=borealis")
    assert "not matched" not in mira.run(app, "check", name).stderr
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    noor.run(app, "approve", name, "--yes")
    home.run(app, "activate", name, "--yes")
    assert {row["id"]: row["status"] for row in home.read(app, "list")}[name] == "in force"


def test_p9_a_letter_that_forbids_names_is_entered_and_approved_only_once_they_are_matched(
    home: Home, letters: dict[str, Path]
) -> None:
    mira, noor = two(home)
    file, annex = letters["letter-12"], "name\nBorealis\n"
    (file.parent / "listed.csv").write_text(annex)
    condition = """principal.organization in Annex::"listed\""""
    text = file.read_text().replace("""principal.us_person.ear != "yes\"""", condition)
    digest = sha256(annex.encode()).hexdigest()
    file.write_text(f'{text}\n[[annex]]\nid = "listed"\nfile = "listed.csv"\nsha256 = "{digest}"\n')
    name = "us-bis-2026-06-12"
    mira.run(app, "enter", str(file))
    noor.run(app, "transcribe", str(file))
    assert "not matched" in mira.run(app, "check", name).stderr
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    assert "names 'Borealis'" in noor.run(app, "approve", name, "--yes", code=1).stderr
    for officer in (mira, noor):
        officer.run(app, "match", name, "--accept", "Borealis=borealis")
    assert "not matched" not in mira.run(app, "check", name).stderr
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    noor.run(app, "approve", name, "--yes")
    home.run(app, "activate", name, "--yes")


def test_a_letter_of_an_authority_with_a_key_needs_its_signature(home: Home, letters: dict[str, Path]) -> None:
    key = Ed25519PrivateKey.generate()
    file = letters["letter-12"]
    (public := file.with_name("bis.pem")).write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (signature := file.with_name("letter.sig")).write_text(base64.b64encode(key.sign(file.read_bytes())).decode())
    home.run(authority.app, "rotate", "us-bis", "--key", str(public), "--yes")
    assert "came without a signature" in home.run(app, "enter", str(file), code=1).stderr
    wrong = file.with_name("wrong.toml")
    wrong.write_text(file.read_text() + "# one comment more\n")
    assert "does not fit this text" in home.run(app, "enter", str(wrong), "--signature", str(signature), code=1).stderr
    home.run(app, "enter", str(file), "--signature", str(signature))
    mira, noor = two(home)
    mira.run(app, "check", "us-bis-2026-06-12")
    mira.run(main.app, "instrument", "preview", "us-bis-2026-06-12", "--no-use")
    noor.run(app, "approve", "us-bis-2026-06-12", "--yes", code=1)  # the account that entered it issued noor's first key
    status = home.read(app, "status", "us-bis-2026-06-12")
    assert (status["signed"], status["transcribed by"]) == (True, [])


def test_the_list_says_scheduled_lifted_and_superseded(home: Home, letters: dict[str, Path]) -> None:
    put_in_force_at(home, LETTER_12)
    put_in_force_at(home, LETTER_30)
    assert {row["id"]: row["status"] for row in home.read(app, "list")} == {
        "us-bis-2026-06-12": "lifted",
        "us-bis-2026-06-30": "in force",
    }
    year = datetime.now(UTC).year + 1
    put_in_force_at(home, LETTER_12.replace("2026-06-12T17", f"{year}-06-12T17"))
    rows = {(row["id"], row["version"]): row["status"] for row in home.read(app, "list")}
    assert rows["us-bis-2026-06-12", 1] == "lifted", "it holds until the new version takes effect"
    assert rows["us-bis-2026-06-12", 2] == "scheduled"
    later = {(row["id"], row["version"]): row["status"] for row in home.read(app, "list", "--at", f"{year - 1}-12-31T00:00:00Z")}
    assert later == rows


def test_annexes_travel_with_the_letter(home: Home, letters: dict[str, Path]) -> None:
    for name in ("glasswing", "letter-12", "letter-26"):
        home.run(app, "enter", str(letters[name]))
    shown = home.read(app, "show", "us-bis-2026-06-26")
    assert shown["annexes"] == {"annex-a.csv": "organization,scope\nacme,\nborealis,\n"}


def test_a_letter_with_faults_is_refused_whole(home: Home, letters: dict[str, Path]) -> None:
    text = (
        letters["letter-12"]
        .read_text()
        .replace('"claude-mythos-5"]', '"claude-mythos-6"]')
        .replace("us_person.ear", "us_persn.ear")
    )
    letters["letter-12"].write_text(text)
    for command in ("check", "enter"):
        told = home.run(app, command, str(letters["letter-12"]), code=1).stderr
        assert "letter-12.toml:10" in told
        assert "letter-12.toml:14" in told
        assert "Did you mean" in told
    found = home.read(app, "check", str(letters["letter-12"]), code=1)["faults"]
    assert [each.split(":")[1] for each in found] == ["10", "14"]
    letters["letter-12"].write_text("[instrument")
    assert len(home.read(app, "check", str(letters["letter-12"]), code=1)["faults"]) == 1
    assert home.read(app, "list") == []


def test_an_exemption_cannot_come_before_the_rule_it_names(home: Home, letters: dict[str, Path]) -> None:
    assert "does not exist" in home.run(app, "enter", str(letters["letter-26"]), code=1).stderr
    home.run(app, "check", "--alone", str(letters["letter-26"]))


def test_activation_checks_again(home: Home, letters: dict[str, Path]) -> None:
    mira, noor = two(home)
    name, file = "us-bis-2026-06-12", str(letters["letter-12"])
    mira.run(app, "enter", file)
    noor.run(app, "transcribe", file)
    mira.run(app, "check", name)
    mira.run(main.app, "instrument", "preview", name, "--no-use")
    noor.run(app, "approve", name, "--yes")
    home.run(model.app, "withdraw", "claude-fable-5", "--yes")
    assert "claude-fable-5" in home.run(app, "activate", name, "--yes", code=1).stderr
    assert home.read(app, "list")[0]["status"] == "approved"


def test_a_file_that_is_no_text_or_not_there_is_told(home: Home, tmp_path: Path) -> None:
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"[instrument]\nid = '\xff'\n")
    assert "odd.toml:2" in home.run(app, "check", str(odd), code=1).stderr
    assert "absent.toml" in home.run(app, "check", str(tmp_path / "absent.toml"), code=1).stderr


def test_a_missing_annex_is_told_with_its_line(home: Home, letters: dict[str, Path]) -> None:
    (letters["letter-26"].parent / "annex-a.csv").unlink()
    assert "letter-26.toml:16" in home.run(app, "check", str(letters["letter-26"]), code=1).stderr


def test_unknown_instruments_are_told(home: Home) -> None:
    for words in (
        ("show", "nope"),
        ("activate", "nope", "--yes"),
        ("withdraw", "nope", "--yes"),
        ("check", "nope"),
        ("status", "nope"),
    ):
        assert "nope" in home.run(app, *words, code=1).stderr


def test_schemas_are_printed(home: Home) -> None:
    assert json.loads(home.run(app, "schema").stdout) == json_schema()
    assert home.run(app, "schema", "--cedar").stdout.strip() == SCHEMA_TEXT.strip()


def test_the_list_as_of_an_earlier_moment(home: Home, letters: dict[str, Path]) -> None:
    home.run(app, "enter", str(letters["letter-12"]))
    assert home.read(app, "list", "--at", "2020-01-01T00:00:00Z") == []


def test_a_check_tells_of_facts_that_nobody_holds_and_keeps_it_with_the_letter(home: Home, letters: dict[str, Path]) -> None:
    text = LETTER_12.replace('principal.us_person.ear != "yes"', 'principal.assurance != "high"')
    file = letters["letter-12"].with_name("asks.toml")
    file.write_text(text)
    told = "asks for identity assurance, of which none of"
    assert told in home.run(app, "check", str(file)).stderr
    home.run(app, "enter", str(file))
    assert told in home.run(app, "check", "us-bis-2026-06-12").stderr
    assert any(told in each for each in home.read(app, "status", "us-bis-2026-06-12")["warnings"])


def test_a_letter_that_asks_for_a_detector_nobody_enabled_is_told_when_it_is_checked(home: Home, tmp_path: Path) -> None:
    letter = tmp_path / "asking.toml"
    letter.write_text(
        """[instrument]
id = "asking"
authority = "us-bis"
kind = "requirement"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "all"
effect = "oblige"
models = ["tier:restricted"]
cohort = "true"
say = "Looked at."
duties = [{ name = "safeguard", value = "acme-words request hold" }, { name = "safeguard", value = "secrets request redact" }]
"""
    )
    mira, _ = two(home)
    wanted = "warning: Rule asking/all asks for the detector acme-words, which is not enabled"
    told = mira.run(app, "check", str(letter)).stderr
    assert wanted in told
    assert "detector secrets" not in told
    assert "acme-words" not in mira.run(app, "check", str(letter), "--alone").stderr
    mira.run(app, "enter", str(letter))
    assert wanted in mira.run(app, "check", "asking").stderr
    assert any("acme-words" in each for each in home.read(app, "check", str(letter))["warnings"])
