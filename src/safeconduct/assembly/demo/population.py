"""Who lives in the demonstration? Organizations, people and a cast of callers, as plain tables made from a seed.

These tables are what the demonstration holds to be true of the world. What an officer records of it (and with which
evidence) is made from them here; what the law makes of it is computed apart, in ``verdicts``. Nationality stays in the tables:
the registry gets the derived answer "U.S. person under the EAR" and nothing else (P10, 15 CFR 772.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from safeconduct.registry.roster import RosterFact, RosterRow
from safeconduct.terms.moments import FOREVER, SECOND, Moment

YEAR = 365 * 24 * 3600 * SECOND
DAY = 24 * 3600 * SECOND
SOURCE, VERIFIER = "made up for the demonstration", "demonstration"
LISTED_SHARE, FIRM_SHARE = 0.7, 0.067  # of 150 organizations: 105 listed companies, 10 sponsored contractor firms
UNKNOWN_SHARE, EXPIRED_SHARE, CONTRACTOR_SHARE = 0.03, 0.02, 0.12
FEWEST_ORGANIZATIONS, FEWEST_PEOPLE = 6, 60


class Origin(StrEnum):
    """Why somebody is, or is not, a U.S. person under the EAR. Made up; drawn with the weights of ``_WEIGHTS``."""

    CITIZEN = "U.S. citizen"
    GREEN_CARD = "green-card holder"
    PROTECTED = "refugee with U.S. protection"
    DUAL_US = "dual national, one of them U.S."
    DUAL_FOREIGN = "dual national, neither U.S."
    FOREIGN = "foreign national"


class Evidence(StrEnum):
    """What is on record about the status."""

    VALID = "valid"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


_WEIGHTS = {
    Origin.CITIZEN: 60,
    Origin.GREEN_CARD: 10,
    Origin.PROTECTED: 1,
    Origin.DUAL_US: 5,
    Origin.DUAL_FOREIGN: 3,
    Origin.FOREIGN: 21,
}
_COUNTRIES = tuple(
    "IN CA GB FR DE CN JP KR BR MX NG IL IR UA PL ES IT NL SE AU NZ SG VN PK EG ZA AR CO TR ID".split()  # noqa: SIM905 - a table
)


@dataclass(frozen=True, slots=True)
class Organization:
    """``sponsor`` is the company a contractor firm works for; ``listed`` whether the annex of 26 June names it."""

    id: str
    listed: bool
    sponsor: str = ""


@dataclass(frozen=True, slots=True)
class Someone:
    """``employed`` is false for a contractor who works there without being an employee."""

    id: str
    organization: Organization
    origin: Origin
    nationalities: tuple[str, ...]
    evidence: Evidence
    employed: bool

    @property
    def us_person(self) -> bool:
        """15 CFR 772.1: a citizen, a permanent resident or a protected individual; any other nationality does not matter."""
        return self.origin not in (Origin.FOREIGN, Origin.DUAL_FOREIGN)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: a kind of caller, and the person who stands for it. Each has an agent too."""

    kind: str
    person: Someone

    @property
    def agent(self) -> str:
        return f"agent-of-{self.person.id}"


@dataclass(frozen=True, slots=True)
class Population:
    organizations: tuple[Organization, ...]
    people: tuple[Someone, ...]
    cast: tuple[Member, ...] = field(repr=False)

    @property
    def companies(self) -> tuple[Organization, ...]:
        return tuple(each for each in self.organizations if not each.sponsor)

    @property
    def firms(self) -> tuple[Organization, ...]:
        return tuple(each for each in self.organizations if each.sponsor)

    @property
    def nationalities(self) -> int:
        return len({country for each in self.people for country in each.nationalities})


def populate(people: int, organizations: int, seed: int = 20260612) -> Population:
    """Make the tables; equal arguments make equal tables. Raises ValueError below FEWEST_ORGANIZATIONS or FEWEST_PEOPLE."""
    if organizations < FEWEST_ORGANIZATIONS or people < FEWEST_PEOPLE:
        raise ValueError(f"the story needs {FEWEST_PEOPLE} people in {FEWEST_ORGANIZATIONS} organizations")
    random = Random(seed)  # noqa: S311 - made-up people, no secret
    places = _organizations(organizations)
    cast = _cast(places, random)
    everybody = [member.person for member in cast]
    origins, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    for number in range(len(cast), people):
        place = places[number % len(places)] if number < 3 * len(places) else random.choice(places)
        origin = random.choices(origins, weights)[0]
        drawn = random.random()
        evidence = (
            Evidence.UNKNOWN
            if drawn < UNKNOWN_SHARE
            else Evidence.EXPIRED
            if drawn < UNKNOWN_SHARE + EXPIRED_SHARE
            else Evidence.VALID
        )
        employed = random.random() >= CONTRACTOR_SHARE
        everybody.append(_someone(number, place, origin, evidence, employed, random))
    return Population(places, tuple(everybody), cast)


