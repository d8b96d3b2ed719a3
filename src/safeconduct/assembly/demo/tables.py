"""How is the population written down? As the files an organization would hand over, and one of what no roster can say.

- ``roster-N.csv``: one row for each person and the first organization, with the evidence at hand.
- ``second.jsonl``: one line for each membership in a second organization.
- ``world.json``: organizations, projects, agents, the lists of the annexes; then, person by person, what came later: evidence
  that contradicts or adds to a row, and people who were suspended or whose access ended.

The product imports these files; the verdicts are computed from the very same files by code that shares nothing with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from safeconduct.assembly.demo.population import Evidence, Fate, Origin, Population, Someone, Work
from safeconduct.terms.moments import SECOND, Moment, show

DAY: Final[Moment] = 86_400 * SECOND
YEAR: Final[Moment] = 365 * DAY
ROWS_PER_FILE: Final = 500_000
SOURCE, VERIFIER, METHOD = "demonstration", "desk", "papers"
STATUS: Final = ("us_citizen", "nationality", "permanent_residence", "protected_individual")
FACTS: Final = (*STATUS, "employed_there")
COLUMNS: Final = (
    *("person", "organization", "role", "starts", "ends", *FACTS, "source", "verifier", "method", "verified_at", "expires_at"),
    *(f"{fact}:{part}" for fact in FACTS for part in ("verified_at", "expires_at")),
)
_PROTECTION: Final = ("refugee", "asylee", "temporary_resident")


@dataclass(frozen=True, slots=True)
class Dates:
    """The moments that rows name, as text. All lie days away from ``now``, so that a story of minutes meets none of them."""

    now: Moment
    long_ago: str
    lately: str
    yesterday: str
    soon: str
    later: str

    @classmethod
    def around(cls, now: Moment) -> Dates:
        now -= now % SECOND  # evidence is dated to the second
        moments = (now - 2 * YEAR, now - 30 * DAY, now - DAY, now + 10 * DAY, now + YEAR)
        return cls(now, *(show(each) for each in moments))


@dataclass(slots=True)
class Later:
    """What the rows cannot say. ``evidence`` is (person, fact, value); ``fates`` is (person, fate)."""

    evidence: list[tuple[str, str, str]] = field(default_factory=list)
    fates: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the tables are. ``rosters`` in the order of import; ``memberships`` counts seats of people."""

    folder: Path
    rosters: tuple[Path, ...]
    world: Path
    memberships: int


def write(population: Population, folder: Path, now: Moment) -> Files:
    """Write everything into ``folder``; people pass one at a time. Raises OSError."""
    dates, later = Dates.around(now), Later()
    seconds = 0
    people = population.everybody()
    rosters: list[Path] = []
    with (folder / "second.jsonl").open("w", encoding="utf-8") as second:
        for first in range(0, population.size, ROWS_PER_FILE):
            path = folder / f"roster-{first // ROWS_PER_FILE + 1}.csv"
            rosters.append(path)
            with path.open("w", encoding="utf-8") as opened:
                seconds += _write_rows(people, min(ROWS_PER_FILE, population.size - first), dates, later, (opened, second))
    world = folder / "world.json"
    world.write_text(json.dumps(_world(population, dates, later)), encoding="utf-8")
    if seconds:
        rosters.append(folder / "second.jsonl")
    return Files(folder, tuple(rosters), world, population.size + seconds)


def _write_rows(people: Iterator[Someone], count: int, dates: Dates, later: Later, files: tuple[TextIO, TextIO]) -> int:
    roster, second = files
    write, seconds = roster.write, 0
    write(",".join(COLUMNS) + "\n")
    for _ in range(count):
        someone = next(people)
        write(_row(someone, dates, later))
        if someone.second:
            second.write(json.dumps(_second(someone, dates)) + "\n")
            seconds += 1
    return seconds


def evidence_of(someone: Someone) -> tuple[str, str, str, str]:
    """What the papers say: citizenship, nationalities, permanent residence, protection. Blank is unknown."""
    match someone.origin:
        case Origin.CITIZEN:
            return ("yes", "", "", "")
        case Origin.DUAL_US:
            return ("", ";".join(someone.held), "", "")
        case Origin.LATER_DUAL:
            return ("", "US", "", "")
        case Origin.GREEN_CARD:
            return ("no", "", "US", "")
        case Origin.NATIONAL:
            return ("no", "", "none", "national")
        case Origin.PROTECTED:
            return ("no", "", "none", _PROTECTION[len(someone.organization + someone.held[0]) % 2 + (someone.held[0] > "M")])
        case Origin.FOREIGN:
            return ("no", "", "none", "none")
        case Origin.RESIDENT_ELSEWHERE:
            return ("no", "", "DE" if someone.held[0] != "DE" else "FR", "none")
        case _:
            return ("", ";".join(someone.held), "none", "none")


