"""Where in the history does a person stand, and how do those words leave the file for good?

A footprint is found from one id: the changes about the person, the agents the person answers for (and theirs), the keys of all of
them, requests that name any of these, and whatever else says one of their ids, their name or their address. Whole changes lose
everything but place, moment, actor and hash. Changes about somebody else lose their free words (``WORDS``) where only those name
the person. What is left, an officer is told of (``mentions``): a letter's own text is the authority's, and stays.

Words leave the file in three steps, each of which may be done again: one transaction takes them out; ``VACUUM`` writes the file
anew, so that no free page and no free part of a page keeps them; then the write-ahead file is emptied, which waits for readers.

INVARIANT (P6): only a change that ``erasure.done`` lists loses words; its place, moment, actor and hash stay as they were.
"""

from __future__ import annotations

import errno
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from safeconduct.registry.changes import left_salt, row_hash
from safeconduct.storage.sqlite.changes import ChangeStore, Drafts
from safeconduct.storage.sqlite.population import KEY_KINDS, MARK_KINDS, PERSON_KINDS

WORDS: Final = ("why", "note", "label", "message", "parts")
"""Members of a body that hold what somebody wrote, and that nothing is ever decided by."""

WHOLE: Final = frozenset(
    {"request.opened", "erasure.opened", "hold.placed", "case.signaled", "officer.linked", "measure.appealed"}
)
"""Kinds beside those of people, keys, agents and their marks that go as a whole where more than free words names one."""

