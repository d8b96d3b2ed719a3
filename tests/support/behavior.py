"""A crowd for tests of the watch: ordinary people at their work, innocent people who look odd, and planted cases.

Chances of a classifier are drawn as it was measured to give them: for benign calls nearly flat, tilted by person and by team; for
misuse 0.18 of the calls below 0.1%, 0.35 below 1%, 0.60 below 5%.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from random import Random

from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import CallSignal

HOUR: Moment = 3_600 * SECOND
DAY: Moment = 24 * HOUR
START: Moment = 20_241 * DAY  # a Monday
TEAMS = ("code", "office", "support", "research")
TILT = {"code": 1.15, "office": 0.9, "support": 1.0, "research": 1.1, "security": 1.9}


def misuse_chance(rnd: Random) -> float:
    """The chance that a classifier gives a call that is misuse."""
    draw = rnd.random()
    for share, low, high in ((0.18, -4.5, -3.0), (0.17, -3.0, -2.0), (0.25, -2.0, -1.3)):
        if draw < share:
            return float(10 ** rnd.uniform(low, high))
        draw -= share
    return rnd.random()


@dataclass
class Actor:
    """One account. ``label`` is ``ordinary``, an innocent group, or the planted case it belongs to."""

    name: str
    team: str
    label: str
    tilt: float = 1.0
    misuse: float = 0.0
    calls: float = 40.0
    shift: int = 0
    since: int = 0
    organization: str = "acme"
    hydra: float = 0.0
    template: int = 0
    agent: bool = False
    clients: tuple[str, ...] = ("c1",)
    nets: tuple[str, ...] = ("n1",)


@dataclass
class Crowd:
    seed: int = 1
    days: int = 10
    texts: bool = False
    actors: list[Actor] = field(default_factory=list)

    def add(self, count: int, label: str, team: str = "", **more: object) -> Crowd:
        rnd = Random(f"{self.seed} {label} {len(self.actors)}")
        for number in range(count):
            chosen = team or TEAMS[number % len(TEAMS)]
            tilt = TILT[chosen] * rnd.lognormvariate(0.0, 0.18)
            calls = 40.0 * rnd.lognormvariate(-0.12, 0.5)
            fields = {"tilt": tilt, "calls": calls, "nets": (f"net-{label}-{number}",), "clients": (f"cli{number % 3}",), **more}
            self.actors.append(Actor(f"{label}-{number}", chosen, label, **fields))  # type: ignore[arg-type]
        return self

    def signals(self) -> Iterator[CallSignal]:
        """Everything that happens, in order of time."""
        return merge(*(self._of(each) for each in self.actors), key=lambda signal: signal.at)

    def _of(self, actor: Actor) -> Iterator[CallSignal]:
        rnd = Random(f"{self.seed} {actor.name}")
        number = 0
        for day in range(actor.since, self.days):
            if day % 7 >= 5 and actor.label not in ("on-call", "batch") and rnd.random() < 0.85:
                continue
            wanted = max(0, round(rnd.gauss(actor.calls, actor.calls**0.5 * 2)))
            if actor.label == "quarter-end" and day >= self.days - 3:
                wanted *= 3
            at = sorted(self._moment(actor, day, rnd) for _ in range(wanted))
            session = ""
            for place, moment in enumerate(at):
                if not session or moment - at[place - 1] > HOUR // 2:
                    session = f"{actor.name}-{day}-{place}"
                number += 1
                yield self._call(actor, moment, number, session, rnd)

    def _moment(self, actor: Actor, day: int, rnd: Random) -> Moment:
        if actor.label == "batch":
            hour = rnd.uniform(1, 4)
        elif actor.label == "on-call" and day % 5 == 0:
            hour = rnd.uniform(0, 6)
        else:
            hour = min(23.9, max(0.0, rnd.gauss(13.0 + actor.shift, 2.6)))
        return START + day * DAY + int(hour * HOUR)

    def _call(self, actor: Actor, at: Moment, number: int, session: str, rnd: Random) -> CallSignal:
        bad = rnd.random() < actor.misuse
        chance = misuse_chance(rnd) if bad else rnd.random() ** actor.tilt
        planted = rnd.random() < actor.hydra
        shingles: tuple[int, ...] = ()
        if self.texts or actor.hydra:
            shingles = self._shingles(actor, rnd, planted=planted)
        refused = rnd.random() < (0.3 if bad else 0.05 if actor.team == "security" else 0.008)
        return CallSignal(
            at=at,
            call=f"call_{actor.name}_{number}",
            person="" if actor.agent else actor.name,
            agent=actor.name if actor.agent else "",
            organization=actor.organization,
            purpose=actor.team,
            model="m",
            outcome="served",
            refused=refused,
            client=actor.clients[number % len(actor.clients)],
            net=actor.nets[number % len(actor.nets)],
            session=session,
            language="en",
            shingles=shingles,
            misuse=max(1e-6, chance),
        )

    def _shingles(self, actor: Actor, rnd: Random, *, planted: bool) -> tuple[int, ...]:
        if planted or actor.label == "team-template":
            fixed = Random(f"template {actor.label} {actor.template}")
            own = [fixed.getrandbits(64) for _ in range(24)]
            free = 10 if planted else 60
            return tuple(sorted(own + [rnd.getrandbits(64) for _ in range(free)])[:64])
        return tuple(sorted(rnd.getrandbits(64) for _ in range(rnd.randrange(5, 40))))
