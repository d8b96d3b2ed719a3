"""Does this copy of a Safeconduct log hold? One file for a stranger: Python 3.11, the ``cryptography`` package, no network.

It reads public formats (C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-policy, tlog-proof; RFC 6962,
RFC 8785) and shares no line with the program that wrote the log. Keys come from the policy that you bring (--policy); without
one it uses those in the folder and says so. Exit codes, the first that applies: 14 unsigned (a signature or the quorum of
witnesses lacks), 12 forked (not the history seen before), 10 altered, 11 missing, 13 late (times that cannot be), 15 lawfully
erased (what was asked for is gone by the book), 0 it holds, 2 usage.

Entries of calls take a shortcut: a pattern of fields that the strict reader has read before, which fits nothing but canonical
ASCII objects of such fields in their order. All else goes to the strict reader, which parses JSON and writes it again to see
that it is canonical. So the shortcut saves time and never forgives.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import re  # noqa: TID251 - fixed patterns without backtracking (possessive), each over one entry of at most 65,535 bytes
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    LATTICE = True
except ImportError:
    LATTICE = False  # an older cryptography: ML-DSA cosignatures then count as absent

EXITS = {"unsigned": 14, "forked": 12, "altered": 10, "missing": 11, "late": 13, "erased": 15}  # in order of precedence
MAX_SHOWN = 100
WIDTH, HASH = 256, 32
SLACK = 10_000_000  # microseconds: the longest that an entry may wait for the tree, and that a clock may be off
BATCH = 8192  # entries that the log's keeper takes in one turn
MAX_SIZE = 2**53 - 1
MAX_FILE, MAX_BUNDLE, MAX_MANIFEST = 1_000_000, WIDTH * 65_537, 1 << 30  # bytes
sha256 = hashlib.sha256
_COUNT, _DIGEST = re.compile("0|[1-9][0-9]{0,15}").fullmatch, re.compile("[0-9a-f]{64}").fullmatch


class Bad(ValueError):
    """Bytes that do not hold; ``kind`` is one of EXITS."""

    def __init__(self, what: str, kind: str = "altered") -> None:
        super().__init__(what)
        self.kind = kind


class Report:
    def __init__(self, *, bar: bool = False) -> None:
        self.findings: list[dict[str, Any]] = []
        self.kinds: dict[str, int] = {}
        self.notes: list[str] = []
        self.logs: list[dict[str, Any]] = []
        self.shown: list[dict[str, Any]] = []
        self.bar = bar

    def add(self, kind: str, code: str, what: str, log: str = "", index: int = -1, file: str = "", writer: str = "") -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if len(self.findings) < MAX_SHOWN or self.kinds[kind] == 1:
            found = {"kind": kind, "code": code, "what": what, "log": log, "index": index, "file": file, "writer": writer}
            self.findings.append(found)

    def progress(self, done: int, size: int) -> None:
        if self.bar and (done % 16384 == 0 or done == size):
            sys.stderr.write(f"\r{done:,} of {size:,} entries ({done / max(1, size):.0%})" + "\r\x1b[K" * (done == size))
            sys.stderr.flush()


# Hashing: RFC 6962 section 2.1


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def fold(row: Sequence[bytes]) -> bytes:
    """The root of a perfect subtree: over a power of two of hashes."""
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[0::2], row[1::2], strict=True)]
    return row[0]


def root_of(levels: Sequence[Sequence[bytes]]) -> bytes:
    """The root over rows of hashes: ``levels[n]`` are roots over 256**n entries each, the higher levels to the left."""
    parts: list[tuple[int, bytes]] = []
    for level, row in reversed(list(enumerate(levels))):
        for root in row:
            height = 8 * level
            while parts and parts[-1][0] == height:
                root, height = fold([parts.pop()[1], root]), height + 1
            parts.append((height, root))
    root = parts.pop()[1] if parts else sha256(b"").digest()
    while parts:
        root = fold([parts.pop()[1], root])
    return root


def inclusion_root(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162 section 2.1.3.2), None when its length cannot be right."""
    inner = (index ^ (size - 1)).bit_length() if 0 <= index < size else -1
    if inner < 0 or len(path) != inner + (index >> inner).bit_count() or any(len(item) != HASH for item in path):
        return None
    root = leaf
    for level, item in enumerate(path):
        root = fold([item, root]) if level >= inner or index >> level & 1 else fold([root, item])
    return root


# Strict reading


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SIZE:
        raise Bad("holds a number beyond 2**53")
    return int(text)


def _no_float(text: str) -> Any:
    raise Bad(f"holds a number that is no integer ({text[:20]})")