ERASED: Final = "erased"
DONE: Final = "erasure.done"
ENTERED: Final = "entered"
REDACTED: Final = "redacted"
MAX_MENTIONS: Final = 1_000  # an id that is an everyday word would be found everywhere; who asks is told of the first ones

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Mention:
    """A change about something else that names the person, and stays. ``where`` are the members of its body that do."""

    seq: int
    kind: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where one person stands. ``changes`` go as a whole, of ``words`` the free words go, ``mentions`` stay."""

    person: str
    changes: tuple[int, ...]
    words: tuple[int, ...]
    mentions: tuple[Mention, ...]
    agents: tuple[str, ...]
    keys: tuple[str, ...]


class ErasingStore(ChangeStore):
    """The history, for whoever erases. Everything here asks to be called under ``exclusive``."""

    def footprint(self, person: str, called: Iterable[str] = ()) -> Footprint:
        """Where a person stands; ``called`` are further names of the person's that changes may carry (pseudonyms).

        Reads the whole history once. Raises OSError when it cannot be read.
        """
        rows = self._rows(f"WHERE kind IN {PERSON_KINDS} AND subject = ?", (person,))
        own = {seq for seq, *_ in rows}
        names = {str(body.get(each, "")) for _, _, _, body in rows for each in ("name", "email")}
        agents = self._agents(person)
        keys = self._keys({("person", person), *(("agent", each) for each in agents)})
        for name in agents:
            own |= {seq for seq, kind, _, _ in self._rows("WHERE subject = ?", (name,)) if kind.startswith("agent.")}
        for name in keys:
            own |= {seq for seq, *_ in self._rows(f"WHERE kind IN {KEY_KINDS} AND subject = ?", (name,))}
        for who in (f"person/{person}", *(f"agent/{each}" for each in agents), *(f"key/{each}" for each in keys)):
            own |= {seq for seq, *_ in self._rows(f"WHERE kind IN {MARK_KINDS} AND subject = ?", (who,))}
        digests = {str(body["digest"]) for seq, _, _, body in self._some(own) if "digest" in body}
        needles = sorted(map(_folded, {person, *agents, *keys, *digests, *called, *filter(_is_telling, names)}))
        words, mentions = set[int](), list[Mention]()
        for seq, kind, actor, body in self._naming(needles):
            if seq in own:
                continue
            where = tuple(name for name, value in body.items() if _says(value, needles))
            told_by = where or (("actor",) if _says(actor, needles) else ("id",) if _says(self._subject(seq), needles) else ())
            if where and all(each in WORDS for each in where):
                words.add(seq)  # a hold on others, too: it goes on holding, and no longer says on whose word
            elif kind in WHOLE and where:
                own.add(seq)
            elif told_by:
                mentions.append(Mention(seq, kind, told_by))
        told = tuple(sorted(mentions, key=lambda each: each.seq)[:MAX_MENTIONS])
        return Footprint(person, tuple(sorted(own)), tuple(sorted(words - own)), told, tuple(agents), tuple(keys))

    def step(self, name: str) -> str:
        """How far an erasure is: empty, ``entered`` (the log says it), ``redacted`` (the words are out of the history)."""
        row = self._connection.execute("SELECT step FROM erasing WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def unfinished(self) -> list[str]:
        """Erasures whose words are out of the history and perhaps not yet out of the file."""
        rows = self._connection.execute("SELECT name FROM erasing WHERE step = ? ORDER BY name", (REDACTED,))
        return [str(name) for (name,) in rows]

    def mark(self, name: str, step: str) -> None:
        """Note how far an erasure is, durably; an empty step forgets it. Raises OSError."""
        with self._transaction():
            self._connection.execute("DELETE FROM erasing WHERE name = ?", (name,))
            if step:
                self._connection.execute("INSERT INTO erasing (name, step) VALUES (?, ?)", (name, step))

    def redact(self, name: str, changes: Iterable[int], words: Iterable[int]) -> None:
        """Take the words out of the changes, all or none; doing it again changes nothing. Raises OSError."""
        with self._transaction():
            self._redacted(name, tuple(changes), tuple(words))

    def _together(self, drafts: Drafts) -> None:
        """INVARIANT (P8): whoever hears that an erasure is done finds nobody there any more, and so keeps nobody by mistake."""
        if len(drafts) == 1:
            (draft,) = drafts
            if draft.kind == DONE and self.step(draft.subject) == ENTERED:
                body = draft.body or _decode(draft.words)
                self._redacted(draft.subject, tuple(body.get("changes", ())), tuple(body.get("words", ())))

    def _redacted(self, name: str, changes: tuple[int, ...], words: tuple[int, ...]) -> None:
        run = self._connection.execute
        run("PRAGMA secure_delete = ON")
        self._connection.executemany("INSERT INTO erasing_row (seq) VALUES (?)", [(seq,) for seq in {*changes, *words}])
        query = "UPDATE change SET kind = ?, subject = ?, body = ?, salt = NULL, left_salt = NULL WHERE seq = ?"
        for seq, kind, _, _ in list(self._some(changes)):
            if kind != ERASED:
                run(query, (ERASED, name, erased_body(kind), seq))
        for seq, _, _, body in list(self._some(words)):
            left, salt = without_words(body), self._left_salt(seq, name)
            if left != body:
                run("UPDATE change SET body = ?, salt = NULL, left_salt = ? WHERE seq = ?", (_encode(left), salt or None, seq))
        # The salt of an act opens whom it was about, and of old acts, what was said.
        run(
            "UPDATE act SET salt = x'' WHERE length(salt) > 0 AND EXISTS "
            "(SELECT 1 FROM erasing_row WHERE seq BETWEEN act.first_seq AND act.last_seq)"
        )
        run("DELETE FROM erasing_row")
        run(
            "INSERT INTO erasing (name, step) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET step = excluded.step",
            (name, REDACTED),
        )

    def left(self, name: str, changes: Iterable[int], words: Iterable[int]) -> tuple[str, ...]:
        """What proves what ``redact`` leaves, or left, of each change: hashes, empty for what nothing can prove. Raises OSError.

        What is left of a whole change is no secret and has no salt; what is left of another names somebody else.
        """
        found = []
        for seq, kind, actor, body in self._some(changes):
            was = str(body["was"]) if kind == ERASED else kind
            found.append(row_hash(b"", self._at(seq), actor, ERASED, name, erased_body(was)))
        for seq, kind, actor, body in self._some(words):
            salt, subject = self._left_salt(seq, name), self._subject(seq)
            proof = row_hash(salt, self._at(seq), actor, kind, subject, _encode(without_words(body))) if salt else ""
            found.append(proof)
        return tuple(found)

    def scrub(self) -> None:
        """Write the file anew and empty the write-ahead file. Raises OSError, also when a reader holds it longer than we wait."""
        try:
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("VACUUM")
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as wrong:
            raise OSError(errno.EIO, f"the registry's file cannot be written anew: {wrong}", str(self._path)) from wrong
        if busy:
            what = "somebody reads the registry, so its write-ahead file still holds what was erased"
            raise OSError(errno.EBUSY, what, str(self._path))

    # ----------------------------------------------------------------------------------------------------------------

    def _left_salt(self, seq: int, name: str) -> bytes:
        """The salt of what is left of a change: of its own salt, of that of an act of before changes had one, or empty."""
        joined = "change LEFT JOIN act ON seq BETWEEN first_seq AND last_seq"
        query = f"SELECT left_salt, change.salt, act.salt FROM {joined} WHERE seq = ?"  # noqa: S608 - words of ours only
        left, own, of_act = self._connection.execute(query, (seq,)).fetchone()
        if left:
            return bytes(left)
        return left_salt(bytes(own or of_act), f"{name} {seq}") if own or of_act else b""

    def _agents(self, person: str) -> list[str]:
        """The agents that the person answers for, and those that they answer for; a sponsor comes before whom it sponsors."""
        found: list[str] = []
        where = "WHERE kind = 'agent.registered' ORDER BY seq"
        for seq, _, _, body in self._rows(where, ()):
            sponsor = body.get("sponsor_kind"), body.get("sponsor")
            if sponsor == ("person", person) or (sponsor[0] == "agent" and sponsor[1] in found):
                found.append(self._subject(seq))
        return found

    def _keys(self, holders: set[tuple[str, str]]) -> list[str]:
        """The keys of the holders (kind and id), in order of issuing."""
        found: list[str] = []
        needles = [_encode(name).decode() for _, name in sorted(holders)]
        for seq, kind, _, body in self._naming(needles, f"kind IN {KEY_KINDS} AND"):
            if kind == "key.issued" and (body.get("holder_kind"), body.get("holder")) in holders:
                found.append(self._subject(seq))
        return found

    def _subject(self, seq: int) -> str:
        return str(self._connection.execute("SELECT subject FROM change WHERE seq = ?", (seq,)).fetchone()[0])

    def _naming(self, needles: Sequence[str], also: str = "") -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        """Every change that has one of the folded texts in its body, actor or subject, once, in no order."""
        looked_for = [_in_json(each).encode() for each in needles]

        def names(body: bytes, actor: str, subject: str) -> bool:
            said = b"\n".join((body, actor.encode(), subject.encode()))
            said = said.lower() if said.isascii() else _folded(said.decode("utf-8", "replace")).encode()
            return any(each in said for each in looked_for)

        self._connection.create_function("names_one", 3, names)
        yield from self._rows(f"WHERE {also} names_one(body, actor, subject)", ())

    def _some(self, numbers: Iterable[int]) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        for seq in sorted(numbers):
            yield from self._rows("WHERE seq = ?", (seq,))

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[tuple[int, str, str, dict[str, Any]]]:
        """Place, kind, actor and body of changes. ``where`` is of our own words only."""
        try:
            found = self._connection.execute(f"SELECT seq, kind, actor, body FROM change {where}", values).fetchall()  # noqa: S608 - words of ours
            return [(seq, kind, actor, _decode(body)) for seq, kind, actor, body in found]
        except (sqlite3.Error, msgspec.DecodeError) as wrong:
            raise OSError(errno.EIO, f"the registry cannot be read: {wrong}", str(self._path)) from wrong


def erased_body(was: str) -> bytes:
    """What is left of the body of a change of the kind ``was`` that lost all its words."""
    return _encode({"was": was})


def without_words(body: dict[str, Any]) -> dict[str, Any]:
    """A body without its free words."""
    return {member: value for member, value in body.items() if member not in WORDS}


def _folded(text: str) -> str:
    """A text as all its ways of writing are compared: whatever the case, the width, and how accents are put together."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _is_telling(name: str) -> bool:
    """Whether a name or address can be looked for in what others wrote: one word of our letters would be found everywhere."""
    return " " in name or "@" in name or (len(name) > 1 and any(map(_is_caseless, name)))


def _is_caseless(letter: str) -> bool:
    """Of a script without upper case; such scripts write words without spaces, or put short words before them."""
    return letter.isalpha() and letter.upper() == letter.lower()


def _in_json(text: str) -> str:
    """How a text stands within a string of JSON. Texts that are JSON strings already stand as they are."""
    return text if text.startswith('"') else _encode(text).decode()[1:-1]


def _says(value: Any, needles: Sequence[str]) -> bool:
    """Whether one of the folded texts stands in a value, at any depth, and is no part of a longer word."""
    match value:
        case str():
            folded = _folded(value)
            return any(_stands_in(needle, folded) for needle in needles)
        case dict():
            return any(_says(each, needles) for pair in value.items() for each in pair)
        case list() | tuple():
            return any(_says(each, needles) for each in value)
        case _:
            return False


def _stands_in(needle: str, text: str) -> bool:
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        begun = at and _is_one_word(text[at - 1], needle[0])
        grown = " " not in needle and end < len(text) and _is_one_word(needle[-1], text[end])  # a full name may have an ending
        if not begun and not grown:
            return True
        at = text.find(needle, at + 1)
    return False


def _is_one_word(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum() and not _is_caseless(one) and not _is_caseless(other)
