"""How is a home carried away and brought back, so that whoever is erased afterwards is erased from every copy of it, too?

A backup holds the history line by line, what a line says about a person sealed under a key of that person which stays apart
(``keys.db``); the log, journals and sealed content as they lie; the settings; and the home's secrets, sealed. Without keys it
names nobody. The keys are carried by a backup of their own, which counts for a short time (``keys_backup``). How a backup comes
back is told in ``restoring``.

The history is read first and the log after it, so every change in a backup has its entry in the backup's log; the history is read
as of one version while everybody goes on. An erasure that begins or ends meanwhile makes the backup worthless: it is thrown away.

INVARIANT (P8): what a backup says about a person opens under that person's key and in no other way.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from safeconduct.assembly.bundle import WITNESSED
from safeconduct.assembly.erasing import backup_words
from safeconduct.assembly.home import Home
from safeconduct.assembly.places import want_log_here
from safeconduct.assembly.process import clock
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.registry.state import Registry
from safeconduct.storage.files.backups import NONCE_BYTES, BackupFolder, Head, Line, Said, portions_of, seal
from safeconduct.storage.files.logstore import LogStore, needed_size
from safeconduct.storage.files.shards import CLOSED, FIRST_YEAR
from safeconduct.storage.sqlite.backing import BackingStore, Row
from safeconduct.storage.sqlite.erasing import ERASED, WORDS
from safeconduct.storage.sqlite.population import KEY_KINDS, MARK_KINDS, PERSON_KINDS
from safeconduct.storage.vault.carried import CarriedKeys
from safeconduct.terms.faults import Fault, Refused

ROWS: Final = "registry.rows"
ACTS: Final = "registry.acts"
SECRETS: Final = "secrets.sealed"
HOME_KEY: Final = "home"
"""What the store of backup keys calls the key of the secrets."""

LINES_AT_ONCE: Final = 1_000
NOT_OURS: Final = ("lock", "checkpoint", WITNESSED)
_encode = msgspec.json.Encoder(order="sorted").encode
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds."""

    version: int
    size: int
    files: int


@dataclass(slots=True)
class Whose:
    """Whose is each change, told row by row in order of the history? A person's id; empty for what is about nobody."""

    registry: Registry
    agents: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def of(self, row: Row) -> str:
        """The person whom the change is about."""
        body: dict[str, Any] = msgspec.json.decode(row.body)
        kind, subject = row.kind, row.subject
        if f"'{kind}'" in PERSON_KINDS:
            return subject
        if kind == "agent.registered":
            return self._note(self.agents, subject, str(body["sponsor_kind"]), str(body["sponsor"]))
        if kind.startswith("agent."):
            return self.agents.get(subject, "")
        if kind == "key.issued":
            return self._note(self.keys, subject, str(body["holder_kind"]), str(body["holder"]))
        if f"'{kind}'" in KEY_KINDS:
            return self.keys.get(subject, "")
        if f"'{kind}'" in MARK_KINDS:
            marked, _, name = subject.partition("/")
            owner = name if marked == "person" else {"agent": self.agents, "key": self.keys}.get(marked, {}).get(name, "")
            return owner or self._named((str(body.get("by", "")).partition("/")[2], str(body.get("key", ""))))
        if kind == "officer.linked":
            return self._named((str(body.get("person", "")),))
        if kind == "erasure.opened":
            return str(body["person"])
        if kind == "hold.placed":
            return self._named((str(body["target"]),) if body["kind"] == "person" else ())
        if kind == "request.opened":
            return self._named([str(body["target"]), *_texts(body["body"])])
        return ""

    def _note(self, table: dict[str, str], name: str, kind: str, above: str) -> str:
        person = above if kind == "person" else self.agents.get(above, "") if kind == "agent" else ""
        if person:
            table[name] = person
        return person

    def _named(self, names: Sequence[str]) -> str:
        for name in names:
            person = self.agents.get(name) or self.keys.get(name) or (name if name in self.registry.people else "")
            if person:
                return person
        return ""


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)


