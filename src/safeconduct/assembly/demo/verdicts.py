"""What should the answer be? The four legal states as a lawyer would tick them off lists, from the files as handed over.

INVARIANT: this module shares no line with what decides. It imports nothing but the standard library, reads the roster files and
``world.json`` by itself, compares times as text (all are UTC, to the second, so they sort), and knows neither Cedar nor
instruments nor the registry. The demonstration holds every decision of the product against it.

For each seat (somebody, or an agent, in one organization) and each model it gives one word: ``yes``, or the kind of the no.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

FABLE, MYTHOS = "claude-fable-5", "claude-mythos-5"
MODELS = (FABLE, MYTHOS)
YES, NAMED, UNKNOWN, EXPIRED, CONTRADICTED = "yes", "named", "unknown", "expired", "contradicted"
LAPSED, HIDDEN = "lapsed", "hidden"
"""``lapsed``: a link of the chain is not alive. ``hidden``: never authorized, so the model does not exist for this caller."""


class State(IntEnum):
    """The four states, in order."""

    AUTHORIZED = 1
    LETTER = 2
    EXEMPTION = 3
    LIFTED = 4


class Seat(NamedTuple):
    """``who`` is ``person/ID`` or ``agent/ID``; then the word for each of MODELS, in order."""

    who: str
    organization: str
    fable: str
    mythos: str


class Piece(NamedTuple):
    """One piece of evidence: the value as written, in force in ``[since, until)``."""

    value: str
    since: str
    until: str


class Head(NamedTuple):
    """What counts of a person in one organization."""

    status: str
    employed: bool
    alive: bool


NOBODY = Head(UNKNOWN, employed=False, alive=True)
"""At the head of an agent that a project sponsors: no natural person, so nothing is known."""
_STATUS = ("us_citizen", "nationality", "permanent_residence", "protected_individual")


class World:
    """Everything but the people: organizations, agents, lists, and what came later about single people."""

    def __init__(self, tables: Mapping[str, object], at: str) -> None:
        self.at = at
        self.organizations = {str(row["id"]): row for row in _rows(tables, "organizations")}
        self.projects = {str(row["id"]): str(row["organization"]) for row in _rows(tables, "projects")}
        self.agents = {str(row["id"]): row for row in _rows(tables, "agents")}
        self.fates = {str(row["person"]): str(row["fate"]) for row in _rows(tables, "fates")}
        self.later: dict[str, list[tuple[str, Piece]]] = {}
        for row in _rows(tables, "evidence"):
            piece = Piece(str(row["value"]), str(row["verified_at"]), str(row["expires_at"]))
            self.later.setdefault(str(row["person"]), []).append((str(row["fact"]), piece))
        annexes = tables["annexes"]
        assert isinstance(annexes, Mapping)
        self.partners = {name for name in self.organizations if self._is_named(name, annexes["partners"])}
        self.listed = {name for name in self.organizations if self._is_named(name, annexes["listed"])}
        self.alive = {name for name in self.organizations if self._lives(name)}

    def _is_named(self, name: str, lines: Sequence[Sequence[str]]) -> bool:
        """A line names that legal person; those below it only where it says so, one level down."""
        row = self.organizations[name]
        spoken = {"subsidiary": "and subsidiaries", "contractor": "and contractors"}.get(str(row["relation"]))
        return any(line[0] == name or (line[0] == row["parent"] and line[1] == spoken) for line in lines)

    def _lives(self, name: str) -> bool:
        """An organization lives only through every organization above it."""
        while name:
            row = self.organizations[name]
            if row["fate"] or not self.at < str(row["ends"]):
                return False
            name = str(row["parent"])
        return True


def judge(rosters: Iterable[Path], world: Path, state: State, at: str) -> Iterator[Seat]:
    """The word of the law of ``state`` at ``at``, RFC 3339 in UTC, to the second.

    People come in the order of the rosters, then agents. Raises OSError, KeyError where a file is not as it was handed over.
    """
    known = World(json.loads(world.read_text(encoding="utf-8")), at)
    files = list(rosters)
    seconds = {str(row["person"]): row for path in files if path.suffix == ".jsonl" for row in _lines(path)}
    heads: dict[str, dict[str, Head]] = {}
    for row in known.agents.values():
        if row["sponsor_kind"] == "person":
            heads[str(row["sponsor"])] = {}
    for path in files:
        if path.suffix == ".jsonl":
            continue
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                person = row["person"]
                for seat in _seats(row, seconds.get(person), known):
                    if person in heads:
                        heads[person][seat[0]] = seat[1]
                    yield _judged(f"person/{person}", seat[0], seat[1], known, state)
    for name, row in known.agents.items():
        yield _agent(name, row, heads, known, state)


def _seats(row: Mapping[str, str], second: Mapping[str, str] | None, known: World) -> Iterator[tuple[str, Head]]:
    """Each organization of a person, with what counts there, by id of the organization."""
    status = _us_person(row, known)
    lives = row["person"] not in known.fates
    found = [_place(each, status, known, lives=lives) for each in (row, *([second] if second is not None else []))]
    return iter(sorted(found))


def _place(row: Mapping[str, str], status: str, known: World, *, lives: bool) -> tuple[str, Head]:
    at = known.at
    member = row.get("starts", "") <= at < (row.get("ends") or "open")
    employed = False
    if row.get("employed_there") == "true":
        piece = _piece(row, "employed_there")
        employed = piece.since <= at < piece.until
    return row["organization"], Head(status, employed, lives and member)


def _us_person(row: Mapping[str, str], known: World) -> str:
    """15 CFR 772.1: a citizen, a permanent resident or a protected individual; any other nationality takes nothing away."""
    later = known.later.get(row["person"], ())
    pieces: dict[str, list[Piece]] = {fact: [_piece(row, fact)] if row[fact] else [] for fact in _STATUS}
    for fact, piece in later:
        pieces[fact].append(piece)
    citizen = [(piece, piece.value == "yes") for piece in pieces["us_citizen"]]
    citizen += [(piece, "US" in piece.value.split(";")) for piece in pieces["nationality"]]
    resident = [(piece, "US" in piece.value.split(";")) for piece in pieces["permanent_residence"]]
    protected = [(piece, piece.value != "none") for piece in pieces["protected_individual"]]
    found = [_ticked(basis, known.at) for basis in (citizen, resident, protected)]
    for word in (YES, EXPIRED, CONTRADICTED, UNKNOWN):
        if word in found:
            return word
    return NAMED


def _ticked(basis: Sequence[tuple[Piece, bool]], at: str) -> str:
    """One basis: yes, or no (``named``); else what it lacks. Only a basis that was there can expire."""
    seen = [(piece, holds) for piece, holds in basis if piece.since <= at]
    for one, holds in seen:
        for other, says in seen:
            overlap = one.since < other.until and other.since < one.until
            if holds != says and overlap and at < max(one.until, other.until):
                return CONTRADICTED
    live = [holds for piece, holds in seen if at < piece.until]
    if live:
        return YES if live[0] else NAMED
    return EXPIRED if any(holds for _, holds in seen) else UNKNOWN


def _piece(row: Mapping[str, str], fact: str) -> Piece:
    since = row.get(f"{fact}:verified_at") or row["verified_at"]
    return Piece(row[fact], since, row.get(f"{fact}:expires_at") or row["expires_at"])


def _agent(name: str, row: Mapping[str, object], heads: Mapping[str, Mapping[str, Head]], known: World, state: State) -> Seat:
    """An agent is judged as the person at the head of its chain, in the agent's own organization; every link must be alive."""
    place, alive = str(row["organization"]), True
    while True:
        alive = alive and not row["fate"] and row["organization"] == place
        if row["sponsor_kind"] != "agent":
            break
        row = known.agents[str(row["sponsor"])]
    if row["sponsor_kind"] == "person":
        head = heads[str(row["sponsor"])].get(place, NOBODY._replace(alive=False))
    else:
        head = NOBODY
        alive = alive and known.projects[str(row["sponsor"])] == place
    return _judged(f"agent/{name}", place, head._replace(alive=alive and head.alive), known, state)


