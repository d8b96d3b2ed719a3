"""Who is this person, what is known of them, whose is this key? Read from the history, for one at a time.

A million people are too many to hold and to fold at every start. An index finds the few changes of one person; they are
folded by the registry's own effects when somebody asks.

INVARIANT (P6): every answer is that of one version, the one of the registry that asks. A history only grows, so what was so
at version V is what the changes up to ``seq`` V say, whatever others append meanwhile: no read has to hold a transaction
open, the write-ahead file never waits for us, and "as known at an earlier moment" is the same question with a smaller V.

Nobody is remembered but the last few thousand: a roster of a million walks through without growing the process. What SQLite
cannot answer is an OSError; it is never "no such person" (P1).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies.evidence import KeyIssued
from safeconduct.registry.bodies.rosters import PersonEnrolled
from safeconduct.registry.changes import BODIES, MARKS, POPULATION, Change
from safeconduct.registry.effects.evidence import issued_key
from safeconduct.registry.effects.rosters import enrolled_facts, enrolled_person
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import take_body
from safeconduct.registry.population import Everybody
from safeconduct.registry.records import FactRecord, Key, Person

REMEMBERED: Final = 4_096  # people and keys kept after the last look; some 2 KB each
ROWS_AT_ONCE: Final = 1_000
LAST: Final = "\x7f"  # sorts after every id (they are lower-case ASCII)

_OF_PEOPLE: Final = (
    "'person.registered', 'person.enrolled', 'person.amended', 'person.ended', 'person.suspended', 'person.restored', "
    "'membership.started', 'membership.ended', 'fact.recorded', 'fact.withdrawn'"
)
_OF_KEYS: Final = "'key.issued', 'key.revoked'"
PERSON_KINDS: Final = f"({_OF_PEOPLE})"
KEY_KINDS: Final = f"({_OF_KEYS})"
POPULATION_KINDS: Final = f"({_OF_PEOPLE}, {_OF_KEYS})"
"""The kinds of changes as SQL, word for word as the indexes list them: only so does SQLite see that an index will do."""
MARK_KINDS: Final = "('measure.taken', 'measure.undone', 'measure.appealed', 'risk.moved')"
IS_STRUCTURE: Final = (
    f"kind NOT IN {POPULATION_KINDS} AND (kind NOT IN {MARK_KINDS} OR (subject NOT GLOB 'person/*' AND subject NOT GLOB 'key/*'))"
)
IS_POPULATION: Final = (
    f"(kind IN {POPULATION_KINDS} OR (kind IN {MARK_KINDS} AND (subject GLOB 'person/*' OR subject GLOB 'key/*')))"
)
"""What is folded and held, and what is asked for one at a time. Marks are either, as their subject is (``of_population``)."""

_COLUMNS: Final = "seq, at, kind, body, actor, salt"
_MARKED: Final = f"FROM change INDEXED BY change_of_marked WHERE kind IN {MARK_KINDS} AND subject"


def _one(index: str, kinds: str, prefix: str) -> str:
    """The changes about one person or key, with the marks about it."""
    return (
        f"SELECT subject, {_COLUMNS} FROM change INDEXED BY {index} "  # noqa: S608 - words of ours only
        f"WHERE kind IN {kinds} AND subject = ?1 AND seq <= ?2 UNION ALL "
        f"SELECT ?1, {_COLUMNS} {_MARKED} = '{prefix}' || ?1 AND seq <= ?2 ORDER BY seq"
    )


def _range_of(index: str, kinds: str, prefix: str) -> str:
    """The same for a range of ids, in order of id."""
    return (
        f"SELECT subject AS name, {_COLUMNS} FROM change INDEXED BY {index} "  # noqa: S608 - words of ours only
        f"WHERE kind IN {kinds} AND subject >= ?1 AND subject < ?2 AND seq <= ?3 UNION ALL "
        f"SELECT substr(subject, {len(prefix) + 1}) AS name, {_COLUMNS} {_MARKED} >= '{prefix}' || ?1 "
        f"AND subject < '{prefix}' || ?2 AND seq <= ?3 ORDER BY name, seq"
    )


_PERSON: Final = _one("change_of_person", PERSON_KINDS, "person/")
_PEOPLE: Final = _range_of("change_of_person", PERSON_KINDS, "person/")
_KEY: Final = _one("change_of_key", KEY_KINDS, "key/")
_KEYS: Final = _range_of("change_of_key", KEY_KINDS, "key/")
_MEASURED: Final = (
    "SELECT subject FROM change INDEXED BY change_of_measure WHERE kind = 'measure.taken' "
    "AND substr(body, 12, 14) = ? AND seq <= ?"
)
_ALL_MARKED: Final = f"SELECT DISTINCT subject {_MARKED} >= ? AND subject < ? AND seq <= ?"
_BOUND: Final = (
    "SELECT subject FROM change INDEXED BY change_of_key "  # noqa: S608 - words of ours only
    f"WHERE kind IN {KEY_KINDS} AND kind = 'key.issued' AND seq <= ? "
    "AND instr(body, CAST('\"project\":' AS BLOB)) ORDER BY subject"
)
_CREDENTIAL: Final = (
    "SELECT subject FROM change INDEXED BY change_of_credential "
    "WHERE kind = 'key.issued' AND substr(body, 12, 64) = ? AND seq <= ?"
)
_COUNT: Final = "SELECT count(*) FROM (SELECT DISTINCT subject FROM change INDEXED BY change_of_{} WHERE kind IN {} AND seq <= ?)"

Row = tuple[Any, ...]
"""Id of the person or key, then seq, moment, kind, body, actor and salt of the change: an effect may keep those."""

_DECODE: Final = {kind: msgspec.json.Decoder(BODIES[kind]).decode for kind in POPULATION | MARKS}
_issued: Final = msgspec.json.Decoder(KeyIssued).decode
_enrolled: Final = msgspec.json.Decoder(PersonEnrolled).decode


class SqlitePopulation:
    """People, facts and keys at one version of a history. Reads through the connection it is given, and holds nothing open."""

    def __init__(self, connection: sqlite3.Connection, version: int, where: str = "") -> None:
        self._connection = connection
        self._version = version
        self._where = where
        self._known: dict[str, tuple[Person | None, tuple[FactRecord, ...]]] = {}
        self._keys: dict[str, Key | None] = {}

    def move(self, version: int, touched: frozenset[str] | None) -> None:
        """Look at ``version`` from now on. What was remembered of those who were not ``touched`` still holds there."""
        self._version = version
        if touched is None or len(touched) > REMEMBERED:
            self._known.clear()
            self._keys.clear()
            return
        for name in touched:
            kind, _, subject = name.partition("/")
            if kind == "key":
                self._keys.pop(subject, None)
            else:
                self._known.pop(subject, None)

    def person(self, name: str) -> Person | None:
        """The person of this id, None when there is none. Raises OSError."""
        return self._of(name)[0]

    def facts(self, name: str) -> tuple[FactRecord, ...]:
        """Every record about a person that was not withdrawn. Raises OSError."""
        return self._of(name)[1]

    def key(self, name: str) -> Key | None:
        """The key of this id, None when there is none. Raises OSError."""
        if name in self._keys:
            return self._keys[name]
        return self._remember(name, self._read(_KEY, (name, self._version)))

    def key_of(self, digest: bytes) -> Key | None:
        """The key that this is kept of, None when there is none. Raises OSError."""
        rows = self._read(_CREDENTIAL, (digest.hex().encode(), self._version))
        found = self.key(rows[0][0]) if rows else None
        return found if found is not None and found.digest == digest else None

    def everyone(self, part: int = 0, parts: int = 1) -> Iterator[Everybody]:
        """Each person once, in order of id; the parts are ranges of ids of about one size. Raises OSError."""
        return self._people(*self._range("person", PERSON_KINDS, part, parts))

    def named(self, prefix: str) -> Iterator[Everybody]:
        """Each person whose id begins so, in order of id. Raises OSError."""
        return self._people(prefix, prefix + LAST)

    def every_key(self, part: int = 0, parts: int = 1) -> Iterator[Key]:
        """Each key once, in order of id. Raises OSError."""
        first, last = self._range("key", KEY_KINDS, part, parts)
        for name, rows in self._groups(_KEYS, (first, last, self._version)):
            key = self._folded_key(name, rows)
            if key is not None:
                yield key

    def bound_keys(self) -> Iterator[Key]:
        """Each key that was issued for a project. Looks for the word in the bodies, and reads only those that have it.

        Raises OSError.
        """
        rows = self._read(_BOUND, (self._version,))
        for (name,) in rows:
            key = self.key(name)
            if key is not None and key.project:
                yield key

    def measured(self, measure: str) -> str | None:
        """Whom the measure of this id is about. Raises OSError."""
        rows = self._read(_MEASURED, (measure.encode(), self._version))
        return str(rows[0][0]) if rows else None

    def marked(self) -> Iterator[str]:
        """``person/ID`` and ``key/ID`` of whoever has marks. Raises OSError."""
        for kind in ("key/", "person/"):
            yield from (str(name) for (name,) in self._read(_ALL_MARKED, (kind, kind + LAST, self._version)))

    def count_people(self) -> int:
        """How many people changes are about: the office refuses those about nobody. Raises OSError."""
        return self._count("person", PERSON_KINDS)

    def count_keys(self) -> int:
        """How many keys were ever issued. Raises OSError."""
        return self._count("key", KEY_KINDS)

    # ----------------------------------------------------------------------------------------------------------------

    def _of(self, name: str) -> tuple[Person | None, tuple[FactRecord, ...]]:
        known = self._known.get(name)
        if known is not None:
            return known
        rows = self._read(_PERSON, (name, self._version))
        found = self._folded(name, rows) if rows else (None, ())
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name] = found
        return found

    def _remember(self, name: str, rows: list[Row]) -> Key | None:
        found = self._folded_key(name, rows)
        if len(self._keys) >= REMEMBERED:
            self._keys.clear()
        self._keys[name] = found
        return found

    def _folded_key(self, name: str, rows: list[Row]) -> Key | None:
        if len(rows) == 1 and rows[0][3] == "key.issued":
            try:
                return issued_key(name, rows[0][2], _issued(rows[0][4]))
            except (msgspec.DecodeError, ValueError) as wrong:
                raise self._unreadable(wrong) from wrong
        return self._fold(rows, "key").keys.get(name)

    def _people(self, first: str, last: str) -> Iterator[Everybody]:
        for name, rows in self._groups(_PEOPLE, (first, last, self._version)):
            person, facts = self._folded(name, rows)
            if person is not None:
                yield person, facts

    def _folded(self, name: str, rows: list[Row]) -> tuple[Person | None, tuple[FactRecord, ...]]:
        if len(rows) == 1 and rows[0][3] == "person.enrolled":  # nearly everybody, so it has a short way
            _, seq, at, _, body, _, salt = rows[0]
            try:
                enrolled = _enrolled(body)
            except msgspec.DecodeError as wrong:
                raise self._unreadable(wrong) from wrong
            return enrolled_person(name, at, enrolled, salt or b""), enrolled_facts(seq, enrolled)
        state = self._fold(rows, "person")
        return state.people.get(name), state.facts.get(name, ())

    def _fold(self, rows: Iterable[Row], marked: str) -> State:
        """``marked`` is how marks write the kind of whom the rows are about."""
        state = State()
        for name, seq, at, kind, body, actor, salt in rows:
            subject = name if kind not in MARKS else f"{marked}/{name}"
            try:
                typed = _DECODE[kind](body)
                take_body(state, Change(seq, at, actor, kind, subject, {}, salt or b""), typed)
            except (msgspec.DecodeError, ValueError) as wrong:
                raise self._unreadable(wrong) from wrong
        return state

    def _groups(self, query: str, arguments: tuple[Any, ...]) -> Iterator[tuple[str, list[Row]]]:
        """Rows that come in order of subject, together for each subject.

        The cursor is not closed here: whoever stops half-way may drop us after the connection was closed, and the cursor goes
        with us.
        """
        name, group = "", []
        try:
            cursor = self._connection.execute(query, arguments)
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                for row in rows:
                    if row[0] == name:
                        group.append(row)
                        continue
                    if group:
                        yield name, group
                    name, group = row[0], [row]
        except sqlite3.Error as wrong:
            raise self._unreadable(wrong) from wrong
        if group:
            yield name, group

    def _range(self, what: str, kinds: str, part: int, parts: int) -> tuple[str, str]:
        if not 0 <= part < parts:
            raise ValueError(f"there is no part {part} of {parts}")
        if parts == 1:
            return "", LAST
        where = f"FROM change INDEXED BY change_of_{what} WHERE kind IN {kinds} AND seq <= ?"
        ((count,),) = self._read(f"SELECT count(*) {where}", (self._version,))
        query = f"SELECT subject {where} ORDER BY subject LIMIT 1 OFFSET ?"
        edges = [self._read(query, (self._version, count * each // parts)) for each in (part, part + 1)]
        first, last = (rows[0][0] if rows else LAST for rows in edges)
        return (first if part else ""), (last if part + 1 < parts else LAST)

    def _count(self, what: str, kinds: str) -> int:
        ((count,),) = self._read(_COUNT.format(what, kinds), (self._version,))
        return int(count)

    def _read(self, query: str, arguments: tuple[Any, ...]) -> list[Any]:
        try:
            return self._connection.execute(query, arguments).fetchall()
        except sqlite3.Error as wrong:
            raise self._unreadable(wrong) from wrong

    def _unreadable(self, wrong: Exception) -> OSError:
        return OSError(errno.EIO, f"people and keys cannot be read: {wrong}", self._where)