def make(home: Home, target: Path, environ: Mapping[str, str] | None = None, tell: Tell = lambda _: None) -> Made:
    """Make a backup of a home in a new folder. Raises Refused or OSError; then there is no such folder."""
    if target.exists() or target.is_symlink():
        raise Refused(Fault("backup_exists", "there is something of that name already", str(target), "name a new folder"))
    want_log_here(home.settings(environ).log, "backup")
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    try:
        with (
            CarriedKeys.open(home.apart(environ) / KEYS, home.path / VAULT) as keys,
            BackingStore.open(home.registry, read_only=True) as store,
        ):
            folder = BackupFolder(aside)
            with store.standing_still() as version:
                registry = store.registry(home.secret("pseudonym.key"), version=version)
                if any(each.done_at is None for each in registry.erasures.values()):
                    mend = "complete it first: safeconduct person erase --resume"
                    raise Refused(Fault("erasure_under_way", "somebody is being erased", "backup", mend))
                _put_history(folder, store, registry, keys, tell)
            origin, size = _put_log(folder, home)
            _put_tree(folder, home.path, VAULT, lambda _: True)
            if home.settings_file.exists():
                folder.put(home.settings_file.name, portions_of(home.settings_file))
            _put_secrets(folder, home, keys)
            _refuse_erased(home, version)
            folder.finish(Head(clock(), version, origin, folder.files), target.absolute())
            return Made(version, size, len(folder.files))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put_history(folder: BackupFolder, store: BackingStore, registry: Registry, keys: CarriedKeys, tell: Tell) -> None:
    owners: dict[int, str] = {}  # of acts: by first change, the one person whom all their changes are about, or none

    def written() -> Iterator[bytes]:
        whose, rows = Whose(registry), store.rows()
        while portion := list(islice(rows, LINES_AT_ONCE)):
            owned = [(row, "" if row.kind == ERASED else whose.of(row)) for row in portion]
            names = {person: registry.backup_subject(person) for _, person in owned if person}
            worded = {row.seq for row, _ in owned if row.kind != ERASED and _without_words(row.body) != row.body}
            known = keys.backup_keys({*names.values(), *(backup_words(seq) for seq in worded)})
            for row, person in owned:
                owners[row.seq] = names.get(person, "")
                yield _encode(_sealed(row, names.get(person, ""), known, worded=row.seq in worded)) + b"\n"
            tell(portion[-1].seq)

    def acts() -> Iterator[bytes]:
        for first, last, name, salt, digest, salt_hash in store.act_rows():
            about = {owners.get(seq, "") for seq in range(first, last + 1)} if last - first < LINES_AT_ONCE else {""}
            owner = next((each for each in sorted(about) if each), "") if len(about - {""}) == 1 else ""
            if owner and salt:
                salt = seal(keys.backup_key(owner), secrets.token_bytes(NONCE_BYTES), f"act/{first}", salt)
            yield _encode((first, last, name, salt, digest, owner, salt_hash or "")) + b"\n"

    folder.put(ROWS, written())
    folder.put(ACTS, acts())


def _sealed(row: Row, owner: str, keys: Mapping[str, bytes], *, worded: bool) -> Line:
    open_ = Line(row.seq, row.at, row.actor, row.kind, row.hash or "", owner)
    whole = Said(row.subject, row.body.decode(), row.salt or b"", row.left_salt or b"")
    bare = Said(row.subject, _without_words(row.body).decode(), b"") if worded else whole
    words = b""
    if worded:
        words = seal(keys[backup_words(row.seq)], secrets.token_bytes(NONCE_BYTES), f"words/{row.seq}", _encode(whole))
    if not owner:
        return msgspec.structs.replace(
            open_, subject=bare.subject, body=bare.body, salt=bare.salt, words=words, left_salt=bare.left_salt
        )
    key, bound = keys[owner], f"change/{row.seq}"
    if words:
        words = seal(key, secrets.token_bytes(NONCE_BYTES), bound, words)
    said = seal(key, secrets.token_bytes(NONCE_BYTES), bound, _encode(bare))
    return msgspec.structs.replace(open_, said=said, words=words)


