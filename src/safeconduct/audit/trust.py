"""Whose word is enough for a checkpoint? A trust policy in the form of C2SP tlog-policy, read strictly.

A policy names logs, witnesses, groups of witnesses (k of n, nested) and one quorum. A checkpoint is good when a listed log
of its origin signed it and the quorum cosigned it. Keys come from this file only, never from the log that is judged.

INVARIANT: P7 - whoever holds the log's key alone cannot show two trees to two people once a quorum of witnesses is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from safeconduct.audit.cosignature import COSIGNATURE_MLDSA44, COSIGNATURES, ED25519
from safeconduct.audit.head import Checkpoint, NoteInvalid, decimal
from safeconduct.audit.note import Verifier, open_timed

MAX_POLICY_BYTES = 262_144  # a witness with an ML-DSA-44 key takes some 1,900
MAX_LINES = 1_000
MAX_NAMED = 100  # logs, witnesses and groups, each
NONE = "none"
LOG_KEYS = (ED25519, COSIGNATURE_MLDSA44)  # what a log may sign with (C2SP tlog-checkpoint, Signatures)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is trusted for its own origin. ``url`` may be empty."""

    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness; ``name`` is the policy's own word for it, the key's name is in ``verifier``."""

    name: str
    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``threshold`` of ``members`` (witnesses or groups named before it)."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint that the policy accepts, and who signed it: names of witnesses with the POSIX seconds they state."""

    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """A policy. ``quorum`` is the name of a witness or a group, or ``none``."""

    logs: tuple[Log, ...]
    witnesses: dict[str, Witness]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def parse(cls, data: bytes) -> Trust:
        """Read a policy file. Raises NoteInvalid that names the line."""
        if len(data) > MAX_POLICY_BYTES:
            raise NoteInvalid("the policy is longer than a policy may be")
        if any((octet < 0x20 and octet not in b"\t\n") or octet == 0x7F for octet in data):
            raise NoteInvalid("the policy holds control characters other than tab and newline")
        if not data.endswith(b"\n"):
            raise NoteInvalid("the policy's last line does not end in a newline")
        lines = data[:-1].split(b"\n")
        if len(lines) > MAX_LINES:
            raise NoteInvalid(f"the policy has more than {MAX_LINES} lines")
        reading = _Reading()
        for number, line in enumerate(lines, 1):
            words = [word.decode("utf-8", "surrogateescape") for word in line.replace(b"\t", b" ").split(b" ") if word]
            if words and not words[0].startswith("#"):
                try:
                    reading.take(words)
                except NoteInvalid as wrong:
                    raise NoteInvalid(f"line {number} of the policy: {wrong}") from wrong
        if not reading.quorum:
            raise NoteInvalid("the policy has no quorum line")
        return cls(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)

    def check(self, note: bytes) -> Checkpoint:
        """The checkpoint in the note. Raises NoteInvalid when no listed log of its origin signed it or the quorum lacks."""
        return self.vouch(note).checkpoint

    def vouch(self, note: bytes) -> Vouched:
        """Like ``check``, and tells which witnesses signed."""
        known = [log.verifier for log in self.logs] + [witness.verifier for witness in self.witnesses.values()]
        text, signed = open_timed(note, known)
        checkpoint = Checkpoint.parse(text)
        times = dict(signed)
        if not any(log.verifier in times and log.verifier.name == checkpoint.origin for log in self.logs):
            raise NoteInvalid(f"no key of the log {checkpoint.origin} that the policy lists signed this checkpoint")
        seen = tuple((name, times[one.verifier]) for name, one in self.witnesses.items() if one.verifier in times)
        if self.quorum != NONE and not self._covers(self.quorum, {name for name, _ in seen}):
            raise NoteInvalid(f"the quorum lacks cosignatures: {len(seen)} of {len(self.witnesses)} witnesses signed")
        return Vouched(checkpoint, seen)

    def log_of(self, origin: str) -> Log | None:
        """A listed log of that origin, the first if several keys are listed."""
        return next((log for log in self.logs if log.verifier.name == origin), None)

    def _covers(self, name: str, seen: set[str]) -> bool:
        if name in self.witnesses:
            return name in seen
        group = self.groups[name]
        return sum(self._covers(member, seen) for member in group.members) >= group.threshold


def compose(
    logs: Sequence[Verifier], witnesses: Sequence[tuple[str, Verifier]], quorum: str | int = NONE, note: str = ""
) -> bytes:
    """The text of a policy over these keys. A number as ``quorum`` asks for that many of all witnesses.

    ``note`` becomes comment lines at the top. Raises NoteInvalid when what comes out is no policy.
    """
    lines = [f"# {line}" for line in note.splitlines()]
    lines += [f"log {log}" for log in logs]
    lines += [f"witness {name} {verifier}" for name, verifier in witnesses]
    if isinstance(quorum, int):
        lines.append(f"group quorum-of-witnesses {quorum} {' '.join(name for name, _ in witnesses)}")
        quorum = "quorum-of-witnesses"
    text = "\n".join([*lines, f"quorum {quorum}", ""]).encode()
    Trust.parse(text)
    return text


@dataclass(slots=True)
class _Reading:
    """What the lines read so far say."""

    logs: list[Log] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: str = ""

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._log(_key(vkey, LOG_KEYS), "".join(url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._witness(name, _key(vkey, COSIGNATURES), "".join(url))
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._quorum(name)
            case [("log" | "witness" | "group" | "quorum") as kind, *_]:
                raise NoteInvalid(f"a {kind} line has other words than these")
            case _:
                raise NoteInvalid("a line starts with log, witness, group or quorum")

    def _log(self, verifier: Verifier, url: str) -> None:
        if any(verifier.public == other.verifier.public for other in self.logs):
            raise NoteInvalid("this log's key is listed already")
        if len(self.logs) == MAX_NAMED:
            raise NoteInvalid(f"there are more than {MAX_NAMED} logs")
        self.logs.append(Log(verifier, url))

    def _witness(self, name: str, verifier: Verifier, url: str) -> None:
        self._fresh(name, self.witnesses)
        if any(verifier.public == other.verifier.public for other in self.witnesses.values()):
            raise NoteInvalid("this witness's key is listed already")
        self.witnesses[name] = Witness(name, verifier, url)

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._fresh(name, self.groups)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise NoteInvalid("a member of this group is named nowhere before it")
            if member in self.members:
                raise NoteInvalid("a name is a member of one group, once")
            self.members.add(member)
        least = {"any": 1, "all": len(members)}.get(threshold) or decimal(threshold)
        if not 1 <= least <= len(members):
            raise NoteInvalid("a group asks for at least one and at most all of its members")
        self.groups[name] = Group(least, tuple(members))

    def _quorum(self, name: str) -> None:
        if self.quorum:
            raise NoteInvalid("there is a second quorum line")
        if name != NONE and name not in self.witnesses and name not in self.groups:
            raise NoteInvalid("the quorum is named nowhere before it")
        self.quorum = name

    def _fresh(self, name: str, among: dict[str, Witness] | dict[str, Group]) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise NoteInvalid("this name is taken")
        if len(among) == MAX_NAMED:
            raise NoteInvalid(f"there are more than {MAX_NAMED} of them")


def _key(vkey: str, kinds: Sequence[bytes]) -> Verifier:
    if not vkey.isascii():
        raise NoteInvalid("a key is written in ASCII")
    verifier = Verifier.parse(vkey)
    if verifier.algorithm not in kinds:
        raise NoteInvalid("this key is of a kind that does not fit its line")
    return verifier
