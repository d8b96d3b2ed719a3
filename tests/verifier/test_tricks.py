"""Folders made to deceive the verifier: emptied files, odd shapes, foreign logs in a log's place, words that come twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.bundle import Part, Tree, Wanted, write
from safeconduct.audit.checkpoint import Checkpoint
from safeconduct.audit.entries import ContentErased, Entry, LogPruned, ShardClosed, ShardOpened, decode, encode
from safeconduct.audit.note import Signer
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct_verifier import verify
from support.audit_home import SIGNER, LogHome
from support.audit_samples import T0, decided, started
from support.verifier_bundle import (
    Entries,
    entries,
    export,
    grown,
    judge,
    policy,
    rechained,
    remanifest,
    resign,
    tell,
    write_log,
)

SHARDS = {name: Signer(f"test.example/log{name}", bytes([len(name) + 1]) * 32) for name in ("", "/2027", "/root")}
OVER = policy(SHARDS["/root"].verifier, SHARDS[""].verifier)
OTHER = Signer("other.example/log", b"o" * 32)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LogHome:
    return grown(tmp_path_factory.mktemp("home"))


@pytest.fixture
def bundle(home: LogHome, tmp_path: Path) -> Path:
    return export(home.log, tmp_path / "bundle")


def told(bundle: Path, **changes: Any) -> None:
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


def chain(*made: Entry, boot: str = "b", role: str = "gateway") -> Entries:
    first = started(role)
    for entry in (first, *made):
        entry.boot, entry.node, entry.at = boot, "node-1", entry.at or T0
    return rechained([encode(entry) for entry in (first, *made)])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_p7_a_bundle_of_entries_that_was_emptied_is_missing(bundle: Path, number: int) -> None:
    """Above all the last one, behind which no writer's chain can show a hole."""
    name = next(path for path in bundle.rglob("tile/entries/*") if path.name.startswith(f"00{number}"))
    name = name if name.is_file() else next(name.iterdir())
    name.write_bytes(b"")
    remanifest(bundle)
    seen = judge(bundle)
    assert (seen.code, seen.places[0]) == (11, ("file", number * 256, name.relative_to(bundle).as_posix()))


def test_p7_a_folder_in_the_place_of_a_file_is_named(bundle: Path) -> None:
    for name, code in (("tile/0/001", 10), ("checkpoint", 10)):
        (bundle / name).rename(bundle / "aside")
        (bundle / name).mkdir()
        seen = judge(bundle)
        assert (seen.code, name in [file for _, _, file in seen.places]) == (code, True)
        (bundle / name).rmdir()
        (bundle / "aside").rename(bundle / name)


@pytest.mark.parametrize("odd", [{"trees": [1]}, {"trees": 1}, {"trees": [{"folder": []}]}, {"files": 1}, {"files": [1]}])
def test_p7_a_manifest_of_another_shape_is_no_crash(bundle: Path, odd: dict[str, Any]) -> None:
    told(bundle, **odd)
    assert judge(bundle).code == 10


@pytest.mark.parametrize("name", ["../bundle/README.md", "{}/README.md", "tile/../README.md", "a\0b", "\ud800", "", "tile"])
def test_p7_a_manifest_that_leads_out_of_the_folder_is_not_followed(bundle: Path, name: str) -> None:
    name = name.format(bundle)
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    told(bundle, files=files | {name: files["README.md"]})
    seen = judge(bundle)
    assert (seen.code, seen.places) == (11, [("manifest", -1, name)])


def test_p7_a_linked_folder_is_no_part_of_a_bundle(bundle: Path, tmp_path: Path) -> None:
    (bundle / "tile" / "1").rename(tmp_path / "elsewhere")
    (bundle / "tile" / "1").symlink_to(tmp_path / "elsewhere")
    seen = judge(bundle)
    assert (seen.code, seen.places) == (11, [("manifest", -1, "tile/1/000.p/2")])


def test_p7_what_is_late_does_not_hide_a_tile_that_was_altered(bundle: Path) -> None:
    found = [decode(data) for data in entries(bundle)]
    found[100].at -= 3_600_000_000
    resign(bundle, rechained([encode(entry) for entry in found]))
    assert judge(bundle).code == 13
    tile = bundle / "tile/1/000.p/2"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    remanifest(bundle)
    assert judge(bundle).code == 10


def test_p7_a_pin_of_a_log_that_is_not_here_is_not_passed_over(bundle: Path, tmp_path: Path) -> None:
    write_log(tmp_path / "other", chain(), OTHER)
    seen = judge(bundle, "--pin", str(tmp_path / "other" / "checkpoint"), trusted=policy(SIGNER.verifier, OTHER.verifier))
    assert (seen.code, seen.places) == (11, [("pin", -1, "")])


