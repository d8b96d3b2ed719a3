"""Who lives in the demonstration? Organizations, people, agents and a cast of callers, as plain tables made from a seed.

These tables are what the demonstration holds to be true of the world, and which evidence of it is at hand. Nobody's status under
a law is among them: what is recorded is evidence (a citizenship, a card, a protection, an employment), and the status is
derived from it, once by the product and once, apart, in ``verdicts``. People are made one by one and never held all together.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import Final, Generic, NamedTuple, TypeVar

SEED: Final = 20260612
LISTED_SHARE, FIRM_SHARE, SUBSIDIARY_SHARE = (
    0.7,
    0.067,
    0.08,
)  # of 150: 105 listed companies, 10 contractor firms, 12 subsidiaries
FEWEST_ORGANIZATIONS, FEWEST_PEOPLE = 12, 120
SECOND_SHARE: Final = 0.03  # of the people belong to a second organization
MOST_AGENTS: Final = 300


class Origin(StrEnum):
    """What somebody is. Made up; drawn with the weights of ``_ORIGINS``."""

    CITIZEN = "U.S. citizen"
    DUAL_US = "dual national, one of them U.S."
    LATER_DUAL = "U.S. citizen with a later second nationality"
    GREEN_CARD = "green-card holder"
    NATIONAL = "non-citizen national of the U.S."
    PROTECTED = "refugee, asylee or temporary resident with U.S. protection"
    FOREIGN = "foreign national"
    RESIDENT_ELSEWHERE = "foreign national with residence in a third country"
    DUAL_FOREIGN = "dual national, neither U.S."


class Evidence(StrEnum):
    """What is on record about that."""

    VALID = "valid"
    UNKNOWN = "unknown"
    HALF = "half known"
    EXPIRED = "expired"
    SHORT = "about to expire"
    CONTRADICTED = "contradicted"


class Work(StrEnum):
    """The relation to the organization; all but the first are not verified employment there."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    SECONDED = "secondee"
    UNKNOWN = "employee, nothing verified"
    EXPIRED = "employee, verification expired"


class Fate(StrEnum):
    """What became of somebody, or of an organization."""

    NONE = ""
    ENDED = "ended"
    SUSPENDED = "suspended"
    LEFT = "left"
    COMING = "coming"


_ORIGINS: Final = {
    Origin.CITIZEN: 56,
    Origin.DUAL_US: 5,
    Origin.LATER_DUAL: 0.05,
    Origin.GREEN_CARD: 10,
    Origin.NATIONAL: 0.5,
    Origin.PROTECTED: 1.5,
    Origin.FOREIGN: 21,
    Origin.RESIDENT_ELSEWHERE: 3,
    Origin.DUAL_FOREIGN: 3,
}
_EVIDENCE: Final = {
    Evidence.VALID: 93.9,
    Evidence.UNKNOWN: 2.2,
    Evidence.HALF: 0.8,
    Evidence.EXPIRED: 2,
    Evidence.SHORT: 1,
    Evidence.CONTRADICTED: 0.1,
}
_WORK: Final = {Work.EMPLOYEE: 84, Work.CONTRACTOR: 9, Work.SECONDED: 2, Work.UNKNOWN: 3, Work.EXPIRED: 2}
_FATES: Final = {Fate.NONE: 98.9, Fate.ENDED: 0.05, Fate.SUSPENDED: 0.05, Fate.LEFT: 0.7, Fate.COMING: 0.3}
_COUNTRIES: Final = tuple(
    "IN CA GB FR DE CN JP KR BR MX NG IL IR UA PL ES IT NL SE AU NZ SG VN PK EG ZA AR CO TR ID".split()  # noqa: SIM905 - a table
)


@dataclass(frozen=True, slots=True)
class Organization:
    """``partner`` and ``listed`` hold the scopes of its lines in the annexes; empty where the annex does not name it.

    ``relation`` is what it is to ``parent``: ``contractor`` or ``subsidiary``.
    """

    id: str
    parent: str = ""
    relation: str = ""
    partner: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    fate: Fate = Fate.NONE


class Someone(NamedTuple):
    """One person. ``held`` are countries: nationalities, or of residence. ``second`` is another organization, or empty."""

    id: str
    organization: str
    origin: Origin
    evidence: Evidence
    work: Work
    held: tuple[str, ...]
    fate: Fate = Fate.NONE
    second: str = ""
    second_work: Work = Work.SECONDED


