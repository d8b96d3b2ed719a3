"""The table of attacks: each is found offline in the exported folder, with the exit code that says which kind, and its place.

Who attacks holds the disk, or the log's own key as well; the manifest he can always write again. An edit of the registry behind
our back is seen by the comparison with the log (``tests/inquiry`` and ``tests/assembly``, reconciliation).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44
from safeconduct.audit.entries import decode, encode
from safeconduct.audit.note import Signer, sign_note
from safeconduct.audit.tiles import bundle_path, pack_bundle
from support.audit_home import SIGNER, LogHome
from support.audit_samples import T0
from support.verifier_bundle import Entries, entries, export, grown, head, judge, policy, rechained, remanifest, resign

HOUR = 3_600_000_000
WITNESSES = tuple(
    Signer(f"witness.example/{number}", bytes([number]) * 32, kind)
    for number, kind in enumerate((COSIGNATURE_MLDSA44, COSIGNATURE_ED25519), 1)
)
WITNESSED = policy(witnesses=[one.verifier for one in WITNESSES], quorum="w1")


def witnessed(checkpoint: Checkpoint, at: int = T0 // 1_000_000) -> bytes:
    return sign_note(checkpoint.text(), SIGNER, *WITNESSES, at=at)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LogHome:
    return grown(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def exported(home: LogHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = export(home.log, tmp_path_factory.mktemp("bundles") / "whole")
    assert judge(made).findings == []
    return made


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


def some_places(data: bytes) -> list[int]:
    """First and last byte, and three of every class of bytes that the file has."""
    classes: dict[str, list[int]] = {}
    for place, octet in enumerate(data):
        kind = "digit" if 48 <= octet < 58 else "letter" if chr(octet).isalpha() else "mark" if 32 < octet < 127 else "other"
        classes.setdefault(kind, []).append(place)
    return sorted({0, len(data) - 1, *(places[len(places) * part // 4] for places in classes.values() for part in (1, 2, 3))})


FILES = (
    "checkpoint",
    "log.vkey",
    "policy",
    "manifest.json",
    "verify.py",
    "README.md",
    "tile/0/000",
    "tile/0/002",
    "tile/1/000",
    "tile/entries/001",
    "tile/entries/002",
)


@pytest.mark.parametrize("name", FILES)
def test_p7_a_byte_flipped_anywhere_is_named_with_its_file(bundle: Path, name: str) -> None:
    found = bundle / name if (bundle / name).is_file() else next((bundle / f"{name}.p").iterdir())
    name, data = found.relative_to(bundle).as_posix(), found.read_bytes()
    for place in some_places(data):
        for bit in (1, 128):
            found.write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
            seen = judge(bundle)
            assert seen.code in ((10, 14) if name in ("checkpoint", "log.vkey") else (10,)), (name, place)
            at_fault = [
                file or name for code, _, file in seen.places if file == name or (name, code) == ("manifest.json", "manifest")
            ]
            assert at_fault, (name, place, seen.findings)


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/001", "tile/1/000", "tile/entries/000", "tile/entries/002"])
def test_p7_a_byte_flipped_in_a_log_without_manifest_is_named_too(home: LogHome, tmp_path: Path, name: str) -> None:
    log = Path(shutil.copytree(home.log, tmp_path / "log"))
    assert judge(log).code == 0
    found = log / name if (log / name).is_file() else next((log / f"{name}.p").iterdir())
    data, first = found.read_bytes(), int(name[-3:]) * 256 if name != "checkpoint" else -1
    for place in some_places(data):
        found.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        seen = judge(log)
        assert seen.code in ((10, 14) if name == "checkpoint" else (10, 11)), (name, place)
        indexes = [index for _, index, _ in seen.places]
        assert any(first <= index < first + (65536 if "/1/" in name else 256) for index in indexes) or first == -1


EDITS: dict[str, Callable[[Entries, int], Entries]] = {
    "flip": lambda found, at: [*found[:at], found[at].replace(b'"node-1"', b'"node-2"'), *found[at + 1 :]],
    "drop": lambda found, at: found[:at] + found[at + 1 :],
    "reorder": lambda found, at: [*found[:at], found[at + 1], found[at], *found[at + 2 :]],
    "duplicate": lambda found, at: [*found[: at + 1], found[at], *found[at + 1 :]],
    "insert": lambda found, at: [*found[:at], found[at].replace(b'"seq":', b'"seq":1'), *found[at:]],
}
RESIGNED = {"flip": 10, "drop": 11, "reorder": 10, "duplicate": 10, "insert": 10}


@pytest.mark.parametrize("at", [1, 100, 255, 256, 400, 597])
@pytest.mark.parametrize("edit", EDITS)
def test_p7_entries_edited_on_the_disk_are_named_at_the_first(bundle: Path, edit: str, at: int) -> None:
    found = entries(bundle)
    changed = EDITS[edit](found, at)
    whole = [*changed, found[-1]][: len(found)]
    for start in range(0, len(found), 256):
        part = whole[start : start + 256]
        (bundle / bundle_path(start // 256, len(part))).write_bytes(pack_bundle(part))
    remanifest(bundle)
    first = next(index for index, (old, new) in enumerate(zip(found, whole, strict=True)) if old != new)
    seen = judge(bundle)
    assert seen.code == 10
    assert ("tile", first) in [(code, index) for code, index, _ in seen.places]
    assert min(index for _, index, _ in seen.places if index >= 0) == first


@pytest.mark.parametrize("at", [1, 100, 256, 400, 597])
@pytest.mark.parametrize("edit", EDITS)
def test_p7_entries_edited_and_signed_again_break_a_writers_chain(bundle: Path, edit: str, at: int) -> None:
    """The sequencer itself, or whoever stole the log's key: the hole in the writer's chain shows."""
    found = entries(bundle)
    boot = decode(found[at]).boot
    resign(bundle, EDITS[edit](found, at))
    seen = judge(bundle)
    assert seen.code == RESIGNED[edit]
    first = min(seen.findings, key=lambda one: one["index"])
    assert first["code"].startswith("chain")
    assert at <= first["index"] <= at + 4
    assert first["writer"] == boot


def test_p7_a_writers_chain_that_was_cut_is_named_with_the_writer(bundle: Path) -> None:
    found = entries(bundle)
    of_w2 = [index for index, data in enumerate(found) if decode(data).boot == "w2"]
    for gone in (of_w2[:10], of_w2[20:30]):
        resign(bundle, [data for index, data in enumerate(found) if index not in gone])
        seen = judge(bundle)
        assert seen.code == 11
        assert [one["code"] for one in seen.findings] == ["chain_gap"]
        assert seen.findings[0]["writer"] == "w2"
        assert seen.findings[0]["index"] == next(index for index in of_w2 if index > gone[-1]) - len(gone)
        assert f"lacks its entry {decode(found[gone[0]]).seq} to {decode(found[gone[-1]]).seq}" in seen.findings[0]["what"]


def damaged(bundle: Path, what: str) -> None:
    match what.split():
        case ["missing", name]:
            (bundle / name).unlink()
        case ["cut", name]:
            (bundle / name).write_bytes((bundle / name).read_bytes()[:-5])
        case ["longer", name]:
            (bundle / name).write_bytes((bundle / name).read_bytes() + b"\0\0")
        case ["linked", name]:
            (bundle / name).rename(bundle / "aside")
            (bundle / name).symlink_to(bundle / "aside")
    remanifest(bundle)


@pytest.mark.parametrize(
    ("what", "code", "place"),
    [
        ("missing tile/entries/001", 11, ("file", 256, "tile/entries/001")),
        ("missing tile/0/001", 11, ("file", 256, "tile/0/001")),
        ("cut tile/entries/001", 11, ("bundle", 511, "tile/entries/001")),
        ("cut tile/0/001", 11, ("file", 256, "tile/0/001")),
        ("longer tile/entries/001", 10, ("bundle", 512, "tile/entries/001")),
        ("longer tile/0/001", 10, ("file", 256, "tile/0/001")),
        ("linked tile/0/001", 10, ("file", 256, "tile/0/001")),
    ],
)
def test_p7_truncated_and_missing_files_are_named(bundle: Path, what: str, code: int, place: tuple[str, int, str]) -> None:
    damaged(bundle, what)
    seen = judge(bundle)
    assert seen.code == code
    assert place in seen.places


@pytest.mark.parametrize("name", ["checkpoint", "manifest.json", "policy", "README.md", "tile/1/000.p/2"])
def test_p7_a_file_that_lacks_is_missing(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    seen = judge(bundle)
    assert seen.code == 11
    assert name in [file for _, _, file in seen.places]


def test_p7_a_file_that_was_put_in_is_named(bundle: Path) -> None:
    (bundle / "tile" / "0" / "003").write_bytes(bytes(8192))
    seen = judge(bundle)
    assert (seen.code, seen.places) == (10, [("manifest", -1, "tile/0/003")])


def moved(found: Entries, at: int, by: int, until: int = 0) -> Entries:
    """Times of one writer's entries changed from ``at`` on, and all chains mended as only that writer could."""
    changed = list(found)
    boot = decode(found[at]).boot
    for index in range(at, until or at + 1):
        entry = decode(found[index])
        if entry.boot == boot:
            entry.at += by
            changed[index] = encode(entry)
    return rechained(changed)


