"""How does a backup come back as a home? Whole, checked and beside nothing; whoever was erased since stays erased.

A home is built aside, its log verified and compared with the head that is kept apart, and only then gets its name.

INVARIANT (P8): a line whose person has no key any more comes back as erased, and free words that named such a person do not come
back. What the backup's own log says was erased is destroyed again first, should restored keys have brought it back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.backup import ACTS, HOME_KEY, LINES_AT_ONCE, ROWS, SECRETS
from safeconduct.assembly.erasing import KEYS, VAULT, backup_words
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.keys_backup import erased_by
from safeconduct.assembly.places import places_of
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import verify_log
from safeconduct.registry.changes import row_hash
from safeconduct.storage.files.backups import HEAD, Line, Said, lines, read_backup, unseal
from safeconduct.storage.files.keystore import create_secret
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.pruning import minimum_index
from safeconduct.storage.sqlite.backing import ActRow, BackingStore, Row
from safeconduct.storage.sqlite.erasing import ERASED
from safeconduct.storage.vault.carried import CarriedKeys
from safeconduct.terms.faults import Fault, Refused

Tell = Callable[[int], None]
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_line: Final = msgspec.json.Decoder(Line).decode
_act: Final = msgspec.json.Decoder(tuple[int, int, str, bytes, str, str]).decode


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. ``erased`` lines were about people erased since, ``worded`` lost free words that named such people.

    ``head`` is how many entries the head apart is ahead of the log; -1 where there is no head apart.
    """

    version: int
    size: int
    erased: int
    worded: int
    head: int


def restore(home: Home, source: Path, environ: Mapping[str, str] | None = None, tell: Tell = lambda _: None) -> Restored:
    """Bring a backup back as a home that is not there. Raises Refused or OSError; then there still is none."""
    if home.path.exists() and any(home.path.iterdir()):
        mend = "name another folder in SAFECONDUCT_HOME, or move this one away"
        raise Refused(Fault("home_exists", "there is a home already, and nothing is ever overwritten", str(home.path), mend))
    keys_file = home.apart(environ) / KEYS
    if not keys_file.exists():
        mend = "bring them back first: safeconduct backup keys restore; or set SAFECONDUCT_APART"
        raise Refused(Fault("keys_missing", "the keys of this backup are not here", str(keys_file), mend))
    head = read_backup(source)
    home.path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{home.path.name}.", dir=home.path.absolute().parent))
    fresh = Home(aside)
    try:
        for name in head.files:
            if name not in (ROWS, ACTS, SECRETS):
                target = aside / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(source / name, target)
                target.chmod(0o600)
        with CarriedKeys.open(keys_file, aside / VAULT) as keys:
            for subject in erased_by(fresh):
                keys.destroy(subject=subject)
            _bring_secrets(fresh, source, keys)
            create(fresh)
            erased, worded = _bring_history(fresh, source, keys, tell)
        size, ahead = _check_log(fresh, home, environ)
        if home.path.exists():
            home.path.rmdir()
        aside.replace(home.path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Restored(head.version, size, erased, worded, ahead)


def _bring_secrets(home: Home, source: Path, keys: CarriedKeys) -> None:
    key = keys.known_backup_key(HOME_KEY)
    if key is None:
        mend = "bring back the backup of keys that belongs to it"
        raise Refused(Fault("keys_missing", "the key of the home's secrets is not among the keys", SECRETS, mend))
    found = msgspec.msgpack.decode(unseal(key, SECRETS, (source / SECRETS).read_bytes()), type=dict[str, bytes])
    for name, secret in found.items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(Fault("backup_altered", "a name leads out of the backup", SECRETS, "take another copy"))
        create_secret(home.secrets / name, secret)


def _bring_history(home: Home, source: Path, keys: CarriedKeys, tell: Tell) -> tuple[int, int]:
    counts = {"erased": 0, "worded": 0}

    def rows() -> Iterator[Row]:
        for number, data in enumerate(lines(source / ROWS), 1):
            row, fate = _opened(_line(data), keys)
            if fate:
                counts[fate] += 1
            if number % LINES_AT_ONCE == 0:
                tell(number)
            yield row

    def acts() -> Iterator[ActRow]:
        for data in lines(source / ACTS):
            first, last, name, salt, digest, owner = _act(data)
            if owner and salt:
                key = keys.known_backup_key(owner)
                salt = b"" if key is None else unseal(key, f"act/{first}", salt)
            yield ActRow(first, last, name, salt, digest)

    with BackingStore.open(home.registry) as store:
        store.fill(rows(), acts())
    return counts["erased"], counts["worded"]


def _opened(line: Line, keys: CarriedKeys) -> tuple[Row, str]:
    """The change as it was, or as it is after its person was erased, and which of the two: empty, ``erased`` or ``worded``."""
    said, words = Said(line.subject, line.body, line.salt), line.words
    if line.owner:
        key = keys.known_backup_key(line.owner)
        if key is None:
            name = f"erased-{sha256(line.owner.encode()).hexdigest()[:32]}"
            left = _encode({"was": line.kind})
            return Row(line.seq, line.at, line.actor, ERASED, name, left, None, line.hash or None), "erased"
        bound = f"change/{line.seq}"
        said = msgspec.json.decode(unseal(key, bound, line.said), type=Said)
        words = unseal(key, bound, words) if words else b""
    fate = ""
    if words:
        key = keys.known_backup_key(backup_words(line.seq))
        fate = "worded" if key is None else ""
        if key is not None:
            said = msgspec.json.decode(unseal(key, f"words/{line.seq}", words), type=Said)
    body = said.body.encode()
    if said.salt and row_hash(said.salt, line.at, line.actor, line.kind, said.subject, body) != line.hash:
        what = f"change {line.seq} does not say what its hash proves"
        raise Refused(Fault("backup_altered", what, ROWS, "take another copy of the backup"))
    return Row(line.seq, line.at, line.actor, line.kind, said.subject, body, said.salt or None, line.hash or None), fate


def _check_log(fresh: Home, home: Home, environ: Mapping[str, str] | None) -> tuple[int, int]:
    """The size of the log, and how far the head apart is ahead of it. Raises Refused where the log does not hold."""
    log = LogStore(fresh.log)
    if not (fresh.log / "checkpoint").exists():
        return 0, -1
    env = os.environ if environ is None else environ
    verifier = Verifier.parse(log.vkey())
    size = open_checkpoint(log.checkpoint(), verifier).size
    note = places_of(home, fresh.settings(env).log, env).heads(verifier).load()
    pinned = open_checkpoint(note, verifier) if note is not None else None
    ahead = -1 if pinned is None else max(0, pinned.size - size)
    report = verify_log(log, verifier, pinned if pinned is not None and not ahead else None, minimum=minimum_index(fresh.log))
    if not report.holds:
        mend = "take another copy of the backup; nothing was restored"
        raise Refused(Fault("log_altered", "the backup's log does not hold, or is not the one that was signed", HEAD, mend))
    return size, ahead
