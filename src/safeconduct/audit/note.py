"""Who signed this text? C2SP signed-note v1.0.0 with Ed25519 keys.

A note is text ending in a newline, an empty line, and signature lines ``— <name> <base64 of key id and signature>``.
The key id is the first four bytes of SHA-256(name, newline, 0x01, public key). Unknown keys are passed over, a known key with a
wrong signature turns the whole note down. Seeds are given in; nothing here draws randomness or reads files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
MAX_NOTE_BYTES = 1_000_000  # the bound that the Go implementation of the format uses
MAX_SIGNATURES = 100
_DASH = "\u2014 "


class NoteInvalid(ValueError):
    """The note is malformed, or a key we trust did not sign this text."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; ``key_id`` is four bytes."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def of(cls, name: str, public: bytes) -> Verifier:
        _check_name(name)
        if len(public) != 32:
            raise NoteInvalid("an Ed25519 public key has 32 bytes")
        return cls(name, hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4], public)

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read ``name+hash+key``. Raises NoteInvalid."""
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteInvalid("a verifier key reads name+hash+key")
        name, digest, key = parts
        raw = _unbase64(key)
        if raw[:1] != ED25519:
            raise NoteInvalid("the verifier key is of a kind that is not known here")
        verifier = cls.of(name, raw[1:])
        if verifier.key_id.hex() != digest:
            raise NoteInvalid("the verifier key does not match its own hash")
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.public)}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """A private key with its name. Never shown: repr and str name the key only."""

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier.of(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+hash+key`` (the form of Go's note package). Raises NoteInvalid, never quoting the text."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteInvalid("a signer key reads PRIVATE+KEY+name+hash+key")
        raw = _unbase64(parts[4])
        if raw[:1] != ED25519 or len(raw) != 33:
            raise NoteInvalid("the signer key is of a kind that is not known here")
        signer = cls(parts[2], raw[1:])
        if signer.verifier.key_id.hex() != parts[3]:
            raise NoteInvalid("the signer key does not match its own hash")
        return signer

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name!r})"

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def encode_seed(name: str, seed: bytes) -> str:
    """The text form that ``Signer.parse`` reads; a secret."""
    verifier = Signer(name, seed).verifier
    return f"PRIVATE+KEY+{name}+{verifier.key_id.hex()}+{_base64(ED25519 + seed)}"


def sign_note(text: str, *signers: Signer) -> bytes:
    """The note over ``text``. Raises NoteInvalid when the text cannot be one."""
    _check_text(text)
    lines = [
        f"{_DASH}{signer.verifier.name} {_base64(signer.verifier.key_id + signer.sign(text.encode()))}\n" for signer in signers
    ]
    return (text + "\n" + "".join(lines)).encode()


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> tuple[str, list[Verifier]]:
    """The text and who of ``verifiers`` signed it. Raises NoteInvalid when none did, or one of them did not sign this text."""
    text, lines = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed: list[Verifier] = []
    for line in lines:
        name, key_id, signature = _signature(line)
        verifier = known.get((name, key_id))
        if verifier is None or verifier in signed:
            continue
        if not verifier.verifies(text.encode(), signature):
            raise NoteInvalid(f"the signature of {name} does not fit this text")
        signed.append(verifier)
    if not signed:
        raise NoteInvalid("no key that is trusted here signed this note")
    return text, signed


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE_BYTES:
        raise NoteInvalid("the note is longer than a note may be")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NoteInvalid("the note is not UTF-8") from fault
    head, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteInvalid("the note has no signature lines after an empty line")
    _check_text(head + "\n")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid("the note has too many signatures")
    return head + "\n", lines


def _signature(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(_DASH):
        raise NoteInvalid("a signature line starts with an em dash and a space")
    name, separator, encoded = line[len(_DASH) :].partition(" ")
    raw = _unbase64(encoded)
    if not separator or len(raw) < 5:
        raise NoteInvalid("a signature line holds a name, then key id and signature in base64")
    _check_name(name)
    return name, raw[:4], raw[4:]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() or ord(character) < 0x20 for character in name):
        raise NoteInvalid("a key name is not empty and holds neither space nor plus")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteInvalid("a note's text ends in a newline")
    if any(ord(character) < 0x20 and character != "\n" for character in text):
        raise NoteInvalid("a note's text holds no control characters but newlines")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoteInvalid("this is not base64") from fault
    if _base64(raw) != text:
        raise NoteInvalid("this base64 has bits left over")  # one text, one meaning
    return raw