def _row(someone: Someone, dates: Dates, later: Later) -> str:
    status = list(evidence_of(someone))
    dated = [""] * (2 * len(FACTS))
    basis = next((place for place, value in enumerate(status) if value and value != "no"), 0)
    match someone.evidence:
        case Evidence.UNKNOWN:
            status = ["", "", "", ""]
        case Evidence.HALF:
            status[_half(someone)] = ""
        case Evidence.EXPIRED:
            dated[2 * basis : 2 * basis + 2] = dates.long_ago, dates.yesterday
        case Evidence.SHORT:
            dated[2 * basis + 1] = dates.soon
        case Evidence.CONTRADICTED:
            status = ["yes", "", "", ""] if status[0] != "no" else status
            later.evidence.append((someone.id, "us_citizen", "no" if status[0] == "yes" else "yes"))
    if someone.origin is Origin.LATER_DUAL and someone.evidence in (Evidence.VALID, Evidence.SHORT):
        later.evidence.append((someone.id, "nationality", ";".join(someone.held)))
    if someone.fate in (Fate.ENDED, Fate.SUSPENDED):
        later.fates.append((someone.id, someone.fate.value))
    employed, dated[-2], dated[-1] = _work(someone.work, dates)
    starts, ends = _membership(someone.fate, dates)
    role = "employee" if someone.work in (Work.EMPLOYEE, Work.UNKNOWN, Work.EXPIRED) else someone.work.value
    cells = (someone.id, someone.organization, role, starts, ends, *status, employed)
    return ",".join((*cells, SOURCE, VERIFIER, METHOD, dates.lately, dates.later, *dated)) + "\n"


def _half(someone: Someone) -> int:
    """Which of the four answers is missing: the one that carries, or one of those that rule a basis out."""
    match someone.origin:
        case Origin.CITIZEN:
            return 0
        case Origin.FOREIGN | Origin.RESIDENT_ELSEWHERE:
            return (0, 2, 3)[ord(someone.held[0][0]) % 3]
        case Origin.GREEN_CARD:
            return 2
        case Origin.NATIONAL | Origin.PROTECTED:
            return 3
        case _:
            return 1


def _work(work: Work, dates: Dates) -> tuple[str, str, str]:
    match work:
        case Work.EMPLOYEE:
            return "true", "", ""
        case Work.CONTRACTOR | Work.SECONDED:
            return "false", "", ""
        case Work.EXPIRED:
            return "true", dates.long_ago, dates.yesterday
        case _:
            return "", "", ""


def _membership(fate: Fate, dates: Dates) -> tuple[str, str]:
    match fate:
        case Fate.LEFT:
            return dates.long_ago, dates.yesterday
        case Fate.COMING:
            return dates.soon, "open"
        case _:
            return "", "open"


def _second(someone: Someone, dates: Dates) -> dict[str, str]:
    employed, verified, expires = _work(someone.second_work, dates)
    row = {"person": someone.id, "organization": someone.second, "role": "second", "ends": "open"}
    if employed:
        evidence = {"source": SOURCE, "verifier": VERIFIER, "method": METHOD}
        row |= {
            "employed_there": employed,
            **evidence,
            "verified_at": verified or dates.lately,
            "expires_at": expires or dates.later,
        }
    return row


def _world(population: Population, dates: Dates, later: Later) -> dict[str, Any]:
    def lines(annex: str) -> list[tuple[str, str]]:
        return [(each.id, scope) for each in population.organizations for scope in getattr(each, annex)]

    organizations = [
        {"id": each.id, "parent": each.parent, "relation": each.relation, "fate": each.fate.value, "ends": _until(each, dates)}
        for each in population.organizations
    ]
    return {
        "organizations": organizations,
        "projects": [{"id": name, "organization": home} for name, home in population.projects.items()],
        "agents": [asdict(each) for each in population.agents],
        "annexes": {"partners": lines("partner"), "listed": lines("listed")},
        "evidence": _dated(later.evidence, dates),
        "fates": [{"person": person, "fate": fate} for person, fate in later.fates],
    }


def _until(organization: object, dates: Dates) -> str:
    return dates.later if getattr(organization, "relation", "") == "contractor" else "open"


def _dated(evidence: Sequence[tuple[str, str, str]], dates: Dates) -> list[dict[str, str]]:
    return [
        {"person": person, "fact": fact, "value": value, "verified_at": dates.yesterday, "expires_at": dates.later}
        for person, fact, value in evidence
    ]