@dataclass(frozen=True, slots=True)
class Agent:
    """``sponsor_kind`` is ``person``, ``project`` or ``agent``."""

    id: str
    organization: str
    sponsor_kind: str
    sponsor: str
    fate: Fate = Fate.NONE


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: a kind of caller, who stands for it, and the organization that the call is for. Each has an agent too."""

    kind: str
    person: Someone
    organization: str

    @property
    def agent(self) -> str:
        return f"agent-of-{self.person.id}"


@dataclass(frozen=True, slots=True)
class Population:
    """``projects`` are ids by the organization they belong to. People come from ``everybody``."""

    size: int
    seed: int
    organizations: tuple[Organization, ...]
    projects: Mapping[str, str]
    agents: tuple[Agent, ...]
    cast: tuple[Member, ...] = field(repr=False)

    @property
    def companies(self) -> tuple[Organization, ...]:
        return tuple(each for each in self.organizations if not each.parent)

    @property
    def firms(self) -> tuple[Organization, ...]:
        return tuple(each for each in self.organizations if each.relation == "contractor")

    @property
    def subsidiaries(self) -> tuple[Organization, ...]:
        return tuple(each for each in self.organizations if each.relation == "subsidiary")

    def everybody(self) -> Iterator[Someone]:
        """Every person in the order of ids, each time the same."""
        for member in self.cast:
            yield member.person
        yield from _drawn(self.organizations, len(self.cast), self.size, self.seed)


def populate(people: int, organizations: int, seed: int = SEED) -> Population:
    """Make the tables; equal arguments make equal tables. Raises ValueError below FEWEST_ORGANIZATIONS or FEWEST_PEOPLE."""
    if organizations < FEWEST_ORGANIZATIONS or people < FEWEST_PEOPLE:
        raise ValueError(f"the story needs {FEWEST_PEOPLE} people in {FEWEST_ORGANIZATIONS} organizations")
    places = _organizations(organizations)
    cast = _cast(places, Random(seed))  # noqa: S311 - made-up people, no secret
    projects = {f"project-{number:03}": each.id for number, each in enumerate(places[::5], 1)}
    sponsors = [someone for someone, _ in zip(_drawn(places, len(cast), people, seed), range(MOST_AGENTS), strict=False)]
    return Population(people, seed, places, projects, _agents(cast, sponsors, projects), cast)


def _organizations(count: int) -> tuple[Organization, ...]:
    """Listed companies first, then partners that are not listed, then companies that are neither; then what hangs below them."""
    firms, subsidiaries = max(2, round(count * FIRM_SHARE)), max(2, round(count * SUBSIDIARY_SHARE))
    companies = count - firms - subsidiaries
    listed = min(round(count * LISTED_SHARE), companies - 3)
    partners = listed + max(1, (companies - listed) * 2 // 3)
    below = [f"company-{number:03}" for number in range(1, firms + subsidiaries + 1)]
    found = []
    for number in range(1, companies + 1):
        name = f"company-{number:03}"
        scopes, exempt = [""], [""]
        if number <= firms:
            scopes = ["and contractors"] if number % 3 else [""]
            exempt = ["and contractors"] if number % 3 == 1 else [""]
        elif number <= firms + subsidiaries:
            scopes = ["and subsidiaries"] if (number - firms) % 5 != 4 else [""]
            exempt = ["and subsidiaries", "and contractors"] if (number - firms) % 2 else [""]
        fate = {companies - 1: Fate.SUSPENDED, partners - 1: Fate.ENDED}.get(number, Fate.NONE) if count >= 40 else Fate.NONE
        found.append(
            Organization(
                name,
                partner=tuple(scopes) if number <= partners else (),
                listed=tuple(exempt) if number <= listed else (),
                fate=fate,
            )
        )
    for number in range(1, firms + 1):
        fate = Fate.ENDED if number == 5 else Fate.NONE
        found.append(Organization(f"firm-{number:03}", below[number - 1], "contractor", fate=fate))
    found += [Organization(f"subsidiary-{number:03}", name, "subsidiary") for number, name in enumerate(below[firms:], 1)]
    return tuple(found)


def _drawn(places: tuple[Organization, ...], first: int, people: int, seed: int) -> Iterator[Someone]:
    random = Random(seed + 1)  # noqa: S311 - made-up people, no secret
    draw, names = random.random, [each.id for each in places]
    origins, evidences, works, fates = (_Dice(weights) for weights in (_ORIGINS, _EVIDENCE, _WORK, _FATES))
    for number in range(first, people):
        place = number % len(names) if number < 3 * len(names) else int(draw() * len(names))
        second, second_work = "", Work.SECONDED
        if draw() < SECOND_SHARE:
            second = names[(place + 1 + int(draw() * (len(names) - 1))) % len(names)]
            second_work = Work.SECONDED if draw() < 0.5 else works.throw(draw())
        origin = origins.throw(draw())
        yield Someone(
            f"p-{number:07}",
            names[place],
            origin,
            evidences.throw(draw()),
            works.throw(draw()),
            _held(origin, draw()),
            fates.throw(draw()),
            second,
            second_work,
        )


Face = TypeVar("Face")


class _Dice(Generic[Face]):
    """Draws one of several things by their weights, from a number in [0, 1)."""

    def __init__(self, weights: Mapping[Face, float]) -> None:
        self._faces = list(weights)
        self._bounds = [bound / sum(weights.values()) for bound in accumulate(weights.values())]

    def throw(self, number: float) -> Face:
        return self._faces[min(bisect(self._bounds, number), len(self._faces) - 1)]


def _held(origin: Origin, number: float) -> tuple[str, ...]:
    """The countries that belong to an origin, from a number in [0, 1)."""
    first = int(number * len(_COUNTRIES))
    match origin:
        case Origin.DUAL_US | Origin.LATER_DUAL:
            return ("US", _COUNTRIES[first])
        case Origin.DUAL_FOREIGN:
            return (_COUNTRIES[first], _COUNTRIES[(first + 7) % len(_COUNTRIES)])
        case Origin.CITIZEN | Origin.NATIONAL:
            return ("US",)
        case _:
            return (_COUNTRIES[first],)


def _agents(cast: tuple[Member, ...], sponsors: list[Someone], projects: Mapping[str, str]) -> tuple[Agent, ...]:
    """One for each of the cast; then one of people drawn by lot, every fifth with a sub-agent; then one for each project."""
    found = [Agent(each.agent, each.organization, "person", each.person.id) for each in cast]
    ofprojects = [Agent(f"agent-of-{name}", home, "project", name) for name, home in projects.items()]
    for number, someone in enumerate(sponsors):
        if len(found) + len(ofprojects) >= MOST_AGENTS:
            break
        fate = Fate.ENDED if number % 29 == 7 else Fate.SUSPENDED if number % 31 == 9 else Fate.NONE
        found.append(Agent(f"agent-of-{someone.id}", someone.organization, "person", someone.id, fate))
        if number % 5 == 0:
            found.append(Agent(f"sub-agent-of-{someone.id}", someone.organization, "agent", found[-1].id))
    return tuple(found + ofprojects)


def _cast(places: tuple[Organization, ...], random: Random) -> tuple[Member, ...]:
    """Two people of each kind that the story tells about; they live in the population like everybody else."""
    alive = [each for each in places if not each.fate]
    listed = [each.id for each in alive if each.listed]
    others = [each.id for each in alive if not each.listed and each.partner]
    strangers = [each.id for each in alive if not each.partner and not each.parent]
    scopes = {each.id: each.listed for each in places}
    partners = {each.id: each.partner for each in places}
    firms = [each.id for each in alive if each.relation == "contractor" and "and contractors" in partners[each.parent]]
    below = [each for each in alive if each.relation == "subsidiary" and "and subsidiaries" in partners[each.parent]]
    named = [each.id for each in below if "and subsidiaries" in scopes[each.parent]]
    unnamed = [each.id for each in below if "and subsidiaries" not in scopes[each.parent]]
    valid, employee, contractor = Evidence.VALID, Work.EMPLOYEE, Work.CONTRACTOR
    foreign, citizen, card = Origin.FOREIGN, Origin.CITIZEN, Origin.GREEN_CARD
    kinds: list[tuple[str, list[str], Origin, Evidence, Work]] = [
        ("U.S. citizen", others, citizen, valid, employee),
        ("green-card holder", others, card, valid, employee),
        ("person under U.S. protection", listed, Origin.PROTECTED, valid, employee),
        ("non-citizen national", others, Origin.NATIONAL, valid, employee),
        ("dual national, one U.S.", others, Origin.DUAL_US, valid, employee),
        ("U.S. citizen, later a second nationality", others, Origin.LATER_DUAL, valid, employee),
        ("dual national, none U.S., unlisted company", others, Origin.DUAL_FOREIGN, valid, employee),
        ("foreign employee of a listed company", listed, foreign, valid, employee),
        ("foreign employee of an unlisted company", others, foreign, valid, employee),
        ("foreign contractor at a listed company", listed, foreign, valid, contractor),
        ("foreign secondee at a listed company", listed, foreign, valid, Work.SECONDED),
        ("foreign employee, employment not verified, listed", listed, foreign, valid, Work.UNKNOWN),
        ("foreign employee of a contractor firm", firms, foreign, valid, employee),
        ("foreign employee of a subsidiary named with its parent", named, foreign, valid, employee),
        ("foreign employee of a subsidiary not named", unnamed, foreign, valid, employee),
        ("U.S. contractor at a listed company", listed, citizen, valid, contractor),
        ("U.S. citizen of an organization without authorization", strangers, citizen, valid, employee),
        ("no status on record, listed company", listed, citizen, Evidence.UNKNOWN, employee),
        ("no status on record, unlisted company", others, citizen, Evidence.UNKNOWN, employee),
        ("expired evidence, listed company", listed, card, Evidence.EXPIRED, employee),
        ("expired evidence, unlisted company", others, card, Evidence.EXPIRED, employee),
        ("contradicting evidence, unlisted company", others, citizen, Evidence.CONTRADICTED, employee),
    ]
    members: list[Member] = []
    for kind, choices, origin, evidence, work in kinds:
        for _ in range(2):
            place = random.choice(choices)
            held = _held(origin, random.random())
            members.append(Member(kind, Someone(f"p-{len(members):07}", place, origin, evidence, work, held), place))
    for kind, is_home in (("in two organizations, for the listed one", True), ("in two organizations, for the other", False)):
        for _ in range(2):
            home, other, held = random.choice(listed), random.choice(others), _held(foreign, random.random())
            person = Someone(f"p-{len(members):07}", home, foreign, valid, employee, held, Fate.NONE, other, employee)
            members.append(Member(f"foreign employee {kind}", person, home if is_home else other))
    return tuple(members)