def taken(log: Path, target: Path, indexes: Sequence[int], scope: str = "question", until: int = 0, prefix: str = "") -> Path:
    tree = Tree.open(log, prefix)
    assert tree is not None
    question = "case=c1" if scope == "question" else ""
    with BundleFolder(target) as made:
        wanted = Wanted(scope, question, indexes[0], until or indexes[-1] + 1, b"", [Part(tree, indexes)])
        write(made, wanted, tell)
        made.finish()
    return target


def forked(folder: Path, found: Entries) -> Path:
    write_log(folder, rechained([data.replace(b"acme", b"emca") for data in found]))
    (folder / "log.vkey").write_text(f"{SIGNER.verifier}\n")
    return folder


def test_p7_proofs_are_held_to_a_pin_as_far_as_they_can_be(home: LogHome, bundle: Path, tmp_path: Path) -> None:
    proofs, fork = taken(home.log, tmp_path / "proofs", [3]), forked(tmp_path / "fork", entries(bundle))
    seen = judge(proofs, "--pin", str(fork / "checkpoint"))
    assert (seen.code, seen.places[0][0]) == (12, "fork")
    shorter = forked(tmp_path / "shorter", entries(bundle)[:500])
    seen = judge(proofs, "--pin", str(shorter / "checkpoint"))
    assert (seen.code, any("NOT COMPARED" in note for note in seen.report.notes)) == (0, True)


def test_p7_proofs_of_two_heads_are_not_one_log(home: LogHome, bundle: Path, tmp_path: Path) -> None:
    proofs = taken(home.log, tmp_path / "proofs", [3])
    for size, at in ((590, 5), (len(entries(bundle)), 6)):
        fork = forked(tmp_path / f"fork{at}", entries(bundle)[:size])
        other = taken(fork, tmp_path / f"other{at}", [at]) / "proofs" / f"{at}.tlog-proof"
        shutil.copy(other, proofs / "proofs")
        told(proofs, indexes=[3, at], files=digests(proofs))
        seen = judge(proofs)
        assert (seen.code, ("proof", at, f"proofs/{at}.tlog-proof") in seen.places) == (12, True)
        (proofs / "proofs" / other.name).unlink()


