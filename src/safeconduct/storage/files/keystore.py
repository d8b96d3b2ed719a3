"""Where do our own secrets lie? Small files, 0600, created once, never overwritten, refused when others could read them.

Randomness is given in. No error quotes a secret.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from safeconduct.audit.cosignature import COSIGNATURE_MLDSA44, ED25519, SEED_BYTES
from safeconduct.audit.note import NoteInvalid, Signer, encode_seed
from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Fault, Refused

MAX_SECRET_BYTES = 65_536
Random = Callable[[int], bytes]


def create_secret(path: Path, secret: bytes, disk: Disk | None = None) -> None:
    """Write a new secret file, durable before this returns. Raises Refused when one is there already."""
    disk = disk or Disk()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    fd = disk.create(fresh, 0o600)
    try:
        disk.write(fd, secret, 0)
        disk.fsync(fd)
    finally:
        os.close(fd)
    try:
        os.link(fresh, path)  # unlike rename, never replaces a key that somebody else has just made
    except FileExistsError as fault:
        raise Refused(
            Fault("secret_exists", "the secret is there already", str(path), "keep it; it is never replaced")
        ) from fault
    finally:
        disk.unlink(fresh)
    disk.sync_directory(path.parent)


def read_secret(path: Path) -> bytes:
    """The secret. Raises Refused when it is missing, readable by others, empty or far too long."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as fault:
        what = f"the secret cannot be opened ({fault.strerror})"
        raise Refused(Fault("secret_unreadable", what, str(path), "run init, or restore it from your backup")) from fault
    try:
        mode = os.fstat(fd).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            what = f"others may read the secret (mode {stat.S_IMODE(mode):04o})"
            raise Refused(Fault("secret_exposed", what, str(path), "chmod 600 it, and replace what it protects"))
        secret = os.read(fd, MAX_SECRET_BYTES + 1)
    finally:
        os.close(fd)
    if not secret or len(secret) > MAX_SECRET_BYTES:
        raise Refused(Fault("secret_invalid", "the secret is empty or too long", str(path), "restore it from your backup"))
    return secret


def load_or_create(path: Path, random: Random, size: int = 32) -> bytes:
    """A secret of ``size`` random bytes, made on the first call."""
    if not path.exists():
        try:
            create_secret(path, random(size))
        except Refused:
            if not path.exists():
                raise  # not a race with another process that made it
    return read_secret(path)


def log_signer(path: Path, origin: str, random: Random) -> Signer:
    """The log's Ed25519 signer, made on the first call. Raises Refused when the key is of another log or damaged."""
    return _log_key(path, origin, random, ED25519)


def log_cosigner(path: Path, origin: str, random: Random) -> Signer:
    """The log's own ML-DSA-44 cosigner, called like the log, made on the first call. Raises Refused as ``log_signer`` does."""
    return _log_key(path, origin, random, COSIGNATURE_MLDSA44)


def signing_key(path: Path, name: str, random: Random, algorithm: bytes) -> Signer:
    """A signer called ``name``, made on the first call. Raises Refused when the file is damaged or of another kind of key."""
    if not path.exists():
        try:
            create_secret(path, encode_seed(name, random(SEED_BYTES), algorithm).encode() + b"\n")
        except Refused:
            if not path.exists():
                raise
    return read_signer(path, algorithm)


def read_signer(path: Path, algorithm: bytes) -> Signer:
    """The signer that lies there. Raises Refused when there is none, or it is damaged or of another kind of key."""
    try:
        signer = Signer.parse(read_secret(path).decode("ascii", "replace"))
    except NoteInvalid as fault:
        raise Refused(Fault("log_key_invalid", str(fault), str(path), "restore it from your backup")) from fault
    if signer.verifier.algorithm != algorithm:
        what = "the key is of another kind than this file should hold"
        raise Refused(Fault("log_key_invalid", what, str(path), "restore it from your backup"))
    return signer


def _log_key(path: Path, origin: str, random: Random, algorithm: bytes) -> Signer:
    signer = signing_key(path, origin, random, algorithm)
    if signer.verifier.name != origin:
        what = f"the key signs for {signer.verifier.name}, the settings name the log {origin}"
        raise Refused(Fault("log_key_foreign", what, str(path), "set log.origin back; a log never changes its name"))
    return signer
