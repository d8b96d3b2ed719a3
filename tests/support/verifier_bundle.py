"""Bundles to be attacked: a log of several writers, exported as an officer would take it, and what others could make of it.

``resign`` is what an operator who holds the log's key can do: entries, tiles, root, signature and manifest agree again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

from safeconduct.assembly.bundle import Part, Tree, Wanted, write
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import Outcome, decode, encode
from safeconduct.audit.note import Signer
from safeconduct.audit.tiles import pack_bundle, split_bundle
from safeconduct.audit.tree import leaf_hash, root_of
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.logstore import LogStore
from safeconduct_verifier import verify
from support.audit_home import SIGNER, LogHome, crash
from support.audit_samples import decided, ended

Entries = list[bytes]


def grown(path: Path, calls: int = 150) -> LogHome:
    """Two writers that take turns and a keeper that follows, more than two full tiles, a call in flight, a writer that died."""
    home = LogHome(path)
    first, second, third, keeper = home.writer("w1"), home.writer("w2"), home.writer("w3"), home.keeper()
    for number in range(calls):
        spoken(home, first, f"a{number}")
        spoken(home, second, f"b{number}", Outcome.FAILED)
        if number % 10 == 9:
            keeper.step(home.clock.now)
    spoken(home, third, "died", None)
    crash(third)
    first.close()
    spoken(home, second, "in flight", None)
    keeper.finish(home.clock.now)
    return home


def spoken(home: LogHome, writer: Journal, name: str, outcome: Outcome | None = Outcome.SERVED, *, later: int = 20_000) -> None:
    """One whole call that begins ``later`` microseconds after what was before; with ``outcome`` None it stays open."""
    home.clock.now += later
    asked, end = decided(name), ended(name, outcome or Outcome.SERVED)
    asked.at, end.at = home.clock.now, home.clock.now + 5
    end.closes_boot, end.closes_seq = writer.boot, writer.append_sync(asked)
    if outcome is not None:
        writer.append_sync(end)


def export(log: Path, target: Path, policy: bytes = b"", scope: str = "whole", indexes: Sequence[int] | None = None) -> Path:
    """The bundle of one log folder."""
    tree = Tree.open(log)
    assert tree is not None
    with BundleFolder(target) as bundle:
        until = tree.head.size if indexes is None else max(indexes) + 1
        write(bundle, Wanted(scope, "case=c1" if scope == "question" else "", 0, until, policy, [Part(tree, indexes)]), tell)
        bundle.finish()
    return target


def tell(done: int, total: int) -> None:
    assert done <= total


def policy(*logs: object, witnesses: Sequence[object] = (), quorum: str = "none") -> bytes:
    """A trust policy of an overseer who had the keys handed over elsewhere."""
    lines = [f"log {log}" for log in logs or (SIGNER.verifier,)]
    lines += [f"witness w{number} {key}" for number, key in enumerate(witnesses, 1)]
    return "\n".join([*lines, f"quorum {quorum}", ""]).encode()


def judge(folder: Path, *words: str, trusted: bytes | None = b"") -> SimpleNamespace:
    """What the verifier says in this process: code, findings, kinds, and (code, index, file) of each finding.

    ``trusted`` is the overseer's policy (empty: the log's own key, no witness), None when he brings none.
    """
    report, asked = verify.Report(), verify.arguments([str(folder), *words])
    asked.trust = verify.Trust(trusted or policy()) if trusted is not None else None
    code = verify.judge(asked, report)
    places = [(one["code"], one["index"], one["file"]) for one in report.findings]
    return SimpleNamespace(code=code, findings=report.findings, kinds=set(report.kinds), places=places, report=report)


def entries(bundle: Path) -> Entries:
    size = head(bundle).size
    widths = [min(256, size - start) for start in range(0, size, 256)]
    return [one for number, width in enumerate(widths) for one in split_bundle(LogStore(bundle).bundle(number, width), width)]


def head(bundle: Path, signer: Signer = SIGNER) -> Checkpoint:
    return open_checkpoint((bundle / "checkpoint").read_bytes(), signer.verifier)


def remanifest(bundle: Path, signer: Signer = SIGNER) -> None:
    """Whoever changes a file can write the manifest again: nobody signs it."""
    path = bundle / "manifest.json"
    told, now = json.loads(path.read_bytes()), head(bundle, signer)
    files = (one for one in sorted(bundle.rglob("*")) if one.is_file() and one != path)
    told["files"] = {one.relative_to(bundle).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
    told |= {"size": now.size, "root": now.root.hex()}
    told["trees"][0] |= {"size": now.size, "root": now.root.hex()}
    told["until"] = now.size if told["scope"] == "whole" else told["until"]
    path.write_text(json.dumps(told))


def resign(bundle: Path, found: Entries, signer: Signer = SIGNER, sign: Callable[[Checkpoint], bytes] | None = None) -> None:
    """Another history under the log's own key."""
    shutil.rmtree(bundle / "tile")
    write_log(bundle, found, signer, sign)
    remanifest(bundle, signer)


def write_log(
    folder: Path, found: Entries, signer: Signer = SIGNER, sign: Callable[[Checkpoint], bytes] | None = None
) -> Checkpoint:
    """Bundles, tiles, key and checkpoint over these entries."""
    store, row = LogStore(folder), [leaf_hash(entry) for entry in found]
    now = Checkpoint(signer.verifier.name, len(found), root_of(row))
    for start in range(0, len(found), 256):
        part = found[start : start + 256]
        store.write_bundle(start // 256, pack_bundle(part), len(part))
    level = 0
    while row:
        for start in range(0, len(row), 256):
            part = row[start : start + 256]
            store.write_tile(level, start // 256, b"".join(part), len(part))
        row, level = [root_of(row[start : start + 256]) for start in range(0, len(row) - 255, 256)], level + 1
    store.write_checkpoint(sign(now) if sign else sign_checkpoint(now, signer))
    return now


def rechained(found: Entries) -> Entries:
    """The same entries with every writer's chain made whole again: seq and prev as they would have to be."""
    place: dict[str, tuple[int, str]] = {}
    made = []
    for data in found:
        entry = decode(data)
        seq, last = place.get(entry.boot, (0, ""))
        entry.seq, entry.prev = seq + 1, last
        data = encode(entry)
        place[entry.boot] = (seq + 1, leaf_hash(data).hex())
        made.append(data)
    return made
