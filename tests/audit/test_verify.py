"""Verification of a whole log: every way to tamper with the folder is named at its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from safeconduct.audit.chain import Finding
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import Outcome, decode, encode
from safeconduct.audit.note import Signer
from safeconduct.audit.tiles import bundle_path, pack_bundle, split_bundle, tile_path
from safeconduct.audit.tree import leaf_hash, root_of
from safeconduct.audit.verify import MAX_FINDINGS, Report, verify_log
from safeconduct.storage.files.logstore import LogStore
from support.audit_home import SIGNER, LogHome, call, crash

Entries = list[bytes]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> LogHome:
    """Three writers, 2 x 256 + 100 entries and more, one call left open, one writer that died."""
    home = LogHome(tmp_path_factory.mktemp("grown"))
    first, second, third = home.writer(), home.writer(), home.writer()
    for number in range(150):
        call(first, f"a{number}")
        call(second, f"b{number}", Outcome.FAILED)
    call(third, "died", None)
    crash(third)
    first.close()
    home.keep()
    call(second, "in flight", None)
    home.keep()
    assert 605 < home.verify().size < 640
    return home


@pytest.fixture
def log(grown: LogHome, tmp_path: Path) -> Path:
    return Path(shutil.copytree(grown.log, tmp_path / "log"))


def verify(log: Path, pinned: Checkpoint | None = None) -> Report:
    return verify_log(LogStore(log), SIGNER.verifier, pinned)


def checkpoint(log: Path) -> Checkpoint:
    return open_checkpoint((log / "checkpoint").read_bytes(), SIGNER.verifier)


def entries(log: Path) -> Entries:
    size = checkpoint(log).size
    widths = [min(256, size - start) for start in range(0, size, 256)]
    return [e for number, width in enumerate(widths) for e in split_bundle(LogStore(log).bundle(number, width), width)]


def rewrite(log: Path, found: Entries, number: int = -1) -> None:
    """Write entry bundles again: all, or one."""
    for start in range(0, len(found), 256):
        part = found[start : start + 256]
        if number in (-1, start // 256):
            (log / bundle_path(start // 256, len(part))).write_bytes(pack_bundle(part))


def resign(log: Path, found: Entries) -> None:
    """What an operator with the key could do: entries, tiles, root and signature made to agree."""
    shutil.rmtree(log / "tile")
    store = LogStore(log)
    leaves = [leaf_hash(entry) for entry in found]
    for start in range(0, len(found), 256):
        part = found[start : start + 256]
        store.write_bundle(start // 256, pack_bundle(part), len(part))
        store.write_tile(0, start // 256, b"".join(leaves[start : start + 256]), len(part))
    full = [root_of(leaves[start : start + 256]) for start in range(0, len(found) - 255, 256)]
    store.write_tile(1, 0, b"".join(full), len(full))
    store.write_checkpoint(sign_checkpoint(Checkpoint(SIGNER.verifier.name, len(found), root_of(leaves)), SIGNER))


def test_p7_a_whole_log_holds(grown: LogHome) -> None:
    seen: list[tuple[int, int]] = []
    report = verify_log(LogStore(grown.log), SIGNER.verifier, progress=lambda done, size: seen.append((done, size)))
    assert report.findings == []
    assert report.holds
    assert seen[-1] == (report.size, report.size)
    assert report.writers == 5
    assert report.outcomes == {"served": 150, "failed": 150, "abandoned": 1}
    assert len(report.open_calls) == 1
    assert grown.entries()[report.open_calls[0]]["call"] == "in flight"


def flip(found: Entries, at: int) -> Entries:
    entry = bytearray(found[at])
    entry[entry.index(b'"at":') + 6] ^= 1
    return [*found[:at], bytes(entry), *found[at + 1 :]]


EDITS: dict[str, Callable[[Entries, int], Entries]] = {
    "flip a bit": flip,
    "drop": lambda found, at: found[:at] + found[at + 1 :],
    "reorder": lambda found, at: [*found[:at], found[at + 1], found[at], *found[at + 2 :]],
    "duplicate": lambda found, at: [*found[: at + 1], found[at], *found[at + 1 :]],
    "insert": lambda found, at: [*found[:at], found[at].replace(b'"seq":', b'"seq":1'), *found[at:]],
}


@pytest.mark.parametrize("at", [1, 100, 255, 256, 400, 600])
@pytest.mark.parametrize("edit", EDITS)
def test_p7_an_edited_bundle_is_named_at_the_entry(log: Path, edit: str, at: int) -> None:
    found = entries(log)
    changed = EDITS[edit](found, at)
    rewrite(log, ([*changed, found[-1]])[: len(found)])
    report = verify(log)
    assert not report.holds
    first = next(index for index, (old, new) in enumerate(zip(found, changed, strict=False)) if old != new)
    assert report.findings[0].index == first
    assert report.findings[0].code == "tile"


@pytest.mark.parametrize("at", [1, 100, 256, 400, 600])
@pytest.mark.parametrize("edit", EDITS)
def test_p7_even_signed_again_an_edit_breaks_a_writers_chain(log: Path, edit: str, at: int) -> None:
    before = checkpoint(log)
    found = entries(log)
    resign(log, EDITS[edit](found, at))
    report = verify(log)
    assert not report.holds
    assert report.findings[0].code.startswith(("chain", "closed", "not_permitted", "late", "clock"))
    assert at <= report.findings[0].index <= at + 4  # the next entry of the same writer tells
    assert "fork" in [f.code for f in verify_log(LogStore(log), SIGNER.verifier, before).findings] or edit == "drop"


def test_p7_an_honestly_signed_but_shorter_log_is_a_rollback(log: Path) -> None:
    before = checkpoint(log)
    resign(log, entries(log)[:-3])
    assert verify(log).holds
    assert [finding.code for finding in verify(log, before).findings] == ["rollback"]
    other = Checkpoint("other.example/log", 1, before.root)
    assert [finding.code for finding in verify(log, other).findings] == ["origin"]


def test_p7_an_extended_log_extends_what_was_pinned(log: Path) -> None:
    whole = checkpoint(log)
    leaves = [leaf_hash(entry) for entry in entries(log)]
    for size in (0, 1, 255, 256, 400, whole.size):
        assert verify(log, Checkpoint(whole.origin, size, root_of(leaves[:size]))).holds
        if size:
            other = Checkpoint(whole.origin, size, root_of([*leaves[: size - 1], leaf_hash(b"forged")]))
            assert [finding.code for finding in verify(log, other).findings] == ["fork"]


def damage(log: Path, what: str) -> None:
    size = checkpoint(log).size
    match what:
        case "bundle missing":
            (log / bundle_path(1)).unlink()
        case "bundle cut":
            path = log / bundle_path(1)
            path.write_bytes(path.read_bytes()[:-1])
        case "partial bundle missing":
            (log / bundle_path(2, size % 256)).unlink()
        case "tile missing":
            (log / tile_path(0, 1)).unlink()
        case "tile flipped":
            path = log / tile_path(0, 1)
            data = bytearray(path.read_bytes())
            data[32 * 7] ^= 1
            path.write_bytes(data)
        case "tile cut":
            (log / tile_path(0, 1)).write_bytes(b"short")
        case "upper tile flipped":
            path = log / tile_path(1, 0, 2)
            data = bytearray(path.read_bytes())
            data[40] ^= 1
            path.write_bytes(data)
        case "endless tile":
            (log / tile_path(0, 1)).write_bytes(bytes(8193))
        case "checkpoint missing":
            (log / "checkpoint").unlink()
        case "checkpoint flipped":
            path = log / "checkpoint"
            path.write_bytes(path.read_bytes().replace(f"\n{size}\n".encode(), f"\n{size - 1}\n".encode()))
        case "another key":
            key = Signer(SIGNER.verifier.name, bytes(32))
            (log / "checkpoint").write_bytes(sign_checkpoint(checkpoint(log), key))
        case "another root":
            lie = Checkpoint(SIGNER.verifier.name, size, bytes(32))
            (log / "checkpoint").write_bytes(sign_checkpoint(lie, SIGNER))


@pytest.mark.parametrize(
    ("what", "code", "index"),
    [
        ("bundle missing", "bundle", 256),
        ("bundle cut", "bundle", 256),
        ("partial bundle missing", "bundle", 512),
        ("tile missing", "tile", 256),
        ("tile cut", "tile", 256),
        ("tile flipped", "tile", 263),
        ("upper tile flipped", "tile", 256),
        ("endless tile", "tile", 256),
        ("checkpoint missing", "checkpoint", -1),
        ("checkpoint flipped", "checkpoint", -1),
        ("another key", "checkpoint", -1),
        ("another root", "root", -1),
    ],
)
def test_p7_damage_to_a_file_is_named(log: Path, what: str, code: str, index: int) -> None:
    damage(log, what)
    report = verify(log)
    assert not report.holds
    assert (report.findings[0].code, report.findings[0].index) == (code, index)
    assert str(report.findings[0])


def test_an_entry_in_another_spelling_or_of_no_type_is_named(log: Path) -> None:
    found = entries(log)
    found[5] = found[5].replace(b'{"', b'{ "', 1)
    resign(log, found)
    assert (verify(log).findings[0].code, verify(log).findings[0].index) == ("entry", 5)
    found[5] = b'{"type":"no.such"}'
    resign(log, found)
    assert (verify(log).findings[0].code, verify(log).findings[0].index) == ("entry", 5)


def test_p2_an_outcome_rewritten_to_hide_a_denial_is_named(log: Path) -> None:
    found = entries(log)
    at = next(index for index, data in enumerate(found) if b'"type":"call.decided"' in data)
    entry = decode(found[at])
    entry.effect = "deny"
    found[at] = encode(entry)
    resign(log, found)
    assert {"not_permitted", "chain_prev"} <= {finding.code for finding in verify(log).findings}


def test_an_empty_log_holds(tmp_path: Path) -> None:
    store = LogStore(tmp_path)
    store.write_checkpoint(sign_checkpoint(Checkpoint(SIGNER.verifier.name, 0, root_of([])), SIGNER))
    report = verify(tmp_path)
    assert report.holds
    assert report.size == 0


def test_findings_are_bounded(log: Path) -> None:
    found = entries(log)
    rewrite(log, [entry.replace(b'"node":"node-1"', b'"node":"node-2"') for entry in found])
    report = verify(log)
    assert len(report.findings) == 100
    assert report.more > 400


def test_many_findings_of_one_kind_hide_none_of_another() -> None:
    report = Report()
    report.add(*[Finding("late", index, "is older") for index in range(MAX_FINDINGS + 5)], Finding("tile", 7, "differs"))
    report.add(Finding("tile", 8, "differs"))
    assert [finding.kind for finding in report.findings] == ["late"] * MAX_FINDINGS + ["altered"]
    assert report.more == 6
