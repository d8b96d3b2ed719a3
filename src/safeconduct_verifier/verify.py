"""Does this copy of a Safeconduct log hold? One file for a stranger: Python 3.11, the ``cryptography`` package, no network.

It reads public formats (C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-policy, tlog-proof; RFC 6962, RFC
8785) and shares no line with the program that wrote the log. Keys come from the policy that you bring (--policy); without one it
uses those in the folder and says so. Exit codes, the first that applies: 14 unsigned (a signature or the quorum of witnesses
lacks), 12 forked (not the history seen before), 10 altered, 11 missing, 13 late (times that cannot be), 15 lawfully erased (what
was asked for is gone by the book), 0 it holds, 2 usage. Entries of calls take a shortcut that saves time and never forgives: a
pattern of fields that the strict reader has read, which fits nothing but canonical ASCII objects of such fields in their order.
INVARIANT: P7 - nothing of ours is imported; whatever was altered, dropped, dated back or shown twice is named with its place.
"""

# fmt: off
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
from collections.abc import Callable, Sequence
from contextlib import suppress
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
MAX_SHOWN, WIDTH, HASH, MAX_SIZE = 100, 256, 32, 2**53 - 1
SLACK = 10_000_000  # microseconds: the longest that an entry may wait for the tree, and that a clock may be off
BATCH = 8192  # entries that the log's keeper takes in one turn
MAX_FILE, MAX_BUNDLE, MAX_MANIFEST = 1_000_000, WIDTH * 65_537, 1 << 30  # bytes
sha256 = hashlib.sha256
_COUNT, _DIGEST = re.compile("0|[1-9][0-9]{0,15}").fullmatch, re.compile("[0-9a-f]{64}").fullmatch
class Bad(ValueError):  # bytes that do not hold; ``kind`` is one of EXITS
    def __init__(self, what: str, kind: str = "altered") -> None:
        super().__init__(what)
        self.kind = kind

class Report:
    def __init__(self) -> None:
        self.findings, self.logs, self.shown = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
        self.kinds, self.notes = dict[str, int](), list[str]()
    def add(self, kind: str, code: str, what: str, log: str = "", index: int = -1, file: str = "", writer: str = "") -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if len(self.findings) < MAX_SHOWN or self.kinds[kind] == 1:
            place = {"log": log, "index": index, "file": file, "writer": writer}
            self.findings.append({"kind": kind, "code": code, "what": what, **place})
def fold(row: Sequence[bytes]) -> bytes:  # the root of a perfect subtree: over a power of two of hashes
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[0::2], row[1::2], strict=True)]
    return row[0]
