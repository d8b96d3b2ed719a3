"""Who signed this text? C2SP signed-note v1.0.0, with keys of the kinds that cosignature knows.

A note is text ending in a newline, an empty line, and signature lines ``— <name> <base64 of key id and signature>``.
The key id is the first four bytes of SHA-256(name, newline, kind of key, public key). Unknown keys are passed over, a known key
with a wrong signature turns the whole note down. Seeds and times are given in; nothing here draws randomness or reads files.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.audit.cosignature import COSIGNATURE_MLDSA44, COSIGNATURES, SIZES, holds, message, open_seed, split_stamp, stamp
from safeconduct.audit.cosignature import ED25519 as ED25519
from safeconduct.audit.head import NoteInvalid as NoteInvalid
from safeconduct.audit.head import unbase64

MAX_NOTE_BYTES = 1_000_000  # the bound that the Go implementation of the format uses
MAX_SIGNATURES = 100
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; ``key_id`` is four bytes, ``algorithm`` one of cosignature's kinds."""

    name: str
    key_id: bytes
    public: bytes
    algorithm: bytes = ED25519

    @classmethod
    def of(cls, name: str, public: bytes, algorithm: bytes = ED25519) -> Verifier:
        """A verifier of a raw public key. Raises NoteInvalid."""
        _check_name(name)
        if algorithm not in SIZES:
            raise NoteInvalid("the verifier key is of a kind that is not known here")
        if len(public) != SIZES[algorithm].public:
            raise NoteInvalid(f"a public key of this kind has {SIZES[algorithm].public} bytes")
        key_id = hashlib.sha256(name.encode() + b"\n" + algorithm + public).digest()[:4]
        return cls(name, key_id, public, algorithm)

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read ``name+hash+key``. Raises NoteInvalid."""
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteInvalid("a verifier key reads name+hash+key")
        name, digest, key = parts
        raw = unbase64(key)
        verifier = cls.of(name, raw[1:], raw[:1])
        if verifier.key_id.hex() != digest:
            raise NoteInvalid("the verifier key does not match its own hash")
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.algorithm + self.public)}"

    @property
    def cosigner(self) -> bool:
        """Whether the key makes cosignatures, which carry a time."""
        return self.algorithm in COSIGNATURES

    @property
    def signs_extensions(self) -> bool:
        """Whether a signature of this kind covers a checkpoint's extension lines, so that it may be made over such a text."""
        return self.algorithm != COSIGNATURE_MLDSA44

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed the note's text; ``signature`` is what the line carries behind the key id."""
        return self.signed_at(text, signature) is not None

    def signed_at(self, text: bytes, signature: bytes) -> int | None:
        """POSIX second that the signature states (0: none stated); None when it is not this key's over this text."""
        try:
            at, bare = split_stamp(self.algorithm, signature)
            signed = message(self.algorithm, self.name, at, text.decode())
        except (NoteInvalid, UnicodeDecodeError):
            return None
        return at if holds(self.algorithm, self.public, signed, bare) else None


class Signer:
    """A private key with its name. Never shown: repr and str name the key only."""

    __slots__ = ("_sign", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: bytes = ED25519) -> None:
        public, self._sign = open_seed(algorithm, seed)
        self.verifier = Verifier.of(name, public, algorithm)

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+hash+key`` (the form of Go's note package). Raises NoteInvalid, never quoting the text."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteInvalid("a signer key reads PRIVATE+KEY+name+hash+key")
        raw = unbase64(parts[4])
        signer = cls(parts[2], raw[1:], raw[:1])
        if signer.verifier.key_id.hex() != parts[3]:
            raise NoteInvalid("the signer key does not match its own hash")
        return signer

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name!r})"

    def sign(self, text: bytes, at: int = 0) -> bytes:
        """What a note's line carries behind the key id. ``at`` (POSIX seconds) is stated by cosignatures only."""
        verifier = self.verifier
        bare = self._sign(message(verifier.algorithm, verifier.name, at, text.decode()))
        return stamp(at, bare) if verifier.cosigner else bare


def encode_seed(name: str, seed: bytes, algorithm: bytes = ED25519) -> str:
    """The text form that ``Signer.parse`` reads; a secret."""
    verifier = Signer(name, seed, algorithm).verifier
    return f"PRIVATE+KEY+{name}+{verifier.key_id.hex()}+{_base64(algorithm + seed)}"


def sign_note(text: str, *signers: Signer, at: int = 0) -> bytes:
    """The note over ``text``; cosigners among ``signers`` state the POSIX second ``at``. Raises NoteInvalid."""
    _check_text(text)
    return (text + "\n").encode() + b"".join(signature_line(text, signer, at) for signer in signers)


def signature_line(text: str, signer: Signer, at: int = 0) -> bytes:
    """One signature of a note over ``text``, newline included."""
    verifier = signer.verifier
    return f"{_DASH}{verifier.name} {_base64(verifier.key_id + signer.sign(text.encode(), at))}\n".encode()


def note_text(note: bytes) -> str:
    """The text of a well-formed note, by whomever it is signed. Raises NoteInvalid."""
    text, lines = _split(note)
    for line in lines:
        _signature(line)
    return text


def own_lines(note: bytes, lines: bytes, verifiers: Sequence[Verifier]) -> bytes:
    """Of the signature ``lines`` that somebody sent, those that keys of ``verifiers`` made over the note's text.

    Lines of other keys are passed over, and a second one of the same key. Raises NoteInvalid when a line is malformed, or a
    known key did not sign this text.
    """
    text, _ = _split(note)
    if not lines:
        return b""
    try:
        found = lines.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NoteInvalid("the signature lines are not UTF-8") from fault
    if not found.endswith("\n"):
        raise NoteInvalid("a signature line ends in a newline")
    sent = found[:-1].split("\n")
    if len(sent) > MAX_SIGNATURES:
        raise NoteInvalid("there are too many signature lines")
    kept = _known(text, sent, verifiers)
    return "".join(f"{line}\n" for line, _, _ in kept).encode()


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> tuple[str, list[Verifier]]:
    """The text and who of ``verifiers`` signed it. Raises NoteInvalid when none did, or one of them did not sign this text."""
    text, signed = open_timed(note, verifiers)
    return text, [verifier for verifier, _ in signed]


def open_timed(note: bytes, verifiers: Sequence[Verifier]) -> tuple[str, list[tuple[Verifier, int]]]:
    """Like ``open_note``, with the POSIX second that each signature states (0: none)."""
    text, lines = _split(note)
    signed = [(verifier, at) for _, verifier, at in _known(text, lines, verifiers)]
    if not signed:
        raise NoteInvalid("no key that is trusted here signed this note")
    return text, signed


def signers_of(note: bytes) -> list[tuple[str, bytes]]:
    """Name and key id of every signature line, in the order of the note; nothing is checked. Raises NoteInvalid."""
    return [_signature(line)[:2] for line in _split(note)[1]]


def _known(text: str, lines: Sequence[str], verifiers: Sequence[Verifier]) -> list[tuple[str, Verifier, int]]:
    """The lines of known keys, the first of each, in the order of the note, with key and stated time."""
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    kept: list[tuple[str, Verifier, int]] = []
    for line in lines:
        name, key_id, signature = _signature(line)
        verifier = known.pop((name, key_id), None)
        if verifier is None:
            continue
        at = verifier.signed_at(text.encode(), signature)
        if at is None:
            raise NoteInvalid(f"the signature of {name} does not fit this text")
        kept.append((line, verifier, at))
    return kept


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
    raw = unbase64(encoded)
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
