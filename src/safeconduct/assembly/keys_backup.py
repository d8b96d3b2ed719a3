"""How are the keys carried that backups and kept content open by? In one sealed file that counts for a short time.

INVARIANT (P8): a key that was destroyed since does not come back: its tombstone lies in the store of keys and beside the content,
and where a log is here, its ``content.erased`` entries count, too. After the file's time it brings back nothing at all, so what
was erased while it lay somewhere is gone for good by then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.places import want_log_here
from safeconduct.assembly.process import clock
from safeconduct.assembly.vault import KEK, KEYS, VAULT
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.entries import ContentErased, decode
from safeconduct.audit.note import Verifier
from safeconduct.storage.files.backups import NONCE_BYTES, KeysHead, pack_keys, read_keys
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.keystore import create_secret, load_or_create, read_secret
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.pruning import minimum_index
from safeconduct.storage.vault.carried import Carried, CarriedKeys
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment

DAYS: Final = 30
MAX_DAYS: Final = 365
KEY_BYTES: Final = 32


class _Content(msgspec.Struct, array_like=True):
    keys: Carried
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Brought:
    """How many keys came back, and how many did not because they were destroyed since."""

    back: int
    refused: int
    expires: Moment


def make(home: Home, target: Path, sealing: Path, days: int = DAYS, environ: Mapping[str, str] | None = None) -> Moment:
    """Write the keys to a new file, sealed under the key in ``sealing``, which is made when it is not there.

    Returns until when the file counts. Raises Refused or OSError.
    """
    if not 1 <= days <= MAX_DAYS:
        raise Refused(Fault("days_invalid", "the number of days is out of range", "--days", f"choose 1 to {MAX_DAYS}"))
    if target.exists() or target.is_symlink():
        raise Refused(Fault("backup_exists", "there is something of that name already", str(target), "name a new file"))
    want_log_here(home.settings(environ).log, "backup keys")
    apart, now = home.apart(environ), clock()
    with CarriedKeys.open(apart / KEYS, home.path / VAULT) as keys:
        content = _Content(keys.carried(), dict(_files(apart / KEK)))
    head = KeysHead(now, now + days * 86_400 * SECOND)
    key = _key(load_or_create(sealing, secrets.token_bytes, KEY_BYTES), sealing)
    data = pack_keys(head, key, secrets.token_bytes(NONCE_BYTES), msgspec.msgpack.encode(content))
    Disk().write_file(target, data, 0o600)
    return head.expires


def bring_back(home: Home, source: Path, sealing: Path, environ: Mapping[str, str] | None = None) -> Brought:
    """Put the keys of a file back where they belong. Raises Refused or OSError; then nothing came back."""
    want_log_here(home.settings(environ).log, "backup keys")  # what it says was erased is not read there
    apart = home.apart(environ)
    head, data = read_keys(source, _key(read_secret(sealing), sealing), clock())
    try:
        content = msgspec.msgpack.decode(data, type=_Content)
    except msgspec.DecodeError as wrong:
        raise Refused(Fault("keys_altered", "the keys cannot be read", source.name, "take another copy")) from wrong
    for name in content.files:
        if Path(name).name != name:
            raise Refused(Fault("keys_altered", "a name leads out of the keys", source.name, "take another copy"))
    apart.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = home.path / VAULT if home.exists else apart / "tombstones"  # a home that is still to be restored must not begin here
    with CarriedKeys.open(apart / KEYS, vault) as keys:
        back, refused = keys.bring_back(content.keys, set(erased_by(home)))
    for name, secret in content.files.items():
        if not (apart / KEK / name).exists():
            create_secret(apart / KEK / name, secret)
    return Brought(back, refused, head.expires)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):
            yield path.name, path.read_bytes()


def _key(secret: bytes, path: Path) -> bytes:
    if len(secret) != KEY_BYTES:
        raise Refused(Fault("secret_damaged", f"the sealing key has not {KEY_BYTES} bytes", str(path), "take the right file"))
    return secret


def erased_by(home: Home) -> Iterator[str]:
    """The subjects that the log of this home, where there is one, says were erased; in whichever shard."""
    for folder in (home.log, *sorted(home.log.glob("[0-9][0-9][0-9][0-9]"))):
        if (folder / "checkpoint").exists():
            yield from _erased_in(LogStore(folder), minimum_index(folder))


def _erased_in(log: LogStore, minimum: int) -> Iterator[str]:
    size = open_checkpoint(log.checkpoint(), Verifier.parse(log.vkey())).size
    for _, data in log.entries(minimum, size, size):
        if b'"type":"content.erased"' in data:
            entry = decode(data)
            if isinstance(entry, ContentErased) and entry.scope == "subject" and entry.caller:
                yield entry.caller
