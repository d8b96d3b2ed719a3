"""What goes into a bundle for somebody who trusts nobody here? A folder that one file, offline, can check.

``checkpoint``, ``log.vkey``, ``log.cosign.vkey`` and ``pruned`` of each tree as they lie beside it, ``policy``, the tiles and
entry bundles of whole trees or the proofs of chosen entries, ``disclosures``, ``manifest.json``, ``verify.py``, ``README.md``.
Later shards and the root log lie in sub-folders, as in the log. Where a witnessed checkpoint is there, a bundle ends at its size.

Which entries answer a question is ``audit.questions``; that the making of a bundle is an entry itself is ``assembly.exporting``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from safeconduct.audit.checkpoint import Checkpoint, Proof, open_checkpoint
from safeconduct.audit.note import MAX_NOTE_BYTES, Verifier
from safeconduct.audit.reading import At
from safeconduct.audit.tiles import WIDTH, bundle_path, split_bundle, tile_path, width_at
from safeconduct.audit.tree import inclusion_proof
from safeconduct.audit.verify import LogReader
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.pruning import PRUNED
from safeconduct.terms.faults import Fault, Refused

COSIGN_VKEY: Final = "log.cosign.vkey"
WITNESSED: Final = "witnessed"
VERIFIER: Final = "safeconduct_verifier"
MAX_KEY_BYTES: Final = 8192
MAX_PROOFS: Final = 100_000  # a file each: beyond, the whole log is smaller and says more
Tell = Callable[[int, int], None]


class Source(LogReader, Protocol):
    """Where a tree lies: files, or objects of a bucket."""

    def vkey(self) -> str: ...

    def minimum(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree of the log under the checkpoint that its part of a bundle ends at. ``prefix`` is its place in the bundle."""

    prefix: str
    folder: Path
    verifier: Verifier
    head: Checkpoint
    note: bytes
    minimum: int
    reader: At

    @classmethod
    def open(cls, folder: Path, prefix: str = "", *, newest: bool = False, store: Source | None = None) -> Tree | None:
        """The tree in ``folder`` as witnesses saw it last, or with ``newest`` as it was signed last.

        ``store`` is where the tree lies when that is not the folder.
        None when nothing of it is signed yet. Raises NoteInvalid, OSError.
        """
        store = LogStore(folder) if store is None else store
        try:
            note = store.checkpoint()
        except FileNotFoundError:
            return None
        verifier = Verifier.parse(store.vkey())
        head = open_checkpoint(note, verifier)
        if not newest and (witnessed := _optional(folder / WITNESSED, MAX_NOTE_BYTES)) is not None:
            seen = open_checkpoint(witnessed, verifier)
            if seen.size <= head.size:
                note, head = witnessed, seen
        return cls(prefix, folder, verifier, head, note, store.minimum(), At(store, note, head.size))

    def entries(self, since: int, until: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries [since, until) that are still kept. Raises OSError, ValueError."""
        since = max(since, self.minimum)
        for number in range(since // WIDTH, -(-until // WIDTH)):
            first = number * WIDTH
            width = min(WIDTH, self.head.size - first)
            for index, entry in enumerate(split_bundle(self.reader.bundle(number, width), width), first):
                if since <= index < until:
                    yield index, entry


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One field of one entry, opened: the salt and value behind its commitment. ``field`` is what the entry calls it."""

    index: int
    field: str
    name: str
    salt: bytes
    value: str | int


@dataclass(frozen=True, slots=True)
class Part:
    """What a bundle takes of one tree. Without ``indexes`` all of it. ``disclosed`` are fields of entries of this tree."""

    tree: Tree
    indexes: Sequence[int] | None = None
    disclosed: Sequence[Disclosed] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: ``sha256`` of the manifest, how many entries it holds or proves, and how many fields it opens."""

    sha256: str
    entries: int
    disclosed: int
    files: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: ``scope`` is ``whole``, ``range`` or ``question``."""

    scope: str
    question: str = ""
    since: int = 0
    until: int = 0
    policy: bytes = b""
    parts: Sequence[Part] = field(default=())


def write(bundle: BundleFolder, wanted: Wanted, tell: Tell) -> Made:
    """Write everything and read it back. Raises OSError, ValueError (a damaged log makes no proofs), Refused."""
    total = sum(_amount(part) for part in wanted.parts)
    if wanted.scope != "whole" and total > MAX_PROOFS:
        mend = "ask for less, or export the whole log"
        raise Refused(Fault("too_many_proofs", f"{total:,} entries are more than {MAX_PROOFS:,} proofs", wanted.scope, mend))
    done = opened = 0
    for part in wanted.parts:
        _put_tree(bundle, part.tree)
        source = _whole(part.tree, bundle) if part.indexes is None else _proofs(part.tree, part.indexes, bundle)
        for count in source:
            done += count
            tell(done, total)
        opened += _put_disclosures(bundle, part)
    bundle.put("policy", wanted.policy or _policy(part.tree for part in wanted.parts))
    bundle.put("verify.py", (resources.files(VERIFIER) / "verify.py").read_bytes())
    bundle.put("README.md", _readme(wanted).encode())
    sha256 = bundle.seal(msgspec.json.encode(_manifest(wanted)))
    bundle.reread()
    return Made(sha256, total, opened, bundle.count)


def _amount(part: Part) -> int:
    return part.tree.head.size - part.tree.minimum if part.indexes is None else len(part.indexes)


def _put_tree(bundle: BundleFolder, tree: Tree) -> None:
    """The checkpoint and the keys of one tree."""
    bundle.put(f"{tree.prefix}checkpoint", tree.note)
    bundle.put(f"{tree.prefix}log.vkey", f"{tree.verifier}\n".encode())
    if (cosigner := _optional(tree.folder / COSIGN_VKEY, MAX_KEY_BYTES)) is not None:
        bundle.put(f"{tree.prefix}{COSIGN_VKEY}", cosigner)
    if tree.minimum:
        bundle.put(f"{tree.prefix}{PRUNED}", f"{tree.minimum}\n".encode())


def _whole(tree: Tree, bundle: BundleFolder) -> Iterator[int]:
    """Every tile and entry bundle; yields how many entries each step wrote."""
    size = tree.head.size
    for number in range(tree.minimum // WIDTH, -(-size // WIDTH)):
        width = width_at(0, number, size)
        bundle.put(tree.prefix + bundle_path(number, width), tree.reader.bundle(number, width))
        bundle.put(tree.prefix + tile_path(0, number, width), tree.reader.tile(0, number, width))
        yield width
    level = 1
    while size >> (8 * level):
        number = 0
        while width := width_at(level, number, size):
            bundle.put(tree.prefix + tile_path(level, number, width), tree.reader.tile(level, number, width))
            number += 1
        level += 1


def _proofs(tree: Tree, indexes: Iterable[int], bundle: BundleFolder) -> Iterator[int]:
    """One proof for each entry, checked before it is written. Nothing of the neighbors is in it but hashes."""
    nodes, entries = tree.reader.nodes(), _Entries(tree)
    for index in indexes:
        path = inclusion_proof(index, tree.head.size, nodes)
        proof = Proof(index, entries.at(index), tuple(path), tree.note)
        proof.check(tree.verifier)
        bundle.put(f"{tree.prefix}proofs/{index}.tlog-proof", proof.text())
        yield 1


class _Entries:
    """Single entries of a tree, the bundle read last remembered: indexes come in order."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._first = -1
        self._bundle: list[bytes] = []

    def at(self, index: int) -> bytes:
        tree, first = self._tree, index - index % WIDTH
        if index < tree.minimum:
            mend = f"ask from {tree.minimum} on: what lies below was pruned"
            raise Refused(Fault("entry_pruned", f"entry {index} is not kept any more", f"entry {index}", mend))
        if first != self._first:
            width = min(WIDTH, tree.head.size - first)
            self._bundle, self._first = split_bundle(tree.reader.bundle(first // WIDTH, width), width), first
        return self._bundle[index - first]


def _put_disclosures(bundle: BundleFolder, part: Part) -> int:
    """The opened fields, a file for each entry."""
    by_entry: dict[int, list[Disclosed]] = {}
    for each in part.disclosed:
        by_entry.setdefault(each.index, []).append(each)
    for index, fields in sorted(by_entry.items()):
        told = [{"field": each.field, "name": each.name, "salt": each.salt.hex(), "value": each.value} for each in fields]
        data = msgspec.json.format(msgspec.json.encode({"index": index, "fields": told}), indent=1)
        bundle.put(f"{part.tree.prefix}disclosures/{index}.json", data + b"\n")
    return len(part.disclosed)


def _policy(trees: Iterable[Tree]) -> bytes:
    """Whose signatures count when nobody else was named: the log's own (C2SP tlog-policy)."""
    return "".join([*(f"log {tree.verifier}\n" for tree in trees), "quorum none\n"]).encode()


def _manifest(wanted: Wanted) -> dict[str, Any]:
    """All but the digests of the files. ``trees`` says for each tree what the members before it say for the first."""
    first = wanted.parts[0]
    return {
        "v": 1,
        "scope": wanted.scope,
        "question": wanted.question,
        "since": wanted.since,
        "until": wanted.until,
        "complete": wanted.scope == "whole",
        **_told(first),
        "trees": [{"folder": part.tree.prefix.rstrip("/"), **_told(part)} for part in wanted.parts],
    }


def _told(part: Part) -> dict[str, Any]:
    head = part.tree.head
    return {"indexes": list(part.indexes or ()), "origin": head.origin, "size": head.size, "root": head.root.hex()}


def _readme(wanted: Wanted) -> str:
    """Ten lines for whoever opens the folder."""
    match wanted.scope:
        case "whole":
            what = "This is a whole log: every entry, and every hash above it."
            limit = "What the log holds is complete up to its checkpoint; what came later is in later bundles."
        case "range":
            what = f"These are the entries {wanted.since} to {wanted.until - 1} of a log, each with its proof."
            limit = "Each proof stands by itself. That the range is complete shows in the indexes alone."
        case _:
            what = f"These are the entries of a log that answer {wanted.question}, each with its proof."
            limit = "Each proof stands by itself. That NO entry is missing from the answer takes the whole log to check."
    return f"""# A log to be checked offline

{what}
{limit}
Check it with Python and the package `cryptography`: `python verify.py .`
It trusts the keys in this folder unless you give it yours: `python verify.py . --policy FILE` (C2SP tlog-policy).
Take the policy, and verify.py itself, from where you would believe them; a checkpoint you kept goes in with `--pin FILE`.
Exit codes: 0 holds, 2 usage, 10 altered, 11 missing, 12 forked, 13 late, 14 unsigned, 15 lawfully erased.
Formats: C2SP tlog-tiles, tlog-checkpoint, tlog-proof, signed-note; entries are RFC 8785 JSON; hashes as in RFC 6962.
`disclosures/` opens single fields: the commitment in the entry is HMAC-SHA256(salt, RFC 8785 of [name, value]).
"""


def _optional(path: Path, limit: int) -> bytes | None:
    try:
        return read_bounded(path, limit)
    except FileNotFoundError:
        return None
