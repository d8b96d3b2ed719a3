"""How do people who do nothing wrong use models? Their hours, topics, devices and nights on call, drawn from one seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from evaluation.behavior.pools import Pool
from safeconduct.terms.signals import CallSignal, IdentitySignal, Signal

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
START = 20_605 * DAY  # a Monday
WEEK = (1.0, 1.05, 1.05, 1.0, 0.85, 0.12, 0.1)
TOOLS = ("Bash", "Read", "Edit", "Grep", "WebFetch", "search", "sql", "send_mail")
CITIES = ((52.5, 13.4), (40.7, -74.0), (35.7, 139.7), (-33.9, 151.2), (51.5, -0.1), (37.8, -122.4))


@dataclass
class Person:
    """Who somebody is to the generator. ``group`` is the label that reports go by; ``pool`` what is written."""

    name: str
    group: str
    organization: str
    purpose: str
    project: str
    pool: Pool
    chance: np.random.Generator
    calls_a_day: float
    begins: float = 9.0  # hour of the local day
    ends: float = 17.5
    from_day: int = 0
    agent: bool = False
    topics: np.ndarray = field(default_factory=lambda: np.zeros(0))
    clients: list[str] = field(default_factory=list)
    nets: list[str] = field(default_factory=list)
    models: tuple[str, ...] = ("open-1", "open-2")
    number: int = 0
    tools: tuple[str, ...] = ()
    order: dict[str, list[int]] = field(default_factory=dict)

    def settle(self) -> Person:
        """Draw what stays the same about somebody: topics, devices, networks, tools."""
        chance = self.chance
        favorites = chance.choice(12, size=4, replace=False)
        weight = np.full(12, 0.01)
        weight[favorites] = chance.dirichlet(np.ones(4))
        self.topics = weight[self.pool.topics]
        self.clients = [_hex(chance) for _ in range(1 + (chance.random() < 0.4))]
        self.nets = [_hex(chance) for _ in range(1 + chance.integers(0, 3))]
        self.tools = tuple(chance.choice(TOOLS, size=chance.integers(0, 4), replace=False))
        return self

    def call(self, at: int, *, pool: Pool | None = None, **more: object) -> CallSignal:
        """One call at a moment; a text of ``pool`` where it is not the person's own."""
        chance = self.chance
        texts = self.pool if pool is None else pool
        pick = self._next(texts, self.topics if pool is None else np.ones(len(texts)))
        self.number += 1
        tokens = int(np.exp(chance.normal(5.6, 0.9)))
        said: dict[str, object] = {
            "at": at,
            "call": f"call_{self.name}_{self.number}",
            "person": "" if self.agent else self.name,
            "agent": self.name if self.agent else "",
            "key": f"key-{self.name}",
            "organization": self.organization,
            "project": self.project,
            "purpose": self.purpose,
            "model": self.models[int(chance.random() < 0.2) % len(self.models)],
            "tier": "standard",
            "outcome": "served",
            "refused": bool(chance.random() < 0.008),
            "client": self.clients[int(chance.random() < 0.15) % len(self.clients)],
            "net": self.nets[int(chance.integers(len(self.nets)))],
            "session": f"{self.name[-6:]}{at // (2 * HOUR):x}",
            "text_bytes": int(texts.lengths[pick]),
            "tokens_in": int(texts.lengths[pick]) // 4,
            "tokens_out": tokens,
            "tools": self.tools,
            "language": texts.languages[pick],
            "sketch": texts.sketches[pick].tobytes(),
            "shingles": self.shingles(int(texts.lengths[pick])),
            "misuse": float(texts.misuse[pick]),
            "injection": float(texts.injection[pick]),
        }
        said["requested"] = said["model"]
        return CallSignal(**{**said, **more})  # type: ignore[arg-type]

    def _next(self, texts: Pool, weights: np.ndarray) -> int:
        """The next text: by topic, and none a second time before all were written. Pools are finite; people do not repeat
        one text of a pool as often as drawing it anew would have them.
        """
        left = self.order.get(texts.name)
        if not left:
            ranks = self.chance.exponential(size=len(texts)) / weights  # Efraimidis and Spirakis (2006)
            left = self.order[texts.name] = np.argsort(-ranks).tolist()
        return int(left.pop())

    def shingles(self, length: int) -> tuple[int, ...]:
        """Passages of a text that nobody else wrote: one for each word from the eighth on, at most 64."""
        count = max(0, min(64, length // 6 - 7))
        return tuple(sorted(self.chance.integers(-(1 << 63), (1 << 63) - 1, size=count).tolist()))

    def days(self, last: int, busy: dict[int, float] | None = None) -> Iterator[CallSignal]:
        """Everything somebody asks from the first day to before ``last``; ``busy`` multiplies single days."""
        for day in range(self.from_day, last):
            share = WEEK[day % 7] * (busy or {}).get(day, 1.0)
            for at in moments(self.chance, day, self.begins, self.ends, self.calls_a_day * share):
                yield self.call(at)

    def logins(self, last: int) -> Iterator[IdentitySignal]:
        """A login on each day of work, from where the person lives."""
        latitude, longitude = CITIES[int(self.chance.integers(2))]
        for day in range(self.from_day, last):
            if WEEK[day % 7] > 0.5:
                at = START + day * DAY + int(self.begins * HOUR)
                yield IdentitySignal(at, self.name, "login", f"dev-{self.name}", latitude, longitude, "DE", "idp")


def moments(chance: np.random.Generator, day: int, begins: float, ends: float, calls: float) -> list[int]:
    """When one day's calls come: in sessions, as people and their agents do, with the gaps of real traffic (heavy tails)."""
    count = int(chance.poisson(calls))
    found: list[int] = []
    length = (ends - begins) % 24 or 24
    while len(found) < count:
        at = START + day * DAY + int((begins + chance.beta(1.6, 1.6) * length) * HOUR)
        for _ in range(min(count - len(found), 1 + int(chance.geometric(0.12)))):
            found.append(at)
            at += int(SECOND * np.exp(chance.normal(3.2, 1.3)))
    return sorted(found)


def ordinary(pools: dict[str, Pool], seed: int, count: int, calls_a_day: float, organizations: int = 6) -> list[Person]:
    """People at work, in teams."""
    made = []
    for number in range(count):
        chance = np.random.default_rng([seed, 1, number])
        made.append(
            Person(
                f"p{number:05d}",
                "ordinary",
                f"org-{number % organizations}",
                ("engineering", "office", "research", "support")[number % 4],
                f"project-{number % 40}",
                pools["ordinary"],
                chance,
                float(calls_a_day * np.exp(np.clip(chance.normal(0, 0.6), -1, 1))),
                begins=float(8.5 + chance.normal(0, 0.8)),
                ends=float(17.5 + chance.normal(0, 0.9)),
                agent=bool(chance.random() < 0.1),
            ).settle()
        )
    return made


def innocents(
    pools: dict[str, Pool], seed: int, counts: dict[str, int], days: int
) -> tuple[list[Person], list[Signal], set[str]]:
    """Everybody who looks odd and is not: people, all their signals, and names of declared batch projects."""
    people: list[Person] = []
    signals: list[Signal] = []
    batch: set[str] = set()
    for kind, count in counts.items():
        template = np.random.default_rng([seed, 3]).integers(-(1 << 63), (1 << 63) - 1, size=48)
        for number in range(count):
            person = _innocent(pools, seed, kind, number)
            people.append(person)
            chance = person.chance
            night = int(chance.integers(1, days))
            match kind:
                case "red_team":
                    signals += person.days(days)
                    for when in (night, min(days - 1, night + 1)):
                        signals += [person.call(at) for at in moments(chance, when, 22, 30, 120)]
                case "on_call":
                    signals += person.days(days)
                    signals += [person.call(at, pool=pools["security"]) for at in moments(chance, night, 23, 29, 90)]
                case "batch_declared" | "batch_undeclared":
                    own = np.random.default_rng([seed, 4, number]).integers(-(1 << 63), (1 << 63) - 1, size=40).tolist()
                    signals += [
                        person.call(at, shingles=tuple(sorted([*own, *person.shingles(140)])))
                        for day in range(days)
                        for at in moments(chance, day, 0, 24, 250)
                    ]
                    if kind == "batch_declared":
                        batch.add(f"project/{person.project}")
                case "traveler":
                    signals += person.days(days)
                    signals += _travels(person, days)
                case "quarter_end":
                    signals += person.days(days, {days - 1: 3.0, days - 2: 3.0})
                case "team_template":
                    for call in person.days(days):
                        if chance.random() < 0.3:
                            shared = tuple(sorted([*template.tolist(), *call.shingles[:16]]))
                            signals.append(type(call)(**{**_fields(call), "shingles": shared}))
                        else:
                            signals.append(call)
                case _:
                    signals += person.days(days)
    return people, signals, batch


def _innocent(pools: dict[str, Pool], seed: int, kind: str, number: int) -> Person:
    chance = np.random.default_rng([seed, 2, sum(map(ord, kind)), number])
    security = kind in ("security", "red_team")
    person = Person(
        f"{kind}{number:04d}",
        kind,
        f"org-{number % 6}" if kind != "team_template" else "org-1",
        "security-research" if security else "office",
        f"project-{kind}-{number % 3}",
        pools["security"] if security else pools["ordinary"],
        chance,
        float(30 * np.exp(np.clip(chance.normal(0, 0.5), -1, 1))),
        agent=kind.startswith("batch"),
    )
    if kind == "shift":
        person.begins, person.ends = 22.0, 30.0
    if kind == "joiner":
        person.from_day = 5
    return person.settle()


def _travels(person: Person, days: int) -> Iterator[Signal]:
    """Logins from far places: by plane, with hours in between, and by VPN, at once; the VPN's source is a known egress."""
    chance = person.chance
    for day in range(days):
        latitude, longitude = CITIES[(day // 4 + len(person.name)) % len(CITIES)]
        at = START + day * DAY + 8 * HOUR
        yield IdentitySignal(at, person.name, "login", f"dev-{person.name}", latitude, longitude, "DE", "idp")
        if chance.random() < 0.3:
            far = CITIES[int(chance.integers(len(CITIES)))]
            yield IdentitySignal(at + HOUR // 2, person.name, "login", f"dev-{person.name}", *far, "US", "corporate-vpn")


def _fields(call: CallSignal) -> dict[str, object]:
    return {name: getattr(call, name) for name in call.__struct_fields__}


def _hex(chance: np.random.Generator) -> str:
    return f"{int(chance.integers(1 << 62)):016x}"