def test_p7_an_entry_dated_back_is_late_and_named_with_what_stands_before_it(bundle: Path) -> None:
    found = entries(bundle)
    resign(bundle, moved(found, 100, -HOUR))
    seen = judge(bundle)
    assert seen.code == 13
    assert [(code, index) for code, index, _ in seen.places] == [("clock", 100)]
    of_w2 = [index for index, data in enumerate(found) if decode(data).boot == "w2"]
    resign(bundle, moved(found, of_w2[0], -HOUR, len(found)))
    seen = judge(bundle)
    assert seen.code == 13
    late = [one for one in seen.findings if one["code"] == "late"]
    assert {one["writer"] for one in late} == {"w2"}
    assert all(one["index"] in of_w2 and f"stands after entry {one['index'] - 1}" in one["what"] for one in late)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_p7_a_clock_that_is_an_hour_off_is_late(bundle: Path, by: int) -> None:
    found = entries(bundle)
    first = next(index for index, data in enumerate(found) if decode(data).boot == "w2")
    resign(bundle, moved(found, first, by, len(found)))
    seen = judge(bundle)
    assert seen.code == 13
    assert seen.kinds == {"late"}
    assert min(index for _, index, _ in seen.places) >= first


def test_p7_entries_later_than_their_witness_are_ahead(bundle: Path) -> None:
    resign(bundle, entries(bundle), sign=lambda now: witnessed(now, T0 // 1_000_000 - 3600))
    seen = judge(bundle, trusted=WITNESSED)
    assert seen.code == 13
    assert seen.places[0] == ("ahead", 0, "")
    resign(bundle, entries(bundle), sign=witnessed)
    assert judge(bundle, trusted=WITNESSED).code == 0


def test_p7_another_key_under_the_same_name_is_unsigned(bundle: Path) -> None:
    other = Signer(SIGNER.verifier.name, bytes(32))
    (bundle / "log.vkey").write_text(f"{other.verifier}\n")
    (bundle / "policy").write_bytes(policy(other.verifier))
    resign(bundle, entries(bundle), other)
    seen = judge(bundle)
    assert seen.code == 14
    assert {file for _, _, file in seen.places} == {"log.vkey", "checkpoint"}
    alone = judge(bundle, trusted=None)  # nobody to ask but the folder itself: it says so, loudly
    assert alone.code == 0
    assert any("NO POLICY" in note for note in alone.report.notes)


def test_p7_a_disk_rolled_back_shows_to_whoever_kept_a_checkpoint_and_to_a_witness(bundle: Path, tmp_path: Path) -> None:
    resign(bundle, entries(bundle), sign=witnessed)
    pin = tmp_path / "yesterday"
    pin.write_bytes((bundle / "checkpoint").read_bytes())
    resign(bundle, entries(bundle)[:500], sign=witnessed)  # what was signed and witnessed for the first 500, brought back
    assert judge(bundle, trusted=WITNESSED).code == 0
    seen = judge(bundle, "--pin", str(pin), trusted=WITNESSED)
    assert (seen.code, seen.places) == (12, [("rollback", 500, "")])
    resign(bundle, entries(bundle)[:450])  # and then went on elsewhere, where no witness follows
    seen = judge(bundle, trusted=WITNESSED)
    assert (seen.code, seen.places) == (14, [("checkpoint", -1, "checkpoint")])


def test_p7_two_heads_for_two_clients_are_a_fork(home: LogHome, bundle: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes((bundle / "checkpoint").read_bytes())
    found = entries(bundle)
    resign(bundle, rechained([*found[:200], *found[202:]]))
    seen = judge(bundle, "--pin", str(theirs))
    assert seen.code == 12
    assert ("rollback", len(found) - 2, "") in seen.places
    resign(bundle, rechained([*found[:200], *found[202:], *found[-2:]]))
    seen = judge(bundle, "--pin", str(theirs))
    assert seen.code == 12
    assert ("fork", len(found), "") in seen.places


def test_p7_a_stolen_log_key_is_not_enough_where_a_witness_is_asked_for(bundle: Path, tmp_path: Path) -> None:
    """A history made up from end to end: nothing in it can tell, so somebody outside has to."""
    resign(bundle, entries(bundle), sign=witnessed)
    pin = tmp_path / "pin"
    pin.write_bytes((bundle / "checkpoint").read_bytes())
    made_up = rechained([data.replace(b"acme", b"emca") for data in entries(bundle)])
    resign(bundle, made_up)
    assert judge(bundle).code == 0
    assert judge(bundle, trusted=WITNESSED).code == 14
    assert (judge(bundle, "--pin", str(pin)).code, judge(bundle, "--pin", str(pin)).places[0][0]) == (12, "fork")
    note = sign_checkpoint(head(bundle), SIGNER) + pin.read_bytes().split(b"\n\n")[1].split(b"\n", 1)[1]
    resign(bundle, made_up, sign=lambda now: note)  # cosignatures of the true tree pasted under the false one
    seen = judge(bundle, trusted=WITNESSED)
    assert (seen.code, "does not fit" in seen.findings[0]["what"]) == (14, True)


def test_p7_an_entry_held_back_for_an_hour_is_late(bundle: Path) -> None:
    found = entries(bundle)
    held = next(index for index in range(310, 330) if decode(found[index]).boot != decode(found[index - 1]).boot)
    boot = decode(found[held]).boot
    resign(bundle, rechained([*found[:held], found[held], *(_at(data, HOUR) for data in found[held + 1 :])]))
    assert judge(bundle).code == 0  # a long pause before everything that follows is none of our business
    last = max(index for index in range(held) if decode(found[index]).boot != boot)
    resign(bundle, rechained([*found[:last], *(_at(data, HOUR) for data in found[last:held]), *found[held : held + 1]]))
    seen = judge(bundle)
    assert seen.code == 13
    assert [(one["code"], one["index"], one["writer"]) for one in seen.findings] == [("late", held, boot)]


def _at(data: bytes, by: int) -> bytes:
    entry = decode(data)
    entry.at += by
    return encode(entry)


def test_p7_two_blobs_of_the_vault_that_were_swapped_are_named(bundle: Path, tmp_path: Path) -> None:
    blobs = {name: tmp_path / name for name in ("a1", "a2")}
    changed = []
    for name, path in blobs.items():
        path.write_bytes(f"ciphertext of {name}".encode())
    for data in entries(bundle):
        entry = decode(data)
        if entry.type == "call.decided" and entry.call in blobs:
            entry.kept_class, entry.kept_place = "standard", f"standard/2026-06/{entry.boot}:{entry.seq}"
            entry.kept_sha256 = sha256(blobs[entry.call].read_bytes()).hexdigest()
        changed.append(encode(entry))
    resign(bundle, rechained(changed))
    assert judge(bundle, "--call", "a1", "--content", str(blobs["a1"])).code == 0
    seen = judge(bundle, "--call", "a1", "--content", str(blobs["a2"]))
    assert (seen.code, seen.places) == (10, [("content", -1, str(blobs["a2"]))])
    assert "request of call a1" in seen.findings[0]["what"]
    assert judge(bundle, "--call", "nobody").code == 11