def _without_words(body: bytes) -> bytes:
    found: dict[str, Any] = msgspec.json.decode(body)
    left = {name: value for name, value in found.items() if name not in WORDS}
    return body if len(left) == len(found) else _encode(left)


def _put_log(folder: BackupFolder, home: Home) -> tuple[str, int]:
    """Journals first: what is removed from them meanwhile is under the checkpoint that is read after. Returns origin and size."""
    for journal in sorted(home.path.glob("journal*")):
        _put_tree(folder, home.path, journal.name, lambda path: path.suffix == ".wal")
    first = ("", 0)
    shards = sorted(path for path in home.log.iterdir() if (path / "checkpoint").exists())
    trees = [home.log, *shards]
    signed = {
        tree: read for tree in reversed(trees) if (read := _signed(tree)) is not None
    }  # the root first, then what it tells of
    for tree in trees:
        if tree not in signed:
            continue
        witnessed, note = signed[tree]
        name = tree.relative_to(home.path).as_posix()
        head = open_checkpoint(note, Verifier.parse(LogStore(tree).vkey()))
        if tree == home.log:
            first = (head.origin, head.size)
        _put_tree(folder, home.path, name, _belongs(tree, head, trees))
        folder.put(f"{name}/checkpoint", iter((note,)))
        if witnessed:
            folder.put(f"{name}/{WITNESSED}", iter((witnessed,)))
    for journal in sorted(home.path.glob("journal*")):  # after the root log: every year that it calls closed has its gate
        _put_tree(folder, home.path, journal.name, lambda path: path.name in (CLOSED, FIRST_YEAR))
    return first


def _signed(tree: Path) -> tuple[bytes, bytes] | None:
    """What witnesses signed (empty when nothing) and, after it, the checkpoint; None where there is none."""
    witnessed = tree / WITNESSED
    try:
        return witnessed.read_bytes() if witnessed.exists() else b"", LogStore(tree).checkpoint()
    except FileNotFoundError:
        return None


def _belongs(tree: Path, head: Checkpoint, trees: Sequence[Path]) -> Callable[[Path], bool]:
    def belongs(path: Path) -> bool:
        inside = path.relative_to(tree)
        if path.name in NOT_OURS or path.name.startswith(".") or any(tree / inside.parts[0] == other for other in trees):
            return False
        if inside.parts[0] != "tile":
            return True
        needed = needed_size(inside.as_posix())
        return needed is not None and needed <= head.size

    return belongs


def _put_tree(folder: BackupFolder, root: Path, name: str, belongs: Callable[[Path], bool]) -> None:
    for path in sorted((root / name).rglob("*")):
        if path.is_file() and not path.is_symlink() and belongs(path):
            try:
                folder.put(path.relative_to(root).as_posix(), portions_of(path))
            except FileNotFoundError:  # a partial tile or a journal that is not needed any more
                folder.files.pop(path.relative_to(root).as_posix(), None)
                (folder.path / path.relative_to(root)).unlink(missing_ok=True)


def _put_secrets(folder: BackupFolder, home: Home, keys: CarriedKeys) -> None:
    found = {
        path.relative_to(home.secrets).as_posix(): path.read_bytes()
        for path in sorted(home.secrets.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    sealed = seal(keys.backup_key(HOME_KEY), secrets.token_bytes(NONCE_BYTES), SECRETS, msgspec.msgpack.encode(found))
    folder.put(SECRETS, iter((sealed,)))


def _refuse_erased(home: Home, version: int) -> None:
    """INVARIANT (P8): a key that this backup made anew for somebody who was just erased would keep him readable."""
    with BackingStore.open(home.registry) as store, store.exclusive():
        later = [each.kind for each in store.since(version)]
        if any(kind.startswith("erasure.") for kind in later):
            raise Refused(Fault("erased_meanwhile", "somebody was erased while the backup was made", "backup", "make it again"))