def _judged(who: str, place: str, head: Head, known: World, state: State) -> Seat:
    alive = head.alive and place in known.alive
    fable = _fable(head, state) if alive else LAPSED
    if place not in known.partners:
        return Seat(who, place, fable, HIDDEN)
    if not alive:
        return Seat(who, place, fable, LAPSED)
    exempt = state is State.EXEMPTION and place in known.listed and head.employed
    return Seat(who, place, fable, YES if exempt else fable)


def _fable(head: Head, state: State) -> str:
    return YES if state in (State.AUTHORIZED, State.LIFTED) else head.status


def _rows(tables: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    rows = tables[name]
    assert isinstance(rows, list)
    return rows


def _lines(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def read_verdicts(path: Path) -> Iterator[Seat]:
    """What ``main`` wrote, line by line. Raises OSError."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Seat(*line.rstrip("\n").split("\t"))


def main() -> int:
    """``python -m safeconduct.assembly.demo.verdicts OUT STATE AT WORLD ROSTER...``: judge everybody as a process of its own."""
    out, state, at, world, *rosters = sys.argv[1:]
    with Path(out).open("w", encoding="utf-8") as lines:
        for seat in judge(map(Path, rosters), Path(world), State(int(state)), at):
            lines.write("\t".join(seat) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