def roster(population: Population, now: Moment) -> tuple[RosterRow, ...]:
    """What is recorded about everybody, as rows of one roster. ``now`` is the moment of the import."""
    return tuple(_row(number, someone, now) for number, someone in enumerate(population.people, 2))


def _organizations(count: int) -> tuple[Organization, ...]:
    firms = max(1, round(count * FIRM_SHARE))
    listed = round(count * LISTED_SHARE)
    companies = [Organization(f"company-{number:03}", number <= listed) for number in range(1, count - firms + 1)]
    step = max(1, len(companies) // firms)
    sponsored = [
        Organization(f"firm-{number:03}", listed=False, sponsor=companies[(number - 1) * step].id)
        for number in range(1, firms + 1)
    ]
    return (*companies, *sponsored)


def _cast(places: tuple[Organization, ...], random: Random) -> tuple[Member, ...]:
    """Two people of each kind that the story tells about; they live in the population like everybody else."""
    listed = [each for each in places if each.listed]
    unlisted = [each for each in places if not each.listed and not each.sponsor]
    firms = [each for each in places if each.sponsor]
    kinds: list[tuple[str, list[Organization], Origin, Evidence, bool]] = [
        ("U.S. citizen", unlisted, Origin.CITIZEN, Evidence.VALID, True),
        ("green-card holder", unlisted, Origin.GREEN_CARD, Evidence.VALID, True),
        ("refugee with U.S. protection", listed, Origin.PROTECTED, Evidence.VALID, True),
        ("dual national, one U.S.", unlisted, Origin.DUAL_US, Evidence.VALID, True),
        ("dual national, none U.S., unlisted company", unlisted, Origin.DUAL_FOREIGN, Evidence.VALID, True),
        ("foreign employee of a listed company", listed, Origin.FOREIGN, Evidence.VALID, True),
        ("foreign employee of an unlisted company", unlisted, Origin.FOREIGN, Evidence.VALID, True),
        ("foreign contractor at a listed company", listed, Origin.FOREIGN, Evidence.VALID, False),
        ("foreign employee of a contractor firm", firms, Origin.FOREIGN, Evidence.VALID, True),
        ("U.S. contractor at a listed company", listed, Origin.CITIZEN, Evidence.VALID, False),
        ("no status on record, listed company", listed, Origin.CITIZEN, Evidence.UNKNOWN, True),
        ("no status on record, unlisted company", unlisted, Origin.CITIZEN, Evidence.UNKNOWN, True),
        ("expired evidence, listed company", listed, Origin.GREEN_CARD, Evidence.EXPIRED, True),
        ("expired evidence, unlisted company", unlisted, Origin.GREEN_CARD, Evidence.EXPIRED, True),
    ]
    members: list[Member] = []
    for kind, choices, origin, evidence, employed in kinds:
        for _ in range(2):
            place = random.choice(choices)
            members.append(Member(kind, _someone(len(members), place, origin, evidence, employed, random)))
    return tuple(members)


def _someone(number: int, place: Organization, origin: Origin, evidence: Evidence, employed: bool, random: Random) -> Someone:
    match origin:
        case Origin.CITIZEN:
            held: tuple[str, ...] = ("US",)
        case Origin.DUAL_US:
            held = ("US", random.choice(_COUNTRIES))
        case Origin.DUAL_FOREIGN:
            held = tuple(random.sample(_COUNTRIES, 2))
        case _:
            held = (random.choice(_COUNTRIES),)
    return Someone(f"p-{number + 1:06}", place, origin, held, evidence, employed)


def _row(number: int, someone: Someone, now: Moment) -> RosterRow:
    home = someone.organization.id
    facts = [RosterFact("employed_there", someone.employed, SOURCE, VERIFIER, "payroll", now - DAY, now + YEAR, home)]
    status = "yes" if someone.us_person else "no"
    if someone.evidence is Evidence.VALID:
        facts.append(RosterFact("us_person.ear", status, SOURCE, VERIFIER, "documents seen", now - DAY, now + YEAR, ""))
    elif someone.evidence is Evidence.EXPIRED:
        facts.append(RosterFact("us_person.ear", status, SOURCE, VERIFIER, "documents seen", now - 2 * YEAR, now - DAY, ""))
    return RosterRow(
        where=f"population.csv:{number}",
        person=someone.id,
        organization=home,
        name="",
        email="",
        role="employee" if someone.employed else "contractor",
        starts=None,
        ends=FOREVER,
        facts=tuple(facts),
    )