def root_of(levels: Sequence[Sequence[bytes]]) -> bytes:
    parts: list[tuple[int, bytes]] = []  # levels[n] are roots over 256**n entries each, the higher levels to the left
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
def inclusion_root(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:  # RFC 9162 section 2.1.3.2
    inner = (index ^ (size - 1)).bit_length() if 0 <= index < size else -1
    if inner < 0 or len(path) != inner + (index >> inner).bit_count() or any(len(item) != HASH for item in path):
        return None
    for level, item in enumerate(path):
        leaf = fold([item, leaf]) if level >= inner or index >> level & 1 else fold([leaf, item])
    return leaf
def _integer(text: str) -> int:  # of what is none, int() says so
    if len(text) > 17 or abs(int(text)) > MAX_SIZE:
        raise Bad("holds a number beyond 2**53")
    return int(text)
def read_object(data: bytes) -> tuple[str, dict[str, Any]]:  # the text, and the JSON object that it is. Raises Bad
    try:
        text = data.decode()
        tree = json.loads(text, parse_int=_integer, parse_float=_integer, parse_constant=_integer)
    except (ValueError, RecursionError) as fault:
        raise Bad(str(fault) if isinstance(fault, Bad) else "is no JSON in UTF-8") from fault
    if not isinstance(tree, dict):
        raise Bad("is no JSON object")
    return text, tree
def canonical(value: Any) -> str:  # RFC 8785 without floats, names sorted by code point
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
def read_entry(data: bytes) -> dict[str, Any]:  # canonical, with its writer's chain; calls with their outcome
    text, entry = read_object(data)
    if canonical(entry) != text:
        raise Bad("is not in canonical form (RFC 8785)")
    numbers = [entry.get(name) for name in ("at", "seq", "v")] + [entry.get("closes_seq", 0)]
    last = {"call.decided": "effect", "call.ended": "outcome"}.get(str(entry.get("type")), "type")
    sound = all(type(number) is int and number >= 0 for number in numbers) and entry["seq"] > 0
    sound = sound and all(isinstance(entry.get(name), str) and entry[name] for name in ("boot", "node", "type", last))
    sound = sound and (entry.get("prev", "") == "" or _DIGEST(str(entry["prev"])) is not None)
    if not sound or not isinstance(entry.get("closes_boot", ""), str) or type(entry.get("forwarded", False)) is not bool:
        raise Bad("lacks what every entry of its type has, or has it in another shape")
    return entry
def decimal(text: str) -> int:
    if not _COUNT(text) or int(text) > MAX_SIZE:
        raise Bad("holds a number that is not plain decimal")
    return int(text)
def unbase64(text: str, length: int = 0) -> bytes:
    raw = b""
    with suppress(ValueError):
        raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text or (length and len(raw) != length):
        raise Bad("holds base64 of another length, or with bits left over")
    return raw
_SHORT, _LONG, _FLAG = "[1-9][0-9]{0,14}+", "[1-8][0-9]{15}+", "(?:true|false)"  # numbers below 2**53
_TEXT, _NUMBER = '"[^"]*+"', f"(?:{_LONG}|{_SHORT}|0|-{_SHORT})"
_KINDS: dict[type, str] = {str: _TEXT, bool: _FLAG, int: _NUMBER, list: f"\\[(?:{_TEXT}(?:,{_TEXT})*+)?+\\]"}
_WORD, _SEQ, _OPTIONAL = '"([^"]++)"', "([1-9][0-9]{1,14}+|[2-9])", ("closes_boot", "closes_seq", "forwarded", "prev")
_ALL = {"at": f"({_LONG}|{_SHORT})", "boot": _WORD, "node": _WORD, "prev": '"([0-9a-f]{64})"', "seq": _SEQ}
_CALLS = {"call.ended": {"closes_boot": _WORD, "closes_seq": _SEQ, "forwarded": f"({_FLAG})", "outcome": _WORD}}
_CALLS |= {"call.decided": {"effect": _WORD}}
_PLAIN = bytes(range(0x20, 0x7F)).replace(b"\\", b"")  # what stands for itself in canonical JSON (a quote ends a text)
class Shortcut:  # fits canonical entries of one type with these fields in their order; groups, by name, are what the ledger needs
    def __init__(self, kind: str) -> None:
        self.tail, self.fields, self.fit = f',"type":"{kind}","v":1}}'.encode(), _ALL | _CALLS[kind], re.compile("").fullmatch
        self.learn({})
    def learn(self, entry: dict[str, Any]) -> None:  # know the fields of an entry that the strict reader took
        for name, value in entry.items():
            if name < "type" and name.replace("_", "").isalnum() and name.isascii() and len(self.fields) < WIDTH:
                self.fields.setdefault(name, _KINDS.get(type(value), _TEXT))
        parts = [f'{"," * (name != "at")}"{name}":{self.fields[name]}' for name in sorted(self.fields)]
        must = {*_ALL, "effect", "outcome"} - {*_OPTIONAL}
        parts = [part if name in must else f"(?:{part})?+" for name, part in zip(sorted(self.fields), parts, strict=True)]
        self.fit = re.compile("\\{" + "".join(parts) + re.escape(self.tail.decode())).fullmatch
class Head(NamedTuple):  # a checkpoint: origin, size, root; ``times`` are the POSIX seconds that trusted cosigners state for it
    origin: str
    size: int
    root: bytes
    times: tuple[int, ...] = ()
class Key(NamedTuple):  # a public key with its name: kind 1 Ed25519, 4 Ed25519 cosignature/v1, 6 ML-DSA-44 cosignature
    name: str
    kind: int
    public: bytes
    @property
    def id(self) -> bytes:
        return sha256(self.name.encode("utf-8", "surrogateescape") + b"\n" + bytes([self.kind]) + self.public).digest()[:4]
    @classmethod
    def parse(cls, text: str) -> Key:  # read ``name+hash+key``. Raises Bad
        name, digest, encoded = (*text.strip().split("+", 2), "", "")[:3]
        raw = unbase64(encoded)
        key = cls(name, raw[0] if raw else 0, raw[1:])
        if len(key.public) != {1: 32, 4: 32, 6: 1312}.get(key.kind) or name.split() != [name] or key.id.hex() != digest:
            raise Bad("is no verifier key (name+hash+key) of a kind that is known here")
        return key
    def signed(self, text: str, head: Head, signature: bytes) -> int:  # POSIX time that it states (0: none). Raises Bad
        stamp, message = signature[:8] if self.kind != 1 else b"", text.encode()
        signature, at = signature[len(stamp):], int.from_bytes(stamp, "big")
        try:
            if self.kind == 6:
                cosigner, origin = (bytes([len(name.encode())]) + name.encode() for name in (self.name, head.origin))
                message = b"subtree/v1\n\x00" + cosigner + stamp + origin + bytes(8) + head.size.to_bytes(8, "big") + head.root
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                message = f"cosignature/v1\ntime {at}\n".encode() * bool(stamp) + message
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as fault:
            raise Bad(f"the signature of {self.name} does not fit", "unsigned") from fault
        return at
def split_note(note: bytes) -> tuple[str, Head, list[tuple[str, bytes, bytes]]]:
    body, gap, tail = note.decode("utf-8", "replace").rpartition("\n\n")  # what was replaced is not what was signed
    lines, found = body.split("\n"), []
    plain = gap and tail.endswith("\n") and not any(one < " " and one != "\n" for one in body + tail)
    if not plain or len(lines) != 3 or not lines[0]:
        raise Bad("is no signed note of three lines: origin, size and root")
    for line in tail[:-1].split("\n")[:100]:
        dash, name, encoded = (*line.split(" "), "", "")[:3]
        raw = unbase64(encoded)
        if dash != "\u2014" or not name or len(raw) < 5 or line.count(" ") != 2:
            raise Bad("has a line that is no signature")
        found.append((name, raw[:4], raw[4:]))
    return body + "\n", Head(lines[0], decimal(lines[1]), unbase64(lines[2], HASH)), found
class Trust:  # whose word is enough: a C2SP tlog-policy. Raises Bad with the line when it is none
    def __init__(self, data: bytes) -> None:
        self.logs, self.quorum, self.members = list[Key](), "", set[str]()
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            plain = all(one >= " " and one != "\x7f" for word in words for one in word)
            if not plain or (words and not words[0].startswith("#") and not self._understood(words)):
                raise Bad(f"is no policy: line {number} is not understood, or names what it may not")
        if not self.quorum:
            raise Bad("is no policy: it names no quorum")
    def _understood(self, words: list[str]) -> bool:
        known = {*self.witnesses, *self.groups, "none"}
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                key = Key.parse(vkey)
                self.logs.append(key)
                return key.kind != 4 and [log.public for log in self.logs].count(key.public) == 1
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name not in known:
                self.witnesses[name] = key = Key.parse(vkey)
                return key.kind != 1 and [one.public for one in self.witnesses.values()].count(key.public) == 1
            case ["group", name, least, *inner] if name not in known and "none" not in inner:
                count = {"any": 1, "all": len(inner)}.get(least) or decimal(least)
                single = len({*inner}) == len(inner) and {*inner} <= known and not self.members & {*inner}
                self.members |= {*inner}
                self.groups[name] = (count, inner)
                return single and 1 <= count <= len(inner)
            case ["quorum", name] if not self.quorum:
                self.quorum = name
                return name in known
        return False
    def covers(self, name: str, signed: set[str]) -> bool:
        count, inner = self.groups.get(name, (0, []))
        return sum(self.covers(one, signed) for one in inner) >= count if inner else name == "none" or name in signed
    def open(self, note: bytes, also: Sequence[Key] = (), cosigner: Key | None = None) -> Head:
        """The checkpoint that a log here, or ``also``, signed with its ``cosigner`` and the quorum cosigned. Raises Bad."""
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
class Folder:  # plain files below one folder. With a manifest, each file that is read is compared with what was promised
    def __init__(self, path: Path) -> None:
        self.path, self.same = path, dict[str, bool]()
        self.promised: dict[str, Any] | None = None
    def read(self, name: str, limit: int = MAX_FILE) -> bytes:  # of a plain file
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            with open(self.path / name, "rb", opener=lambda path, _: os.open(path, flags)) as file:
                plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                data = file.read(limit + 1) if plain else b""
        except (OSError, ValueError) as fault:
            kind = "altered" if os.path.lexists(self.path / name) else "missing"
            raise Bad(f"cannot be read ({getattr(fault, 'strerror', 'no name of a file')})", kind) from fault
        if not plain or len(data) > limit:
            raise Bad("is no plain file, or longer than such a file may be")
        if self.promised is not None:
            self.same[name] = self.promised.get(name) == sha256(data).hexdigest()
        return data
    def text(self, name: str) -> str:
        return self.read(name).decode("ascii", "replace")
    def has(self, name: str) -> bool:
        return (self.path / name).is_file()
    def stems(self, name: str, ending: str) -> list[int]:  # numbers of the files called ``<number><ending>`` in a folder
        return sorted(int(stem) for one in (self.path / name).glob(f"*{ending}") if _COUNT(stem := one.name.removesuffix(ending)))
def tile_name(level: int | str, index: int, width: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(groups)}" + f".p/{width}" * (width != WIDTH)
def moment(at: int) -> str:
    known = at < 253_402_300_800_000_000  # the year 10000
    return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if known else f"{at} us"
class Writer:  # where a writer's chain stands. ``open``: index * 2 + permitted, by seq; ``run``: where its last run began
    __slots__ = ("at", "boot", "first", "holes", "index", "last", "late_after", "node", "open", "role", "run", "seq", "stopped")
    def __init__(self, boot: str, node: str, seq: int, last: str) -> None:
        self.boot, self.node, self.first, self.seq, self.last = boot, node, seq + 1, seq, last
        self.at, self.index, self.run, self.late_after, self.stopped = 0, -1, -1, -1, False
        self.open, self.holes, self.role = dict[int, int](), list[range](), "desk" if seq else ""  # a pruned start is not judged
class Ledger:  # all writers of one log. ``covers``: (size, latest moment that an entry below may state), by cosigned checkpoints
    def __init__(self, say: Callable[..., None], covers: Sequence[tuple[int, int]] = (), *, pruned: bool = False) -> None:
        self.say, self.pruned, self.covers = say, pruned, covers
        self.ahead = min((until for _, until in covers), default=MAX_SIZE)
        self.writers: dict[str, Writer] = {}
        self.waiting: list[tuple[int, int, str, int, int]] = []  # older than what stands before: excused by a keeper's start?
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
        due, kind, code = writer.seq + 1, "altered", "chain_prev"
        what = "writes after it stopped" if writer.stopped else f"its entry {seq} does not follow what stands here before it"
        what = f"changes its node from {writer.node} to {node}" if node != writer.node else what
        if seq > due:
            writer.holes.append(range(due, seq))
            what = f"lacks its entry {due}" + f" to {seq - 1}" * (seq > due + 1) + f" before {seq}"
            kind, code = "missing", "chain_gap"
        elif seq < due:
            code, what = "chain_order", f"repeats or reorders its entry {seq}"
        self.say(kind, code, what, index, writer=writer.boot)
    def settle(self, until: int) -> None:
        for index, at, boot, before, newest in self.waiting:
            if before <= until:
                what = f"says {moment(at)}, but stands after entry {before}, which says {moment(newest)}"
                self.say("late", "late", what, index, writer=boot)
        self.waiting = [one for one in self.waiting if one[3] > until]
    def keeper_started(self, at: int) -> None:
        self.waited += sum(one[1] <= at + SLACK for one in self.waiting)
        self.waiting = [one for one in self.waiting if one[1] > at + SLACK]
    def closed(self, index: int, writer: Writer, boot: str, seq: int, outcome: str, went: bool) -> None:
        owner, what = self.writers.get(boot), f"closes call {seq} of writer {boot}"
        found = owner.open.pop(seq, None) if seq and owner is not None else None
        if found is None and seq:
            below = self.pruned and (owner is None or seq < owner.first)
            if below or (owner is not None and any(seq in hole for hole in owner.holes)):
                return  # opened where nothing is kept any more, or in a hole that is named already
            if owner is not None and owner.seq >= seq:
                self.say("altered", "closed_twice", f"{what} a second time, or it was never opened", index, writer=writer.boot)
            else:
                self.say("missing", "closed_unknown", f"{what}, which is not here", index, writer=writer.boot)
        elif not (found or 0) & 1 and (went or outcome in ("served", "cut")):
            self.say("altered", "not_permitted", "a call went out that no entry permits", index, writer=writer.boot)
        elif boot != writer.boot and found is not None and outcome != "abandoned":
            self.say("altered", "closed_foreign", what, index, writer=writer.boot)
class Log:  # one log: a shard, or the root log of shards
    def __init__(self, folder: Folder, prefix: str, trust: Trust, keys: Sequence[Key], asked: Any, report: Report) -> None:
        self.folder, self.prefix, self.trust, self.keys, self.asked, self.report = folder, prefix, trust, keys, asked, report
        self.head, self.since, self.pruned, self.ledger = Head("", 0, b""), 0, dict[str, int](), Ledger(self.say)
        self.levels: list[list[bytes]] = [[]]  # hashes of the rightmost, not yet full tile of each level
        self.counts: dict[str, int] = {"call.decided": 0, "call.ended": 0}
        self.erased: dict[str, tuple[int, int]] = {}  # "subject S", "call C" or "class C YYYY-MM": when, and which entry says so
        self.kept, self.pins = dict[int, dict[str, Any]](), list[tuple[Head, str]]()  # kept: entries asked about
        self.shards, self.about = dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()  # about: the call asked about
        self.entries = {*folder.stems(prefix + "disclosures", ".json"), *([] if asked.entry is None else [asked.entry])}
        self.name, self.cuts = prefix.rstrip("/"), {kind: Shortcut(kind) for kind in _CALLS}
    def say(self, kind: str, code: str, what: str, index: int = -1, file: str = "", writer: str = "") -> None:
        self.report.add(kind, code, what, self.name, index, file and self.prefix + file, writer)
    def open(self) -> bool:  # the checkpoint, how much was pruned, and earlier checkpoints of this log
        has, at = self.folder.has, self.prefix
        try:
            cosigner = Key.parse(self.folder.text(at + "log.cosign.vkey")) if has(at + "log.cosign.vkey") else None
            self.head = self.trust.open(self.folder.read(at + "checkpoint"), self.keys, cosigner)
            self.since = decimal(self.folder.text(at + "pruned").removesuffix("\n")) if has(at + "pruned") else 0
            for name, note in self.asked.pins:
                if split_note(note)[1].origin == self.head.origin:
                    self.pins.append((self.trust.open(note, self.keys), name))
        except Bad as bad:
            self.say(bad.kind, "checkpoint", str(bad), file="checkpoint")
            return False
        for pin, name in self.pins:
            if pin.size > self.head.size:
                self.say("forked", "rollback", f"{name} shows {pin.size} entries, here are {self.head.size}", self.head.size)
            elif 0 < pin.size <= self.since:
                self.say("erased", "pin", f"the {pin.size} entries that {name} shows were pruned, and are not compared", pin.size)
            elif pin.size == self.head.size and pin.root != self.head.root:
                self.say("forked", "fork", f"the {pin.size} entries are not those that {name} shows", pin.size)
        seen = [(head.size, (at + 1) * 1_000_000 + SLACK) for head, _ in (*self.pins, (self.head, "")) for at in head.times]
        self.ledger = Ledger(self.say, seen, pruned=self.since > 0)
        return True
    def run(self) -> None:  # every entry against its tile, every tile against the root, every chain, call and time
        size, tiles, level = self.head.size, self.since // WIDTH, 1
        while tiles:  # what was pruned lives on in the tiles above it: each hash there stands for a whole tile below
            data = self._tile(level, tiles // WIDTH)[: tiles % WIDTH * HASH] if tiles % WIDTH else b""
            self.levels.append([data[at : at + HASH] for at in range(0, len(data), HASH)])
            tiles, level = tiles // WIDTH, level + 1
        for number in range(self.since // WIDTH, -(-size // WIDTH)):
            if not self._bundle(number, number * WIDTH):
                return
            if sys.stderr.isatty() and number % 64 == 0:
                sys.stderr.write(f"\r{number * WIDTH:,} of {size:,} entries ({number * WIDTH / size:.0%})\r")
        for level, row in enumerate(self.levels[1:], 1):
            self._compare(level, (size >> 8 * level) // WIDTH, row)
        if root_of(self.levels) != self.head.root and not self.report.kinds.keys() & {"altered", "missing"}:
            self.say("altered", "root", f"the entries lead to root {root_of(self.levels).hex()}, not to {self.head.root.hex()}")
        self.ledger.settle(MAX_SIZE)
    def _tile(self, level: int, number: int, kind: str = "") -> bytes:
        width, place = min(WIDTH, (self.head.size >> 8 * level) - number * WIDTH), number * WIDTH << 8 * level
        name, full = (tile_name(kind or str(level), number, wide) for wide in (width, WIDTH))
        name = full if not self.folder.has(self.prefix + name) and self.folder.has(self.prefix + full) else name
        try:
            data = self.folder.read(self.prefix + name, MAX_BUNDLE if kind else WIDTH * HASH)
            if not data if kind else len(data) != (WIDTH if name == full else width) * HASH:
                self.say("missing" if len(data) < width * HASH else "altered", "file", "has another length", place, name)
                return b""
        except Bad as bad:
            self.say(bad.kind, "file", str(bad), place, name)
            return b""
        return data if kind else data[: width * HASH]
    def _compare(self, level: int, number: int, row: list[bytes]) -> None:
        data, name = self._tile(level, number) if row else b"", tile_name(level, number, len(row))
        for at in range(len(row)) if data and data != b"".join(row) else ():
            place, span = (number * WIDTH + at) << 8 * level, 1 << 8 * level
            known = [one["index"] for one in self.report.findings if one["log"] == self.name and EXITS[one["kind"]] < 12]
            follows = level and any(place <= index < place + span for index in known)
            if data[at * HASH : at * HASH + HASH] != row[at] and not follows:
                self.say("altered", "tile", "differs from its hash in the tile", place, name)
    def _bundle(self, number: int, first: int) -> bool:
        width, data, at, entries = min(WIDTH, self.head.size - first), self._tile(0, number, "entries"), 0, list[bytes]()
        name, length = tile_name("entries", number, width), len(data)
        while len(entries) < width and at + 2 <= length:
            until = at + 2 + (data[at] << 8 | data[at + 1])
            if until > length:
                break
            entries.append(data[at + 2 : until])
            at = until
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        if len(entries) == width:
            self._compare(0, number, leaves)
            if at < length and (width == WIDTH or self.folder.has(self.prefix + name)):
                self.say("altered", "bundle", f"holds more than {width} entries", first + width, name)
        else:  # the tile stands for what is missing, so that the rest can still be checked
            if data:
                self.say("missing", "bundle", f"is cut short after {len(entries)} of {width} entries", first + len(entries), name)
            tile = self._tile(0, number)
            leaves = [tile[at : at + HASH] for at in range(0, len(tile), HASH)]
        self._entries(first, entries, leaves)
        for pin, name in self.pins:
            past = [leaves[: pin.size - first], *self.levels[1:]]
            if first < pin.size <= first + width and pin.size < self.head.size and root_of(past) != pin.root:
                self.say("forked", "fork", f"the first {pin.size} entries are not those that {name} shows", pin.size)
        level, self.levels[0] = 0, leaves
        while len(row := self.levels[level]) == WIDTH:
            if level:
                self._compare(level, first >> 8 * level + 8, row)
            self.levels[level], level = [], level + 1
            self.levels += [[]] * (level == len(self.levels))
            self.levels[level] = [*self.levels[level], fold(row)]
        return len(leaves) == width
    def _entries(self, first: int, entries: list[bytes], leaves: list[bytes]) -> None:  # shortcut, else strict
        take, closed, call, counts = self.ledger.take, self.ledger.closed, self.asked.call.encode(), self.counts
        quick = not (call or self.entries or b"".join(entries).translate(None, _PLAIN))
        ended, decided = self.cuts["call.ended"], self.cuts["call.decided"]
        for index, (data, leaf) in enumerate(zip(entries, leaves, strict=False), first):
            if quick or (not data.translate(None, _PLAIN) and index not in self.entries and (not call or call not in data)):
                if data.endswith(ended.tail) and (found := ended.fit(data.decode())):
                    at, boot, owner, seq, went, node, outcome, prev, own = found.groups()
                    writer = take(index, int(at), boot, node, prev or "", int(own))
                    closed(index, writer, owner or "", int(seq or 0), outcome, went == "true")
                    writer.last = leaf.hex()
                    counts["call.ended"] += 1
                    continue
                if data.endswith(decided.tail) and (found := decided.fit(data.decode())):
                    at, boot, effect, node, prev, own = found.groups()
                    writer = take(index, int(at), boot, node, prev or "", int(own))
                    writer.open[writer.seq] = index * 2 + (effect == "permit")
                    writer.last = leaf.hex()
                    counts["call.decided"] += 1
                    continue
            self.strict(index, data, leaf)
    def strict(self, index: int, data: bytes, leaf: bytes) -> None:  # one entry of any type, read strictly
        try:
            entry = read_entry(data)
        except Bad as bad:
            self.say("altered", "entry", str(bad), index)
            return
        kind = entry["type"] + f" v{entry['v']}" * (entry["v"] != 1)
        writer = self.ledger.take(index, entry["at"], entry["boot"], entry["node"], entry.get("prev", ""), entry["seq"])
        writer.last, writer.stopped = leaf.hex(), kind == "writer.stopped"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        writer.role = str(entry.get("role")) if kind == "writer.started" else writer.role
        self.note(index, kind, entry, writer.role)
        if (kind == "writer.started") != (entry["seq"] == 1):
            self.say("altered", "chain_start", "a writer starts once, and with that", index, writer=entry["boot"])
        if kind == "writer.started" and entry.get("role") == "keeper":
            self.ledger.keeper_started(entry["at"])
        elif kind == "call.decided":
            writer.open[writer.seq] = index * 2 + (entry["effect"] == "permit")
        elif kind == "call.ended":
            boot, seq, went = entry.get("closes_boot", ""), entry.get("closes_seq", 0), entry.get("forwarded", False)
            self.ledger.closed(index, writer, boot, seq, entry["outcome"], went)
        if kind in self.cuts and not entry.keys() <= self.cuts[kind].fields.keys() | {"type", "v"}:
            self.cuts[kind].learn(entry)
    def note(self, index: int, kind: str, entry: dict[str, Any], role: str = "desk") -> None:  # what questions may be about
        if index in self.entries:
            self.kept[index] = entry
        if self.asked.call and entry.get("call") == self.asked.call:
            self.about[kind] = entry
        if kind == "content.erased" and role in ("desk", "reconciler"):
            scope, what = str(entry.get("scope")), f"{entry.get('kept_class')} {entry.get('month')}"
            what = str(entry.get({"subject": "caller", "call": "call"}.get(scope, ""), what))
            self.erased[f"{scope} {what}"] = max(self.erased.get(f"{scope} {what}", (0, -1)), (entry["at"], index))
        elif kind == "log.pruned" and role == "desk" and type(entry.get("minimum_index")) is int:
            origin = str(entry.get("origin") or self.head.origin)
            self.pruned[origin] = max(self.pruned.get(origin, 0), entry["minimum_index"])
        elif kind in ("shard.opened", "shard.closed") and isinstance(entry.get("origin"), str):
            first = self.shards.setdefault(entry["origin"], {}).setdefault(kind, entry)  # the first word counts
            if first != entry:
                self.say("forked", "shard", f"{kind} {entry['origin']} is said a second time, in other words", index)
    def each(self, kind: str, ending: str, check: Callable[[bytes, int], object]) -> None:
        for index in self.folder.stems(f"{self.prefix}{kind}s", ending):
            name = f"{kind}s/{index}{ending}"
            try:
                check(self.folder.read(self.prefix + name), index)
            except (Bad, TypeError, KeyError, AttributeError, ValueError) as bad:
                self.say(getattr(bad, "kind", "altered"), kind, str(bad) or "has another shape", index, name)
    def proof(self, data: bytes, due: int = -1) -> int:  # the index of a tlog-proof with its entry as extra line. Raises Bad
        text, gap, note = data.partition(b"\n\n")
        version, extra, index, *path = [*text.decode("utf-8", "replace").split("\n"), "", "", ""][: max(3, text.count(b"\n") + 1)]
        if (version, extra[:6], index[:6]) != ("c2sp.org/tlog-proof@v1", "extra ", "index ") or not gap or len(path) > 63:
            raise Bad("is no proof that holds its entry")
        head, entry, place = self.trust.open(note, self.keys), unbase64(extra[6:]), decimal(index[6:])
        root = inclusion_root(place, head.size, sha256(b"\x00" + entry).digest(), [unbase64(item, HASH) for item in path])
        if root != head.root or due not in (-1, place):
            raise Bad(f"does not lead from entry {place} to the signed root of {head.size}")
        if self.head.origin and self.head[:3] != head[:3]:
            raise Bad("is of another tree than the checkpoint here", "forked")
        self.kept[place] = read_entry(entry)
        self.note(place, self.kept[place]["type"], self.kept[place])
        return place
    def shown(self, index: int) -> None:
        if index in self.kept:
            self.report.shown.append({"index": index, "entry": self.kept[index]})
        else:
            self.say("erased" if index < self.since else "missing", "entry", "is not among those that are kept", index)
    def _erased(self, entry: dict[str, Any], *, content: bool) -> int:
        keys = [f"subject {entry.get('caller')}", f"call {entry.get('call')}"]
        keys += [f"class {entry.get('kept_class')} {moment(entry['at'])[:7]}"] * content
        gone = (self.erased.get(key, (0, -1)) for key in keys)
        return max((index for at, index in gone if entry["at"] <= at + SLACK), default=-1)  # not before it was there
    def disclosure(self, data: bytes, index: int) -> None:
        told, entry = read_object(data)[1], self.kept.get(index)
        if entry is None or told["index"] != index:
            raise Bad("is about an entry that is not here", "erased" if index < self.since else "missing")
        for one in told["fields"]:
            if not one.get("salt"):
                gone = self._erased(entry, content=False)
                why = f"was erased, says entry {gone}" if gone >= 0 else "is not opened, and no entry says why"
                raise Bad(f"{one['field']} {why}", "erased" if gone >= 0 else "missing")
            opened = hmac.new(bytes.fromhex(one["salt"]), canonical([one["name"], one["value"]]).encode(), "sha256").hexdigest()
            if not one["field"].endswith("_commitment") or entry.get(one["field"]) != opened:
                raise Bad(f"{one['field']} does not open to that value")
            self.report.shown.append({"index": index, "field": one["name"], "value": one["value"]})
    def content(self) -> bool:  # whether the call that was asked about is here
        entry = self.about.get("call.decided" if self.asked.part == "request" else "call.ended")
        if entry is None:
            return False
        gone = self._erased({**self.about.get("call.decided", {}), **entry}, content=True)
        place, due = f"{entry.get('kept_place', '')} ({self.asked.part} of call {self.asked.call})", entry.get("kept_sha256")
        if gone >= 0:
            self.say("erased", "content", f"{place} was erased", gone)
        elif self.asked.content is None or not due:
            self.report.notes.append(f"{place} is sha256 {due}" if due else f"{place} was not kept")
        elif sha256(self.asked.content.read_bytes()).hexdigest() != due:
            self.say("altered", "content", f"{place} is not this file", file=str(self.asked.content))
        return True
def examine(folder: Folder, trust: Trust | None, asked: Any, report: Report) -> None:
    manifest, at = dict[str, Any](), "manifest.json"
    try:
        if any(folder.has(name) for name in ("manifest.json", "verify.py", "README.md", "proofs")):
            manifest = read_object(folder.read(at, MAX_MANIFEST))[1]
            folder.promised = dict(manifest["files"])
        else:
            report.notes.append("there is no manifest: this is taken for a copy of a log's own folder")
        if trust is None:
            report.notes.append("NO POLICY WAS GIVEN: keys are taken from this folder, so whoever made it vouches for himself")
            own, at = "".join(f"log {folder.text(name)}" for name in ("log.vkey", "root/log.vkey") if folder.has(name)), "policy"
            trust = Trust(folder.read(at) if folder.has("policy") else f"{own}quorum none\n".encode())
        elif folder.has(at := "log.vkey") and Key.parse(folder.text(at)) not in trust.logs:
            report.add("unsigned", "bundle", "is not the key of a log that the policy trusts", file=at)
    except (Bad, KeyError, TypeError, ValueError) as bad:
        report.add(getattr(bad, "kind", "altered"), "bundle", str(bad), file=at)
    scope = manifest.get("scope")
    whole = scope not in ("range", "question") or (folder.path / "tile").is_dir()
    logs = each_log(folder, trust, asked, report, whole=whole) if trust else []
    if asked.call and not sum(log.content() for log in logs):
        report.add("missing", "call", f"no {asked.part} of call {asked.call} is here")
    first = min(logs, key=lambda log: log.prefix == "root/", default=None)
    if manifest and first is not None:
        due: dict[str, Any] = {"v": 1, "origin": first.head.origin, "size": first.head.size, "root": first.head.root.hex()}
        proven = folder.stems(first.prefix + "proofs", ".tlog-proof")
        due |= {"indexes": proven, "complete": whole, "scope": "whole" if whole else scope}
        due |= {"question": "", "since": 0, "until": first.head.size} if whole else {}
        asked_for = range(manifest["since"], manifest["until"]) if scope == "range" and not whole else range(0)
        if asked_for.stop - asked_for.start != sum(one in asked_for for one in proven):
            report.add("missing", "range", f"not every entry from {asked_for.start} to {asked_for.stop - 1} is proven here")
        trees = {(log.prefix.rstrip("/"), log.head.origin, log.head.size, log.head.root.hex()) for log in logs}
        told = {tuple(tree.get(name) for name in ("folder", "origin", "size", "root")) for tree in manifest.get("trees", ())}
        wrong = [name for name, value in due.items() if manifest.get(name) != value] + ["trees"] * (trees != told)
        known = {*due, "question", "since", "until", "trees", "files"}
        for name in [*wrong, *sorted(manifest.keys() - known)] if first.head.origin else ():
            report.add("altered", "manifest", f"says another {name} than what is here", file="manifest.json")
    here = {(Path(at) / name).relative_to(folder.path).as_posix() for at, _, names in os.walk(folder.path) for name in names}
    promised = folder.promised or {}
    for name in sorted({*promised, *here} - {"manifest.json"}) if folder.promised is not None else ():
        with suppress(Bad):
            folder.same.get(name) or name not in here & promised.keys() or folder.read(name, MAX_BUNDLE)
        if name not in here or not folder.same.get(name):
            report.add("altered" if name in here else "missing", "manifest", "is not what the manifest promises", file=name)
def each_log(folder: Folder, trust: Trust, asked: Any, report: Report, *, whole: bool) -> list[Log]:
    logs, keys, shards, base = list[Log](), list[Key](), dict[str, dict[str, Any]](), ""
    later = sorted(f"{one.name}/" for one in folder.path.iterdir() if one.name.isdigit())
    for prefix in ["root/"] * folder.has("root/checkpoint") + [""] * (whole or not later or folder.has("checkpoint")) + later:
        logs.append(log := Log(folder, prefix, trust, keys, asked, report))
        if not log.open():
            continue
        base = base or log.head.origin.removesuffix(f"/{log.name}")
        if log.head.origin != f"{base}/{log.name}".rstrip("/"):
            log.say("forked", "shard", f"{log.head.origin} lies in the place of {base}/{log.name}", file="checkpoint")
        log.run() if whole else log.each("proof", ".tlog-proof", log.proof)
        log.each("disclosure", ".json", log.disclosure)
        if not prefix and asked.entry is not None:
            log.shown(asked.entry)
        if prefix == "root/":
            shards = log.shards if whole else {}
            opened = [shard.get("shard.opened", {}) for origin, shard in shards.items() if f"{origin}/".startswith(f"{base}/")]
            keys += [Key.parse(str(shard["vkey"])) for shard in opened if "vkey" in shard]
        ends, end = (log.head.size, log.head.root.hex()), shards.pop(log.head.origin, {}).get("shard.closed")
        if end and (end.get("size"), end.get("root")) != ends:
            log.say("forked", "shard", f"was closed with {end.get('size')} entries or another root", log.head.size)
        told = {"folder": log.name, "origin": log.head.origin, "size": ends[0], "root": ends[1], "entries": log.counts}
        told |= {"writers": len(log.ledger.writers), "pruned": log.since, "waited": log.ledger.waited, "erased": len(log.erased)}
        told |= {"open_calls": sum(len(one.open) for one in log.ledger.writers.values()), "proven": len(log.kept) * (not whole)}
        report.logs.append(told)
    over = {f"{base}/root" * bool(later), *(key.name for key in trust.logs)} & {f"{base}/root"} - {it.head.origin for it in logs}
    for origin in [*shards, *over] if whole else ():
        report.add("missing", "shard", f"{origin} is not here, the {'log over shards' if origin in over else 'shard told of'}")
    for log in logs:
        if whole and log.since > max(one.pruned.get(log.head.origin, 0) for one in logs):
            log.say("missing", "pruned", f"entries below {log.since} are gone, and no entry log.pruned says so", file="pruned")
        for name in [name for pin, name in log.pins if 0 < pin.size < log.head.size and not whole]:
            report.notes.append(f"NOT COMPARED WITH {name}: proofs do not tell whether this log goes on from it")
    for name, note in asked.pins:
        if split_note(note)[1].origin not in {log.head.origin for log in logs}:
            report.add("missing", "pin", f"the log that {name} shows is not here")
    return logs
def tell(report: Report, code: int) -> str:  # the findings for a person, the gravest kind first, each with its place
    notes = {"pruned": "entries pruned at the start", "erased": "erasures on record", "open_calls": "calls without outcome"}
    notes |= {"waited": "entries waited while no keeper ran", "proven": "entries proven, and nothing about those between them"}
    rank, lines = [*EXITS].index, list[str]()
    for log in report.logs:
        lines += [f"{log['origin']}: {log['size']:,} entries of {log['writers']} writers, root {log['root']}"]
        lines += [f"  {count:,} {name}" for name, count in sorted(log["entries"].items()) if count]
        lines += [f"  {log[name]:,} {text}" for name, text in notes.items() if log[name]]
    lines += [*report.notes, *(json.dumps(shown, ensure_ascii=False) for shown in report.shown)]
    for one in sorted(report.findings, key=lambda one: (rank(one["kind"]), one["log"], one["index"])):
        place = ", ".join(f"{name} {one[name]}" for name in ("log", "index", "file", "writer") if one[name] not in ("", -1))
        lines += [f"{one['kind'].upper()} ({one['code']}) {place}: {one['what']}"]
    lines += [f"and {more:,} findings more" for more in [sum(report.kinds.values()) - len(report.findings)] if more]
    lines += [f"IT DOES NOT HOLD: {min(report.kinds, key=rank)}" if code % 15 else "LAWFULLY ERASED" if code else "IT HOLDS"]
    return "\n".join("".join(one if one.isprintable() else ascii(one)[1:-1] for one in line) for line in [*lines, ""])
def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("verify.py", description="Does this copy of a Safeconduct log hold?", allow_abbrev=False)
    parser.add_argument("bundle", nargs="?", type=Path, help="folder that was exported, or a copy of a log's folder")
    parser.add_argument("--policy", type=Path, help="C2SP tlog-policy: the keys of logs and witnesses that you trust")
    parser.add_argument("--pin", type=Path, action="append", default=[], help="a checkpoint seen earlier, or by somebody else")
    parser.add_argument("--proof", type=Path, help="a .tlog-proof by itself, with --policy")
    parser.add_argument("--entry", type=int, help="show this entry")
    parser.add_argument("--call", default="", help="id of a call whose kept content is asked about")
    parser.add_argument("--part", choices=("request", "answer"), default="request", help="of that call")
    parser.add_argument("--content", type=Path, help="the encrypted content, to be compared with the entry")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    asked = parser.parse_args(words)
    try:
        asked.pins = [(path.name, note) for path in asked.pin if split_note(note := path.read_bytes())]
        asked.trust = Trust(asked.policy.read_bytes()) if asked.policy else None
    except (OSError, Bad) as fault:
        parser.error(str(fault))
    if asked.bundle.is_dir() is False if asked.bundle else asked.proof is None or asked.trust is None or asked.pins:
        parser.error("name a folder that is there, or a --proof with a --policy and no --pin")
    return asked
def judge(asked: argparse.Namespace, report: Report) -> int:  # everything that was asked; the exit code
    at = ""
    try:
        if asked.bundle:
            examine(Folder(asked.bundle), asked.trust, asked, report)
        if asked.proof and asked.trust is not None:
            log, at = Log(Folder(asked.proof.parent), "", asked.trust, (), asked, report), asked.proof.name
            log.shown(log.proof(log.folder.read(at)))
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError) as bad:  # Bad, or of a shape nobody expects
        report.add(getattr(bad, "kind", "altered"), "proof" if at else "bundle", str(bad) or "has another shape", file=at)
    return next((code for kind, code in EXITS.items() if kind in report.kinds), 0)

if __name__ == "__main__":
    asked, report = arguments(), Report()
    code = judge(asked, report)
    sys.stdout.write(json.dumps({"exit": code, **vars(report)}, indent=1) + "\n" if asked.json else tell(report, code))
    sys.exit(code)
