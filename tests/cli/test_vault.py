"""The vault at the command line: reading with cause and nothing without it, each read recorded before a byte is shown."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from safeconduct.audit.entries import ActPerformed
from safeconduct.cli import main, request, vault
from safeconduct.storage.vault.blobs import VaultStore
from support.registry_cli import Home
from support.vault_home import RESTRICTED, STANDARD, VaultHome


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    made = VaultHome(tmp_path)
    made.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "a leak was reported")
    return made


def read(home: Home, call: str, *words: str, code: int = 0):  # type: ignore[no-untyped-def]
    return home.run(vault.app, "read", call, "--case", "leak", "--reason", "find the leak", *words, code=code)


def test_content_of_a_plain_model_is_read_by_one_officer_and_the_read_is_an_entry(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    found = read(home.mira, call, "--part", "answer")
    assert found.stdout == "what she was told"
    (entry,) = (each for each in home.entries() if isinstance(each, ActPerformed) and each.act == "content.read")
    assert (entry.about, entry.organization, entry.second) == (call, "acme", "")
    assert "ann" not in msgspec.json.encode(entry).decode().replace("organization", "")


def test_p9_content_of_a_restricted_model_takes_a_second_officer_and_is_read_once(home: VaultHome) -> None:
    call = home.call(model=RESTRICTED)
    asked = read(home.mira, call, code=3)
    assert "what ann asked" not in asked.output
    home.mira.run(request.app, "approve", "--yes", code=1)
    home.noor.run(request.app, "approve", "--yes")
    assert read(home.noor, call, code=3).stdout == ""
    assert read(home.mira, call).stdout == "what ann asked"
    again = read(home.mira, call, code=3)
    assert "what ann asked" not in again.output
    (row,) = home.read(vault.app, "reads", "--organization", "acme")
    assert (row["actor"], row["second"], row["call"], row["why"]) == ("officer:mira", "officer:noor", call, "find the leak")
    assert home.read(vault.app, "reads", "--organization", "borg") == []
    (entry,) = (each for each in home.entries() if isinstance(each, ActPerformed) and each.act == "content.read")
    assert entry.second.startswith("sc_")


def test_p9_nobody_reads_without_an_officer_key_a_case_a_reason_or_after_the_case_was_closed(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    assert "only an officer" in read(home, call, code=1).output
    words = ("read", call, "--case", "leak", "--reason")
    assert "no reason" in home.mira.run(vault.app, *words, " ", code=1).output
    home.mira.run(main.app, "case", "open", "other", "--call", "call_x_1", "--why", "another one")
    other = ("read", call, "--case", "other", "--reason", "why")
    assert "not about this call" in home.mira.run(vault.app, *other, code=1).output
    home.noor.run(main.app, "case", "close", "leak", "--yes")
    assert "was closed" in read(home.mira, call, code=1).output
    assert home.read(vault.app, "reads") == []


def test_p9_no_content_is_opened_before_the_read_is_recorded(home: VaultHome, monkeypatch: pytest.MonkeyPatch) -> None:
    call = home.call(model=STANDARD)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safeconduct.assembly.desk.DeskJournal.performed", full)
    monkeypatch.setattr("safeconduct.assembly.reading.unseal", lambda *_: pytest.fail("opened without a record"))
    found = read(home.mira, call, code=1)
    assert "the log cannot be written" in found.output
    assert "what ann asked" not in found.output


def test_a_file_is_new_and_for_its_owner_alone(home: VaultHome, tmp_path: Path) -> None:
    call = home.call(model=STANDARD)
    out = tmp_path / "content.json"
    read(home.mira, call, "--out", str(out))
    assert out.read_bytes() == b"what ann asked"
    assert out.stat().st_mode & 0o777 == 0o600
    assert "exists" in read(home.mira, call, "--out", str(out), code=1).output
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    read(home.mira, call, "--out", str(link), code=1)
    assert not (tmp_path / "elsewhere").exists()
    assert len(home.read(vault.app, "reads")) == 1
    missing = tmp_path / "none.json"
    home.mira.run(vault.app, "read", call, "--case", "none", "--reason", "x", "--out", str(missing), code=1)
    assert not missing.exists()


def test_p8_two_blobs_that_change_places_are_found_out(home: VaultHome) -> None:
    """Whoever can write the files puts one caller's content in the place of another's."""
    first = home.call(b"aaaa", model=STANDARD, subject="sc_ann")
    second = home.call(b"bbbb", model=STANDARD, subject="sc_ben")
    store = VaultStore(home.vault.folder)
    files = {}
    for call in (first, second):
        boot = call.split("_")[1]
        (files[call],) = home.vault.folder.rglob(f"{boot}.blobs")
    one, two = files[first].read_bytes(), files[second].read_bytes()
    files[first].write_bytes(two)
    files[second].write_bytes(one)
    assert len(list(store.places())) == 4
    found = read(home.mira, first, code=1)
    assert "nothing is kept of this call" in found.output
    files[first].write_bytes(two.replace(second.encode(), first.encode()))  # and names it as the log does
    found = read(home.mira, first, code=1)
    assert "aaaa" not in found.output
    assert "bbbb" not in found.output
    assert home.read(vault.app, "reads") == []


def test_p8_an_altered_byte_shows_nothing(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    (file,) = home.vault.folder.rglob("*.blobs")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert "not what was written" in read(home.mira, call, "--part", "answer", code=1).output
    assert home.read(vault.app, "reads") == []


def test_p8_content_whose_key_was_destroyed_is_lawfully_erased(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    with home.vault.open_keys() as keys:
        keys.destroy(subject="sc_ann")
    assert "lawfully erased" in read(home.mira, call, code=1).output


def test_an_organization_with_a_key_of_its_own_is_read_with_it(home: VaultHome) -> None:
    before = home.call(model=STANDARD)
    home.run(vault.app, "key", "new", "acme")
    assert "never replaced" in home.run(vault.app, "key", "new", "acme", code=1).output
    assert "no organization" in home.run(vault.app, "key", "new", "none", code=1).output
    after = home.call(model=STANDARD)
    assert read(home.mira, before).stdout == "what ann asked"
    assert read(home.mira, after).stdout == "what ann asked"
    (home.vault.kek / "acme.pem").unlink()
    assert read(home.mira, before).stdout == "what ann asked"
    assert "private key" in read(home.mira, after, code=1).output


def test_what_is_not_in_the_log_yet_is_not_read(home: VaultHome) -> None:
    call = home.call(model=STANDARD, signed=False)
    assert "not yet" in read(home.mira, call, code=1).output
    home.keep()
    assert read(home.mira, call).stdout == "what ann asked"


def test_what_was_flagged_lasts_longer_and_is_what_it_was(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    before = {each["place"]: each for each in home.read(vault.app, "list")}
    home.mira.run(vault.app, "flag", call, "--reason", "suspicious")
    after = {each["place"]: each for each in home.read(vault.app, "list")}
    assert {each["class"] for each in after.values()} == {"flagged"}
    assert before.keys() == after.keys()
    assert read(home.mira, call).stdout == "what ann asked"
    assert "as long as" in home.mira.run(vault.app, "flag", call, "--reason", "again", code=1).output
    assert "no retention class" in home.mira.run(vault.app, "flag", call, "--reason", "x", "--class", "y", code=1).output


def test_list_and_status_tell_what_is_kept_and_never_what_it_says(home: VaultHome) -> None:
    assert home.read(vault.app, "list") == []
    assert home.read(vault.app, "status") == []
    call = home.call(model=STANDARD)
    rows = home.read(vault.app, "list", "--organization", "acme")
    assert [(each["call"], each["part"], each["state"]) for each in rows] == [(call, "request", "kept"), (call, "answer", "kept")]
    assert home.read(vault.app, "list", "--organization", "borg") == []
    assert len(home.read(vault.app, "list", "--limit", "1")) == 1
    (row,) = home.read(vault.app, "status")
    assert (row["class"], row["keys"], row["records"]) == ("standard", 1, 2)
    assert "what ann asked" not in str(rows)


def test_holds_are_placed_listed_and_released_by_two(home: VaultHome) -> None:
    home.run(vault.app, "hold", "--person", "ann", "--reason", "x", code=1)
    home.mira.run(vault.app, "hold", "--reason", "x", code=2)
    home.mira.run(vault.app, "hold", "--person", "ann", "--case", "leak", "--reason", "x", code=2)
    home.mira.run(vault.app, "hold", "--person", "ann", "--reason", "litigation", "--id", "h1")
    (row,) = home.read(vault.app, "holds")
    assert (row["on"], row["target"], row["state"]) == ("person", "ann", "held")
    home.mira.run(vault.app, "release", "h1", "--reason", "settled", "--yes")
    assert len(home.read(vault.app, "holds")) == 1
    home.noor.run(request.app, "approve", "--yes")
    assert home.read(vault.app, "holds") == []
    assert len(home.read(vault.app, "holds", "--all")) == 1


def test_p11_no_secret_stands_in_arguments_errors_or_listings(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    key = (home.vault.kek / "home.pem").read_text().splitlines()[1]
    (home.vault.kek / "home.pem").write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")
    told = read(home.mira, call, code=1).output
    told += CliRunner().invoke(vault.app, ["list"], env=home.environ).output
    assert key not in told
    (home.vault.kek / "home.pem").chmod(0o644)
    assert "others may read" in read(home.mira, call, code=1).output