def digests(bundle: Path) -> dict[str, str]:
    files = (path for path in bundle.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(bundle).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_p7_a_range_with_a_hole_lacks_an_entry_and_one_with_more_does_not(home: LogHome, tmp_path: Path) -> None:
    assert judge(taken(home.log, tmp_path / "more", [5, 6, 7, 20], "range", 8)).code == 0
    seen = judge(taken(home.log, tmp_path / "less", [5, 7], "range", 8))
    assert (seen.code, seen.places) == (11, [("range", -1, "")])


Heads = dict[str, Checkpoint]


def town(folder: Path, said: Callable[[Heads], list[Entry]], first: Entries | None = None, later: Entries | None = None) -> Path:
    """A log of two shards, and the root log that says this of them."""
    heads = {"": write_log(folder, first or chain(decided()), SHARDS[""])}
    heads["/2027"] = write_log(folder / "2027", later or chain(decided(), boot="b7"), SHARDS["/2027"])
    write_log(folder / "root", chain(*said(heads), boot="r"), SHARDS["/root"])
    for name, signer in SHARDS.items():
        (folder / name.strip("/") / "log.vkey").write_text(f"{signer.verifier}\n")
    return folder


def opened(heads: Heads) -> list[Entry]:
    return [ShardOpened(at=T0, origin=SHARDS[name].verifier.name, vkey=str(SHARDS[name].verifier)) for name in heads]


def test_p7_a_shard_is_closed_once_whatever_the_root_log_says_later(tmp_path: Path) -> None:
    def again(heads: Heads) -> list[Entry]:
        closed = ShardClosed(at=T0, origin="test.example/log", size=heads[""].size, root=heads[""].root.hex())
        return [*opened(heads), closed, ShardOpened(at=T0, origin="test.example/log", vkey=str(OTHER.verifier))]

    folder = town(tmp_path, again)
    write_log(folder, chain(decided("another"), decided("history")), SHARDS[""])
    seen = judge(folder, trusted=OVER)
    assert (seen.code, seen.places) == (12, [("shard", 4, ""), ("shard", 3, "")])
    renamed = Signer("test.example/log", b"e" * 32)  # a key that only the later word names
    write_log(folder, chain(decided("another")), renamed)
    (folder / "log.vkey").unlink()
    assert judge(folder, trusted=policy(SHARDS["/root"].verifier)).code == 14


def test_p7_a_log_over_shards_speaks_for_no_log_but_its_own(tmp_path: Path) -> None:
    """Two logs are trusted; the one tries to bring in a key for the other."""
    fake = Signer("test.example/log", b"f" * 32)
    write_log(tmp_path, chain(decided("made up")), fake)
    write_log(tmp_path / "root", chain(ShardOpened(at=T0, origin="test.example/log", vkey=str(fake.verifier))), OTHER)
    seen = judge(tmp_path, trusted=policy(SHARDS[""].verifier, OTHER.verifier))
    assert seen.code == 14
    assert {file for code, _, file in seen.places if code in ("shard", "checkpoint")} >= {"root/checkpoint", "checkpoint"}


def test_p7_another_trusted_log_does_not_pass_for_a_shard(tmp_path: Path) -> None:
    folder = town(tmp_path, opened)
    assert judge(folder, trusted=OVER).code == 0
    write_log(folder / "2027", chain(decided()), OTHER)
    seen = judge(folder, trusted=OVER + f"log {OTHER.verifier}\n".encode())
    assert (seen.code, ("shard", -1, "2027/checkpoint") in seen.places) == (12, True)


def test_p7_a_root_log_that_the_policy_names_cannot_be_left_out(tmp_path: Path) -> None:
    folder = town(tmp_path, opened)
    shutil.rmtree(folder / "root")
    shutil.rmtree(folder / "2027")
    seen = judge(folder, trusted=OVER)
    assert (seen.code, seen.places) == (11, [("shard", -1, "")])
    assert "test.example/log/root" in seen.findings[0]["what"]
    folder = town(tmp_path / "years", opened)  # nor where a later year tells of it
    shutil.rmtree(folder / "root")
    seen = judge(folder, trusted=policy(SHARDS[""].verifier, SHARDS["/2027"].verifier))
    assert (seen.code, seen.places) == (11, [("shard", -1, "")])


def cut(shard: Path) -> None:
    for name in ("tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"):
        (shard / name).unlink()
    (shard / "pruned").write_text("512\n")


def test_p7_pruning_counts_for_the_shard_that_it_names(tmp_path: Path) -> None:
    long = [decided(str(number)) for number in range(600)]

    def pruned(origin: str) -> Entry:
        return LogPruned(at=T0, minimum_index=512, origin=origin, actor="a", second="b")

    lawful = town(tmp_path / "lawful", opened, chain(*long), chain(pruned("test.example/log"), boot="b7", role="desk"))
    old = (lawful / "checkpoint").read_bytes()
    cut(lawful)
    assert judge(lawful, trusted=OVER).code == 0
    others = (
        town(tmp_path / "other", opened, chain(*long, pruned("test.example/log/2027"))),
        town(tmp_path / "gateway", opened, chain(*long), chain(pruned("test.example/log"), boot="b7")),
        town(tmp_path / "reconciler", opened, chain(*long), chain(pruned("test.example/log"), boot="b7", role="reconciler")),
    )
    for other in others:
        cut(other)
        seen = judge(other, trusted=OVER)
        assert (seen.code, seen.places) == (11, [("pruned", -1, "pruned")])
    write_log(tmp_path / "early", chain(*long[:300]), SHARDS[""])
    pin = tmp_path / "early" / "checkpoint"
    assert old != pin.read_bytes()
    seen = judge(lawful, "--pin", str(pin), trusted=OVER)  # nobody can tell any more: not in silence
    assert (seen.code, seen.places) == (15, [("pin", 301, "")])


def test_a_question_that_only_a_later_shard_answers_makes_a_bundle_that_holds(tmp_path: Path) -> None:
    town(tmp_path / "town", opened)
    made = taken(tmp_path / "town" / "2027", tmp_path / "made", [1], prefix="2027/")
    seen = judge(made, trusted=policy(SHARDS["/2027"].verifier))
    assert (seen.code, seen.report.logs[0]["proven"]) == (0, 1)


def test_p8_nothing_counts_as_erased_that_came_later_or_from_a_writer_that_erases_nothing(tmp_path: Path) -> None:
    for hours, role, code in ((-1, "desk", 11), (1, "desk", 15), (1, "reconciler", 15), (1, "gateway", 11), (1, "keeper", 11)):
        asked = decided("c1")
        asked.at, asked.requested_commitment = T0, "c" * 64
        erased = ContentErased(at=T0 + hours * 3_600_000_000, scope="subject", caller=asked.caller, ground="gdpr-17", actor="a")
        order = [erased, asked] if hours < 0 else [asked, erased]
        log = tmp_path / f"log{hours}{role}"
        write_log(log, chain(*order, role=role))
        (log / "log.vkey").write_text(f"{SIGNER.verifier}\n")
        index = order.index(asked) + 1
        (log / "disclosures").mkdir()
        fields = [{"field": "requested_commitment", "name": "requested", "salt": "", "value": ""}]
        (log / "disclosures" / f"{index}.json").write_text(json.dumps({"index": index, "fields": fields}))
        seen = judge(log)
        assert seen.kinds >= {{11: "missing", 15: "erased"}[code]}
        assert "erased" in seen.kinds or code == 11


def test_p7_names_cannot_speak_to_the_terminal() -> None:
    report = verify.Report()
    report.add("altered", "chain_prev", "x", writer="w\nIT HOLDS\x1b[2K\x9b\u202e\udcff")
    text = verify.tell(report, 10)
    assert text.splitlines()[-1] == "IT DOES NOT HOLD: altered"
    assert "IT HOLDS" not in text.splitlines()
    assert all(one == "\n" or one.isprintable() for one in text)
    text.encode()