def read_object(data: bytes) -> tuple[str, dict[str, Any]]:
    """The text, and the JSON object that it is. Raises Bad."""
    try:
        text = data.decode("utf-8")
        tree = json.loads(text, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as fault:
        raise Bad(str(fault) if isinstance(fault, Bad) else "is no JSON in UTF-8") from fault
    if not isinstance(tree, dict):
        raise Bad("is no JSON object")
    return text, tree


def canonical(value: Any) -> str:
    """RFC 8785 of values without floats, for names of ASCII: what else sorts differently is not canonical here."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def read_entry(data: bytes) -> dict[str, Any]:
    """An entry: the canonical form of what it says, with its writer's chain; calls with their outcome. Raises Bad."""
    text, entry = read_object(data)
    if canonical(entry) != text:
        raise Bad("is not in canonical form (RFC 8785)")
    numbers = [entry.get(name) for name in ("at", "seq", "v")] + [entry.get("closes_seq", 0)]
    words = [entry.get(name) for name in ("boot", "node", "type")]
    words += [entry.get({"call.decided": "effect", "call.ended": "outcome"}.get(str(entry.get("type")), "type"))]
    sound = all(type(number) is int and number >= 0 for number in numbers) and all(
        isinstance(word, str) and word for word in words
    )
    sound = sound and entry["seq"] > 0 and (entry.get("prev", "") == "" or bool(_DIGEST(str(entry["prev"]))))
    if not sound or not isinstance(entry.get("closes_boot", ""), str) or type(entry.get("forwarded", False)) is not bool:
        raise Bad("lacks what every entry of its type has, or has it in another shape")
    return entry


def decimal(text: str) -> int:
    if not _COUNT(text) or int(text) > MAX_SIZE:
        raise Bad("holds a number that is not plain decimal")
    return int(text)


def unbase64(text: str, length: int = 0) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as fault:
        raise Bad("holds what is not base64") from fault
    if base64.b64encode(raw).decode() != text or (length and len(raw) != length):
        raise Bad("holds base64 of another length, or with bits left over")
    return raw


_TEXT, _NUMBER, _FLAG = '"[^"]*+"', "(?:0|-?[1-9][0-9]{0,14}|[1-8][0-9]{15})", "(?:true|false)"
_LIST = f"\\[(?:{_TEXT}(?:,{_TEXT})*+)?+\\]"
_ALL = {"at": "([1-9][0-9]{0,14}|[1-8][0-9]{15})", "boot": '"([^"]++)"', "node": '"([^"]++)"', "prev": '"([0-9a-f]{64})"'}
_ALL |= {"seq": "([1-9][0-9]{0,14})"}
_CALL = {"closes_boot": '"([^"]*+)"', "closes_seq": "([1-9][0-9]{0,14})", "forwarded": f"({_FLAG})", "outcome": '"([^"]++)"'}
_CALLS = {"call.decided": {"effect": '"([^"]++)"'}, "call.ended": _CALL}
_OPTIONAL = ("closes_boot", "closes_seq", "forwarded", "prev")
_PLAIN = bytes(range(0x20, 0x7F)).replace(b"\\", b"")  # what stands for itself in canonical JSON (a quote ends a text)


class Shortcut:
    """Fits canonical entries of one type with these fields in their order. ``fit`` gives the texts of ``taken``, by name."""

    def __init__(self, kind: str, taken: dict[str, str]) -> None:
        self.tail, self.taken, self.fields = f',"type":"{kind}","v":1}}', taken, dict(taken)
        self.learn({})

    def learn(self, entry: dict[str, Any]) -> None:
        """Know the fields of an entry that the strict reader took."""
        for name, value in entry.items():
            if name < "type" and name.replace("_", "").isalnum() and name.isascii() and len(self.fields) < 100:
                kinds = {str: _TEXT, bool: _FLAG, int: _NUMBER, list: _LIST}
                self.fields.setdefault(name, kinds.get(type(value), _TEXT))
        parts = []
        for name in sorted(self.fields):
            needed = name in self.taken and name not in _OPTIONAL
            parts.append(f'(?:{"," * (name != "at")}"{name}":{self.fields[name]}){"" if needed else "?+"}')
        self.fit = re.compile("\\{" + "".join(parts) + re.escape(self.tail)).fullmatch


# Signatures: C2SP signed-note and tlog-cosignature


class Head(NamedTuple):
    """A checkpoint: origin, size and root; ``times`` are the POSIX seconds that trusted cosigners state for it."""

    origin: str
    size: int
    root: bytes
    times: tuple[int, ...] = ()


class Key(NamedTuple):
    """A public key with its name: kind 1 Ed25519, 4 Ed25519 cosignature/v1, 6 ML-DSA-44 cosignature."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode("utf-8", "surrogateescape") + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read ``name+hash+key``. Raises Bad."""
        name, digest, encoded = (*text.strip().split("+", 2), "", "")[:3]
        raw = unbase64(encoded)
        key = cls(name, raw[0] if raw else 0, raw[1:])
        if len(key.public) != {1: 32, 4: 32, 6: 1312}.get(key.kind) or name.split() != [name] or key.id.hex() != digest:
            raise Bad("is no verifier key (name+hash+key) of a kind that is known here")
        return key

    def signed(self, text: str, head: Head, signature: bytes) -> int:
        """The POSIX time that the signature states (0: none). Raises Bad when it does not fit."""
        at, message = 0, text.encode()
        if self.kind != 1:
            stamp, signature = signature[:8], signature[8:]
            at = int.from_bytes(stamp, "big")
            message = f"cosignature/v1\ntime {at}\n".encode() + message
        try:
            if self.kind == 6:
                cosigner, origin = (bytes([len(name.encode())]) + name.encode() for name in (self.name, head.origin))
                message = b"subtree/v1\n\x00" + cosigner + stamp + origin + bytes(8) + head.size.to_bytes(8, "big") + head.root
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as fault:
            raise Bad(f"the signature of {self.name} does not fit", "unsigned") from fault
        return at


def split_note(note: bytes) -> tuple[str, Head, list[tuple[str, bytes, bytes]]]:
    """Text, checkpoint, and (name, key id, signature) of each line. Raises Bad."""
    try:
        body, gap, tail = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError as fault:
        raise Bad("is not UTF-8") from fault
    lines, found = body.split("\n"), []
    if not gap or not tail.endswith("\n") or any(one < " " and one != "\n" for one in body + tail):
        raise Bad("is no signed note")
    if len(lines) != 3 or not lines[0]:
        raise Bad("is no checkpoint of three lines: origin, size and root")
    for line in tail[:-1].split("\n")[:100]:
        dash, name, encoded = (*line.split(" "), "", "")[:3]
        raw = unbase64(encoded)
        if dash != "\u2014" or not name or len(raw) < 5 or line.count(" ") != 2:
            raise Bad("has a line that is no signature")
        found.append((name, raw[:4], raw[4:]))
    return body + "\n", Head(lines[0], decimal(lines[1]), unbase64(lines[2], HASH)), found


class Trust:
    """Whose word is enough: a C2SP tlog-policy. Raises Bad with the line when it is none."""

    def __init__(self, data: bytes) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum, self.members = "", set[str]()
        if any((octet < 0x20 and octet not in b"\t\n") or octet == 0x7F for octet in data):
            raise Bad("is no policy: it holds control characters")
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            if words and not words[0].startswith("#") and not self._understood(words):
                raise Bad(f"is no policy: line {number} is not understood, or names what it may not")
        if not self.quorum:
            raise Bad("is no policy: it names no quorum")

    def _understood(self, words: list[str]) -> bool:
        known = {*self.witnesses, *self.groups}
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                key = Key.parse(vkey)
                self.logs.append(key)
                return key.kind != 4 and [log.public for log in self.logs].count(key.public) == 1
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self.witnesses[name] = key = Key.parse(vkey)
                alone = [witness.public for witness in self.witnesses.values()].count(key.public) == 1
                return key.kind != 1 and alone and name not in known and name != "none"
            case ["group", name, least, *inner]:
                count = {"any": 1, "all": len(inner)}.get(least) or decimal(least)
                single = len({*inner}) == len(inner) and {*inner} <= known and not self.members & {*inner}
                self.members |= {*inner}
                self.groups[name] = (count, inner)
                return single and 1 <= count <= len(inner) and name not in known and name != "none"
            case ["quorum", name] if not self.quorum:
                self.quorum = name
                return name in known or name == "none"
        return False

    def covers(self, name: str, signed: set[str]) -> bool:
        count, inner = self.groups.get(name, (0, []))
        return sum(self.covers(one, signed) for one in inner) >= count if inner else name == "none" or name in signed

    def open(self, note: bytes, also: Sequence[Key] = (), cosigner: Key | None = None) -> Head:
        """The checkpoint that a trusted log signed and the quorum cosigned. Raises Bad.

        ``also``: keys of shards, which a trusted root log names. ``cosigner`` is the log's own second key: it has to have signed.
        """
        text, head, lines = split_note(note)
        logs = [key for key in (*self.logs, *also) if key.name == head.origin]
        keys = {(key.name, key.id): key for key in (*logs, *self.witnesses.values(), *([cosigner] if cosigner else []))}
        pairs = [(keys[name, number], signature) for name, number, signature in lines if (name, number) in keys]
        times = {key: key.signed(text, head, signature) for key, signature in pairs if key.kind != 6 or LATTICE}
        witnesses = {name for name, key in self.witnesses.items() if key in times}
        if not any(key in times for key in logs):
            raise Bad(f"no key of the log {head.origin} that is trusted here signed this checkpoint", "unsigned")
        if not self.covers(self.quorum, witnesses):
            raise Bad(f"the quorum {self.quorum} lacks witnesses (there: {sorted(witnesses) or 'none'})", "unsigned")
        if cosigner and cosigner not in times and LATTICE:
            raise Bad("the log's own ML-DSA-44 cosignature lacks", "unsigned")
        return head._replace(times=tuple(at for at in times.values() if at))


class Folder:
    """Plain files below one folder. With a manifest, each file that is read is compared with what was promised."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.promised: dict[str, Any] | None = None
        self.same: dict[str, bool] = {}

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        """The bytes of a file. Raises Bad when it is not there, too long or no plain file."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self.path / name, flags)
        except OSError as fault:
            raise Bad(
                f"cannot be read ({fault.strerror})", "altered" if os.path.lexists(self.path / name) else "missing"
            ) from fault
        with os.fdopen(descriptor, "rb") as file:
            plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
            data = file.read(limit + 1) if plain else b""
        if not plain or len(data) > limit:
            raise Bad("is no plain file, or longer than such a file may be")
        if self.promised is not None:
            self.same[name] = self.promised.get(name) == sha256(data).hexdigest()
        return data

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def stems(self, name: str, ending: str) -> list[int]:
        """Numbers of the files called ``<number><ending>`` in a folder."""
        found = [one.name.removesuffix(ending) for one in (self.path / name).glob(f"*{ending}")]
        return sorted(int(stem) for stem in found if stem.isascii() and stem.isdigit() and len(stem) < 17)

    def everything(self) -> Iterator[str]:
        for where, _, files in os.walk(self.path):
            yield from ((Path(where) / name).relative_to(self.path).as_posix() for name in files)


def tile_name(level: int | str, index: int, width: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(groups)}" + ("" if width == WIDTH else f".p/{width}")


def moment(at: int) -> str:
    known = at < 253_402_300_800_000_000
    return (
        datetime.fromtimestamp(at // 1_000_000, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{at % 1_000_000:06d}Z") if known else f"{at} us"
    )


class Writer:
    """Where one writer's chain stands. ``open``: index * 2 + permitted, by seq; ``run``: where its last run of entries began."""

    __slots__ = ("at", "boot", "first", "holes", "index", "last", "late_after", "node", "open", "run", "seq", "stopped")

    def __init__(self, boot: str, node: str, seq: int, last: str) -> None:
        self.boot, self.node, self.first, self.seq, self.last = boot, node, seq + 1, seq, last
        self.at, self.index, self.run, self.late_after, self.stopped = 0, -1, -1, -1, False
        self.open: dict[int, int] = {}
        self.holes: list[range] = []


class Ledger:
    """All writers of one log: their chains, their calls, their times."""

    def __init__(self, say: Callable[..., None], *, pruned: bool, covers: list[tuple[int, int]]) -> None:
        self.say, self.pruned, self.covers = say, pruned, covers  # covers: (size, latest moment that an entry below may state)
        self.ahead = min((until for _, until in covers), default=MAX_SIZE)
        self.writers: dict[str, Writer] = {}
        self.early: dict[tuple[str, int], int] = {}
        self.waiting: list[tuple[int, int, str, int, int]] = []
        self.current: Writer | None = None
        self.newest, self.newest_index, self.rerun, self.waited = 0, -1, -1, 0

    def take(self, index: int, at: int, boot: str, node: str, prev: str, seq: int) -> Writer:
        """The chain and the times of one entry. The caller sets ``last`` to the entry's leaf hash afterwards."""
        writer = self.writers.get(boot)
        if writer is None:
            below = self.pruned and seq > 1
            writer = self.writers[boot] = Writer(boot, node, seq - 1 if below else 0, prev if below else "")
        if writer is not self.current:
            if writer.index > self.rerun and index - writer.run < BATCH:
                self.rerun = writer.index
                if self.waiting:
                    self.settle(self.rerun)
            writer.run, self.current = index, writer
        if seq != writer.seq + 1 or prev != writer.last or node != writer.node or writer.stopped:
            self._broken(index, writer, node, seq)
        if at >= self.newest:
            if at > self.ahead and (latest := min((until for size, until in self.covers if size > index), default=at)) < at:
                self.say("late", "ahead", f"says {moment(at)}, but was cosigned before {moment(latest)}", index, writer=boot)
            else:
                self.newest, self.newest_index = at, index
        elif at < self.newest - SLACK and writer.late_after != self.newest_index and at >= writer.at - SLACK:
            # No fault where a new keeper takes up what waited while none ran: it takes one writer's entries after another's and
            # then states its own start. Where writers alternate (one of them runs a second time), a keeper was there.
            writer.late_after = self.newest_index
            self.waiting.append((index, at, boot, self.newest_index, self.newest))
            self.settle(MAX_SIZE if len(self.waiting) > BATCH else self.rerun)
        if at < writer.at - SLACK:
            self.say("late", "clock", f"goes back from {moment(writer.at)} to {moment(at)}", index, writer=boot)
        writer.at, writer.seq, writer.index = at, seq, index
        return writer

    def _broken(self, index: int, writer: Writer, node: str, seq: int) -> None:
        due = writer.seq + 1
        if seq > due:
            writer.holes.append(range(due, seq))
            what = f"lacks its entry {due}" + (f" to {seq - 1}" if seq > due + 1 else "") + f" before {seq}"
            self.say("missing", "chain_gap", what, index, writer=writer.boot)
        elif seq < due:
            self.say("altered", "chain_order", f"repeats or reorders its entry {seq}", index, writer=writer.boot)
        else:
            what = "writes after it stopped" if writer.stopped else f"its entry {seq} does not follow what stands here before it"
            what = f"changes its node from {writer.node} to {node}" if node != writer.node else what
            self.say("altered", "chain_prev", what, index, writer=writer.boot)

    def settle(self, until: int) -> None:
        for index, at, boot, before, newest in self.waiting:
            if before <= until:
                what = f"says {moment(at)}, but stands after entry {before}, which says {moment(newest)}"
                self.say("late", "late", what, index, writer=boot)
        self.waiting = [one for one in self.waiting if one[3] > until]

    def keeper_started(self, at: int) -> None:
        self.waited += sum(one[1] <= at + SLACK for one in self.waiting)
        self.waiting = [one for one in self.waiting if one[1] > at + SLACK]

    def opened(self, index: int, writer: Writer, effect: str) -> None:
        if not self.early or self.early.pop((writer.boot, writer.seq), None) is None:
            writer.open[writer.seq] = index * 2 + (effect == "permit")

    def closed(self, index: int, writer: Writer, boot: str, seq: int, outcome: str, went: bool) -> None:
        owner = self.writers.get(boot)
        found = owner.open.pop(seq, None) if seq and owner is not None else None
        if found is None and seq:
            self._unopened(index, writer, boot, seq, outcome)
        elif not (found or 0) & 1 and (went or outcome in ("served", "cut")):
            self.say("altered", "not_permitted", "a call went out that no entry permits", index, writer=writer.boot)
        elif boot != writer.boot and found is not None and outcome != "abandoned":
            self.say("altered", "closed_foreign", f"closes a call of writer {boot}", index, writer=writer.boot)

    def _unopened(self, index: int, writer: Writer, boot: str, seq: int, outcome: str) -> None:
        owner = self.writers.get(boot)
        if (self.pruned and (owner is None or seq < owner.first)) or any(seq in hole for hole in (owner.holes if owner else ())):
            return  # opened where nothing is kept any more, or in a hole that is named already
        if owner is not None and owner.seq >= seq:
            what = f"closes call {seq} of writer {boot} a second time, or it was never opened"
            self.say("altered", "closed_twice", what, index, writer=writer.boot)
        elif outcome == "abandoned" and (boot, seq) not in self.early:
            self.early[boot, seq] = index
        else:
            self.say(
                "missing", "closed_unknown", f"closes call {seq} of writer {boot}, which is not here", index, writer=writer.boot
            )


class Log:
    """One log: a shard, or the root log of shards."""

    def __init__(self, folder: Folder, prefix: str, trust: Trust, keys: Sequence[Key], asked: Any, report: Report) -> None:
        self.folder, self.prefix, self.trust, self.keys, self.asked, self.report = folder, prefix, trust, keys, asked, report
        self.head, self.since, self.pruned_to = Head("", 0, b""), 0, 0
        self.levels: list[list[bytes]] = [[]]  # hashes of the rightmost, not yet full tile of each level
        self.counts: dict[str, int] = {}
        self.erased: dict[str, int] = {}  # what was erased ("subject S", "call C", "class C YYYY-MM"), and the entry that says so
        self.shards: dict[str, dict[str, Any]] = {}
        self.kept: dict[int, dict[str, Any]] = {}  # entries that something is asked about
        self.about: dict[str, dict[str, Any]] = {}  # the entries of the call that was asked about, by type
        self.pins: list[tuple[Head, str]] = []
        self.entries = {*folder.stems(prefix + "disclosures", ".json"), *([asked.entry] if asked.entry is not None else [])}
        self.ledger = Ledger(self.say, pruned=False, covers=[])
        self.cuts = {f',"type":"{kind}","v":1}}'.encode(): Shortcut(kind, _ALL | more) for kind, more in _CALLS.items()}

    def say(self, kind: str, code: str, what: str, index: int = -1, file: str = "", writer: str = "") -> None:
        self.report.add(kind, code, what, self.prefix.rstrip("/"), index, file and self.prefix + file, writer)

    def read(self, name: str, limit: int = MAX_FILE, index: int = -1) -> bytes:
        """The file, or nothing after having said why."""
        try:
            return self.folder.read(self.prefix + name, limit)
        except Bad as bad:
            self.say(bad.kind, "file", str(bad), index, name)
            return b""

    def open(self) -> bool:
        """The checkpoint, how much was pruned, and earlier checkpoints of this log."""
        try:
            own = self.read("log.cosign.vkey") if self.folder.has(self.prefix + "log.cosign.vkey") else b""
            cosigner = Key.parse(own.decode("ascii", "replace")) if own else None
            self.head = self.trust.open(self.folder.read(self.prefix + "checkpoint"), self.keys, cosigner)
            if self.folder.has(self.prefix + "pruned"):
                self.since = decimal(self.folder.read(self.prefix + "pruned").decode("ascii", "replace").removesuffix("\n"))
            for name, note in self.asked.pins:
                if split_note(note)[1].origin == self.head.origin:
                    self.pins.append((self.trust.open(note, self.keys), name))
        except Bad as bad:
            self.say(bad.kind, "checkpoint", str(bad), file="checkpoint")
            return False
        for pin, name in self.pins:
            if pin.size > self.head.size:
                self.say("forked", "rollback", f"{name} shows {pin.size} entries, here are {self.head.size}", self.head.size)
        seen = [(head.size, (at + 1) * 1_000_000 + SLACK) for head, _ in (*self.pins, (self.head, "")) for at in head.times]
        self.ledger = Ledger(self.say, pruned=self.since > 0, covers=seen)
        return True

    def run(self) -> None:
        """Every entry against its tile, every tile against the root, every chain, call and time."""
        size, tiles, level = self.head.size, self.since // WIDTH, 1
        while tiles:  # what was pruned lives on in the tiles above it: each hash there stands for a whole tile below
            data = self._tile(level, tiles // WIDTH)[: tiles % WIDTH * HASH] if tiles % WIDTH else b""
            self.levels.append([data[at : at + HASH] for at in range(0, len(data), HASH)])
            tiles, level = tiles // WIDTH, level + 1
        for number in range(self.since // WIDTH, -(-size // WIDTH)):
            if not self._bundle(number, number * WIDTH):
                return
            self.report.progress(min(size, (number + 1) * WIDTH), size)
        for level, row in enumerate(self.levels[1:], 1):
            self._compare(level, (size >> 8 * level) // WIDTH, row)
        if root_of(self.levels) != self.head.root and not self.report.kinds.keys() & {"altered", "missing"}:
            self.say(
                "altered", "root", f"the entries lead to root {root_of(self.levels).hex()}, signed is {self.head.root.hex()}"
            )
        if self.since > self.pruned_to:
            self.say("missing", "pruned", f"entries below {self.since} are gone, and no entry log.pruned says so", file="pruned")
        self.ledger.settle(MAX_SIZE)
        for (boot, seq), index in self.ledger.early.items():
            self.say("missing", "closed_unknown", f"closes call {seq} of writer {boot}, which is not here", index)

    def _tile(self, level: int, number: int, kind: str = "") -> bytes:
        """A tile or bundle as wide as the checkpoint makes it, or the full one. Nothing, and said so, when it is not whole."""
        width = min(WIDTH, (self.head.size >> 8 * level) - number * WIDTH)
        name, full = (tile_name(kind or str(level), number, wide) for wide in (width, WIDTH))
        name = full if not self.folder.has(self.prefix + name) and self.folder.has(self.prefix + full) else name
        data = self.read(name, MAX_BUNDLE if kind else WIDTH * HASH, number * WIDTH << 8 * level)
        wrong = not kind and data and len(data) != (WIDTH if name == full else width) * HASH
        if wrong:
            short = "missing" if len(data) < width * HASH else "altered"
            self.say(short, "tile", "has another length", number * WIDTH << 8 * level, name)
        return b"" if wrong else data if kind else data[: width * HASH]

    def _compare(self, level: int, number: int, row: list[bytes]) -> None:
        data = self._tile(level, number) if row else b""
        if data and data != b"".join(row):
            name = tile_name(str(level), number, len(row))
            for at in [at for at in range(len(row)) if data[at * HASH : at * HASH + HASH] != row[at]]:
                self.say(
                    "altered", "tile", "what is here and its hash in the tile differ", (number * WIDTH + at) << 8 * level, name
                )

    def _split(self, data: bytes, number: int, width: int) -> list[bytes]:
        at, entries, name = 0, list[bytes](), tile_name("entries", number, width)
        while data and len(entries) < width:
            until = at + 2 + int.from_bytes(data[at : at + 2], "big")
            if until > len(data) or at + 2 > len(data):
                what = f"is cut short after {len(entries)} of {width} entries"
                self.say("missing", "bundle", what, number * WIDTH + len(entries), name)
                return entries
            entries.append(data[at + 2 : until])
            at = until
        if at < len(data) and (width == WIDTH or self.folder.has(self.prefix + name)):
            self.say("altered", "bundle", f"holds more than {width} entries", number * WIDTH + width, name)
        return entries

    def _bundle(self, number: int, first: int) -> bool:
        width = min(WIDTH, self.head.size - first)
        entries = self._split(self._tile(0, number, "entries"), number, width)
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        if len(entries) == width:
            self._compare(0, number, leaves)
        elif data := self._tile(
            0, number
        ):  # the tile stands for what is missing, which was said, so that the rest can be checked
            leaves = [data[at : at + HASH] for at in range(0, len(data), HASH)]
        else:
            return False
        self._entries(first, entries, leaves)
        for pin, name in self.pins:
            if first < pin.size <= first + width and root_of([leaves[: pin.size - first], *self.levels[1:]]) != pin.root:
                self.say("forked", "fork", f"the first {pin.size} entries are not those that {name} shows", pin.size)
        level = 0
        self.levels[0] = leaves
        while len(row := self.levels[level]) == WIDTH:
            if level:
                self._compare(level, first >> 8 * level + 8, row)
            self.levels[level], level = [], level + 1
            self.levels += [[]] * (level == len(self.levels))
            self.levels[level] = [*self.levels[level], fold(row)]
        return True

    def _entries(self, first: int, entries: list[bytes], leaves: list[bytes]) -> None:
        """The hot loop: entries of calls by the shortcut, all others by the strict reader."""
        take, opened, closed, call = self.ledger.take, self.ledger.opened, self.ledger.closed, self.asked.call.encode()
        plain = not b"".join(entries).translate(None, _PLAIN)
        slow = {index for index in self.entries if first <= index < first + WIDTH}
        (d_tail, d_cut), (e_tail, e_cut) = self.cuts.items()
        decided = ended = 0
        for index, (data, leaf) in enumerate(zip(entries, leaves, strict=False), first):
            if (plain or not data.translate(None, _PLAIN)) and index not in slow and (not call or call not in data):
                if data.endswith(e_tail) and (found := e_cut.fit(data.decode("ascii"))):
                    at, boot, owner, seq, went, node, outcome, prev, own = found.groups()
                    writer = take(index, int(at), boot, node, prev or "", int(own))
                    closed(index, writer, owner or "", int(seq or 0), outcome, went == "true")
                    writer.last, ended = leaf.hex(), ended + 1
                    continue
                if data.endswith(d_tail) and (found := d_cut.fit(data.decode("ascii"))):
                    at, boot, effect, node, prev, own = found.groups()
                    writer = take(index, int(at), boot, node, prev or "", int(own))
                    opened(index, writer, effect)
                    writer.last, decided = leaf.hex(), decided + 1
                    continue
            self.strict(index, data, leaf)
        self.counts["call.decided"] = self.counts.get("call.decided", 0) + decided
        self.counts["call.ended"] = self.counts.get("call.ended", 0) + ended

    def strict(self, index: int, data: bytes, leaf: bytes) -> None:
        """One entry of any type, read strictly."""
        try:
            entry = read_entry(data)
        except Bad as bad:
            self.say("altered", "entry", str(bad), index)
            return
        kind = entry["type"] if entry["v"] == 1 else f"{entry['type']} v{entry['v']}"
        writer = self.ledger.take(index, entry["at"], entry["boot"], entry["node"], entry.get("prev", ""), entry["seq"])
        writer.last, writer.stopped = leaf.hex(), kind == "writer.stopped"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.note(index, kind, entry)
        if (kind == "writer.started") != (entry["seq"] == 1):
            self.say("altered", "chain_start", "a writer starts once, and with that", index, writer=entry["boot"])
        if kind == "writer.started" and entry.get("role") == "keeper":
            self.ledger.keeper_started(entry["at"])
        elif kind == "call.decided":
            self.ledger.opened(index, writer, entry["effect"])
        elif kind == "call.ended":
            boot, seq, went = entry.get("closes_boot", ""), entry.get("closes_seq", 0), entry.get("forwarded", False)
            self.ledger.closed(index, writer, boot, seq, entry["outcome"], went)
        if kind in _CALLS and not set(entry) <= self.cuts[f',"type":"{kind}","v":1}}'.encode()].fields.keys() | {"type", "v"}:
            self.cuts[f',"type":"{kind}","v":1}}'.encode()].learn(entry)

    def note(self, index: int, kind: str, entry: dict[str, Any]) -> None:
        """Remember what questions may be about."""
        if index in self.entries:
            self.kept[index] = entry
        if self.asked.call and entry.get("call") == self.asked.call:
            self.about[kind] = entry
        if kind == "content.erased":
            scope = str(entry.get("scope"))
            what = {"subject": entry.get("caller"), "call": entry.get("call")}.get(
                scope, f"{entry.get('kept_class')} {entry.get('month')}"
            )
            self.erased.setdefault(f"{scope} {what}", index)
        elif kind == "log.pruned" and type(entry.get("minimum_index")) is int:
            self.pruned_to = max(self.pruned_to, entry["minimum_index"])
        elif kind in ("shard.opened", "shard.closed") and isinstance(entry.get("origin"), str):
            self.shards.setdefault(entry["origin"], {}).update(entry)

    # what is asked about beside the whole

    def proofs(self) -> None:
        """Entries by themselves, each with its path to the signed root: nothing is said about what lies between them."""
        for index in self.folder.stems(self.prefix + "proofs", ".tlog-proof"):
            name = f"proofs/{index}.tlog-proof"
            try:
                self.proof(self.folder.read(self.prefix + name), index)
            except Bad as bad:
                self.say(bad.kind, "proof", str(bad), index, name)

    def proof(self, data: bytes, due: int = -1) -> int:
        """Check a C2SP tlog-proof whose entry is in its extra line. Raises Bad."""
        text, gap, note = data.partition(b"\n\n")
        version, extra, index, *path = text.decode("utf-8", "replace").split("\n") if text.count(b"\n") >= 2 else ("", "", "")
        if (version, extra[:6], index[:6]) != ("c2sp.org/tlog-proof@v1", "extra ", "index ") or not gap or len(path) > 63:
            raise Bad("is no proof that holds its entry")
        head, entry, place = self.trust.open(note, self.keys), unbase64(extra[6:]), decimal(index[6:])
        root = inclusion_root(place, head.size, leaf_hash(entry), [unbase64(item, HASH) for item in path])
        if root != head.root or due not in (-1, place):
            raise Bad(f"does not lead from entry {place} to the signed root of {head.size}")
        if self.head.size == head.size and self.head.root != head.root:
            raise Bad("is of another tree than the checkpoint here", "forked")
        self.note(place, (read := read_entry(entry))["type"], read)
        self.kept[place] = read
        return place

    def questions(self) -> None:
        """Disclosed fields, the entries that were asked for, and kept content."""
        for index in self.folder.stems(self.prefix + "disclosures", ".json"):
            name = f"disclosures/{index}.json"
            try:
                self._disclosed(index, read_object(self.folder.read(self.prefix + name))[1])
            except (Bad, TypeError, KeyError, ValueError) as bad:
                self.say(getattr(bad, "kind", "altered"), "disclosure", str(bad) or "has another shape", index, name)
        if not self.prefix and self.asked.entry is not None:
            index = self.asked.entry
            if index in self.kept:
                self.report.shown.append({"index": index, "entry": self.kept[index]})
            elif index < self.since:
                self.say("erased", "pruned", f"was pruned with everything below {self.since}", index)
            else:
                self.say("missing", "entry", f"is not among the {self.head.size} entries", index)

    def _erased(self, entry: dict[str, Any]) -> int:
        """The entry that says that this one's subject, call or content was erased; -1 when none does."""
        month = f"{entry.get('kept_class')} {moment(entry['at'])[:7]}"
        keys = (f"subject {entry.get('caller')}", f"call {entry.get('call')}", f"class {month}")
        return next((self.erased[key] for key in keys if key in self.erased), -1)

    def _disclosed(self, index: int, told: dict[str, Any]) -> None:
        entry = self.kept.get(index)
        if entry is None:
            raise Bad("is about an entry that is not here", "erased" if index < self.since else "missing")
        for one in told["fields"]:
            if not one.get("salt"):
                gone = self._erased(entry)
                what = (
                    f"{one['field']} was erased by entry {gone}"
                    if gone >= 0
                    else f"{one['field']} is not opened, and no entry says why"
                )
                raise Bad(what, "erased" if gone >= 0 else "missing")
            message = canonical([one["name"], one["value"]]).encode()
            opened = hmac.new(bytes.fromhex(one["salt"]), message, "sha256").hexdigest()
            if not one["field"].endswith("_commitment") or told["index"] != index or entry.get(one["field"]) != opened:
                raise Bad(f"{one['field']} does not open to that value")
            self.report.shown.append({"index": index, "field": one["name"], "value": one["value"]})

    def content(self) -> bool:
        """Whether the call that was asked about is in this log; compares its kept content with what the entry says."""
        entry = self.about.get("call.decided" if self.asked.part == "request" else "call.ended")
        if entry is None:
            return False
        gone = self._erased({**self.about.get("call.decided", {}), **entry})
        place, due = f"{entry.get('kept_place', '')} ({self.asked.part} of call {self.asked.call})", entry.get("kept_sha256")
        if gone >= 0:
            self.say("erased", "content", f"{place} was erased by entry {gone}", gone)
        elif self.asked.content is None or not due:
            self.report.notes.append(f"{place} is sha256 {due}" if due else f"{place} was not kept")
        elif sha256(self.asked.content.read_bytes()).hexdigest() != due:
            self.say("altered", "content", f"{place} is not this file", file=str(self.asked.content))
        return True


def key_in(folder: Folder, name: str) -> Key:
    return Key.parse(folder.read(name).decode("ascii", "replace"))


def examine(path: Path, trust: Trust | None, asked: Any, report: Report) -> None:
    """A folder: its manifest if it has one, the root log, the first shard and all later ones."""
    folder, manifest = Folder(path), dict[str, Any]()
    try:
        if any(folder.has(name) for name in ("manifest.json", "verify.py", "README.md")):
            manifest = read_object(folder.read("manifest.json", MAX_MANIFEST))[1]
            folder.promised = dict(manifest.get("files", ()))
        else:
            report.notes.append("there is no manifest: this is taken for a copy of a log's own folder")
        if trust is None:
            report.notes.append("NO POLICY WAS GIVEN: keys are taken from this folder, so whoever made it vouches for himself")
            own = b"".join(b"log " + folder.read(name) for name in ("log.vkey", "root/log.vkey") if folder.has(name))
            trust = Trust(folder.read("policy") if folder.has("policy") else own + b"quorum none\n")
        elif folder.has("log.vkey") and key_in(folder, "log.vkey") not in trust.logs:
            report.add("unsigned", "key", "is not the key of a log that the policy trusts", file="log.vkey")
    except (Bad, TypeError, ValueError) as bad:
        at = "policy" if trust is None and (manifest or folder.promised is not None) else "manifest.json"
        report.add(getattr(bad, "kind", "altered"), "bundle", str(bad), file=at)
    if trust is None:
        return
    logs = each_log(folder, trust, asked, report, whole=manifest.get("scope", "whole") == "whole")
    if asked.call and not sum(log.content() for log in logs):
        report.add("missing", "call", f"no {asked.part} of call {asked.call} is here")
    first = next((log for log in logs if not log.prefix), None)
    if manifest and first and first.head.size:
        due = {"v": 1, "origin": first.head.origin, "size": first.head.size, "root": first.head.root.hex()}
        due |= {"question": "", "until": first.head.size, "indexes": []} if manifest.get("scope") == "whole" else {}
        due |= {"indexes": first.folder.stems("proofs", ".tlog-proof")} if manifest.get("scope") in ("range", "question") else {}
        for name, value in due.items():
            if manifest.get(name) != value:
                report.add("altered", "manifest", f"says another {name} than what is here", file="manifest.json")
    promised = folder.promised or {}
    for name in sorted({*promised, *folder.everything()} - {"manifest.json"}) if folder.promised is not None else ():
        try:
            if name not in folder.same and name in promised:
                folder.read(name, MAX_BUNDLE)
            if not folder.same.get(name):
                report.add("altered", "manifest", "is not what the manifest promises", file=name)
        except Bad as bad:
            report.add(bad.kind, "file", str(bad), file=name)


def each_log(folder: Folder, trust: Trust, asked: Any, report: Report, *, whole: bool) -> list[Log]:
    """Examine the root log, which names the keys of shards, then the first shard and the later ones."""
    logs: list[Log] = []
    shards: dict[str, dict[str, Any]] = {}
    keys: list[Key] = []
    later = sorted(f"{one.name}/" for one in folder.path.iterdir() if one.name.isdigit())
    for prefix in ["root/"] * folder.has("root/checkpoint") + ["", *later]:
        log = Log(folder, prefix, trust, keys, asked, report)
        logs.append(log)
        if not log.open():
            continue
        log.run() if whole else log.proofs()
        log.questions()
        if prefix == "root/":
            shards = {origin: shard for origin, shard in log.shards.items() if whole}
            keys += [Key.parse(str(shard["vkey"])) for shard in shards.values() if "vkey" in shard]
        elif (shard := shards.pop(log.head.origin, {})).get("type") == "shard.closed":
            closed = (shard.get("size"), shard.get("root"))
            if closed != (log.head.size, log.head.root.hex()):
                log.say("forked", "shard", f"was closed with {shard.get('size')} entries under another root", log.head.size)
        told = {"folder": prefix.rstrip("/"), "origin": log.head.origin, "size": log.head.size, "root": log.head.root.hex()}
        open_calls = sum(len(writer.open) for writer in log.ledger.writers.values())
        told |= {"entries": log.counts, "writers": len(log.ledger.writers), "open_calls": open_calls, "pruned": log.since}
        report.logs.append(told | {"waited": log.ledger.waited, "erased": len(log.erased), "proven": len(log.kept) * (not whole)})
    for origin in shards:
        report.add("missing", "shard", f"the shard {origin} that the root log names is not here")
    return logs


def tell(report: Report, code: int) -> None:
    """The findings for a person, the gravest kind first, each with its place."""
    say = sys.stdout.write
    for log in report.logs:
        say(f"{log['origin']}: {log['size']:,} entries of {log['writers']} writers, root {log['root']}\n")
        say("  " + ", ".join(f"{count:,} {name}" for name, count in sorted(log["entries"].items()) if count) + "\n")
        notes = {
            "pruned": "entries pruned at the start",
            "erased": "erasures on record",
            "open_calls": "calls without outcome yet",
        }
        notes |= {
            "waited": "entries waited while no keeper ran",
            "proven": "entries proven, and nothing about those between them",
        }
        say("".join(f"  {log[name]:,} {text}\n" for name, text in notes.items() if log[name]))
    for line in [*report.notes, *(json.dumps(shown, ensure_ascii=False) for shown in report.shown)]:
        say(f"  {line}\n")
    order = list(EXITS)
    for one in sorted(report.findings, key=lambda one: (order.index(one["kind"]), one["log"], one["index"])):
        place = ", ".join(f"{name} {one[name]}" for name in ("log", "index", "file", "writer") if one[name] not in ("", -1))
        say(f"{one['kind'].upper()} ({one['code']}): {place}: {one['what']}\n")
    hidden = sum(report.kinds.values()) - len(report.findings)
    say(f"and {hidden:,} findings more\n" * (hidden > 0))
    say("IT HOLDS\n" if not code else f"{next(kind for kind, one in EXITS.items() if one == code)}: exit code {code}\n")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify.py", description="Does this copy of a Safeconduct log hold?", allow_abbrev=False
    )
    parser.add_argument("bundle", nargs="?", type=Path, help="folder that was exported, or a copy of a log's folder")
    parser.add_argument("--policy", type=Path, help="C2SP tlog-policy: the keys of logs and witnesses that you trust")
    parser.add_argument("--pin", type=Path, action="append", default=[], help="a checkpoint seen earlier, or by somebody else")
    parser.add_argument("--proof", type=Path, help="a .tlog-proof by itself")
    parser.add_argument("--entry", type=int, help="show this entry")
    parser.add_argument("--call", default="", help="id of a call whose kept content is asked about")
    parser.add_argument("--part", choices=("request", "answer"), default="request", help="of that call")
    parser.add_argument("--content", type=Path, help="the encrypted content, to be compared with the entry")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    asked = parser.parse_args(words)
    try:
        asked.pins = [(path.name, path.read_bytes()) for path in asked.pin]
        asked.trust = Trust(asked.policy.read_bytes()) if asked.policy else None
        asked.heads = [split_note(note)[1] for _, note in asked.pins]
    except (OSError, Bad) as fault:
        parser.error(str(fault))
    if (asked.bundle is None and (asked.proof is None or asked.trust is None)) or (asked.bundle and not asked.bundle.is_dir()):
        parser.error("name a folder, or a --proof with a --policy")
    return asked


def judge(asked: argparse.Namespace, trust: Trust | None, report: Report) -> int:
    """The exit code."""
    if asked.proof and trust is not None:
        log = Log(Folder(asked.proof.parent), "", trust, (), asked, report)
        try:
            index = log.proof(log.folder.read(asked.proof.name))
            report.shown.append({"index": index, "entry": log.kept[index]})
        except Bad as bad:
            log.say(bad.kind, "proof", str(bad), file=asked.proof.name)
    if asked.bundle:
        examine(asked.bundle, trust, asked, report)
    return next((code for kind, code in EXITS.items() if kind in report.kinds), 0)


def main() -> int:
    asked, report = arguments(), Report(bar=sys.stderr.isatty())
    code = judge(asked, asked.trust, report)
    if asked.json:
        told = {"exit": code, "holds": not code, "logs": report.logs, "findings": report.findings, "kinds": report.kinds}
        sys.stdout.write(json.dumps(told | {"notes": report.notes, "shown": report.shown}, indent=1) + "\n")
    else:
        tell(report, code)
    return code


if __name__ == "__main__":
    sys.exit(main())
