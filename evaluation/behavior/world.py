"""What does the watch make of a whole world of people? Everything that happens in order of time, and every alert."""

from __future__ import annotations

import heapq
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.behavior import misusers
from evaluation.behavior.misusers import Planted
from evaluation.behavior.people import DAY, START, Person, innocents, ordinary
from evaluation.behavior.pools import Pool
from safeconduct.terms.signals import CallSignal, Signal
from safeconduct.watch.commands import Alert, MoveRisk
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.machine import Watch

SCENARIOS = Path(__file__).with_name("scenarios.toml")


class Memory:
    """Where the watch puts whom it has no room for."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, who: str) -> bytes | None:
        return self.kept.get(who)

    def put(self, who: str, data: bytes) -> None:
        self.kept[who] = data

    def remove(self, who: str) -> None:
        self.kept.pop(who, None)


@dataclass
class World:
    """People and what they do; ``groups`` says to which group each of them (``person/ID``, ``agent/ID``) belongs."""

    name: str
    signals: list[Signal]
    groups: dict[str, str]
    planted: list[Planted]
    batch: set[str]
    days: int


@dataclass
class Seen:
    """What the watch did: alerts in order, bands it told, microseconds of CPU for each signal."""

    alerts: list[Alert] = field(default_factory=list)
    bands: list[MoveRisk] = field(default_factory=list)
    cost_us: float = 0.0


def scenarios() -> dict[str, Any]:
    """The scenarios file."""
    return tomllib.loads(SCENARIOS.read_text())


def made(name: str, pools: dict[str, Pool], seed: int, count: int) -> World:
    """A world of ``count`` ordinary people, the innocent groups in proportion, and what the scenario plants."""
    plan = scenarios()
    days = int(plan["days"])
    people = ordinary(pools, seed, count, float(plan["calls_a_day"]))
    groups = {_who(each): "ordinary" for each in people}
    counts = {kind: max(1, round(number * count / 1000)) for kind, number in plan["innocent"].items()}
    counts["team_template"] = int(plan["innocent"]["team_template"])  # a team is a team, however large the world
    odd, signals, batch = innocents(pools, seed, counts, days)
    groups |= {_who(each): each.group for each in odd}
    told, rest = _plant(name, plan["world"][name], people, pools, days, seed)
    taken = {case.who.partition("/")[2] for case in told}
    for person in people:
        if person.name not in taken:
            signals += person.days(days)
            signals += person.logins(days)
    signals += rest
    for case in told:
        groups.pop(f"person/{case.who.partition('/')[2]}", None)
        groups[case.who] = case.kind
    signals = [each for each in signals if each.at < START + days * DAY]
    signals.sort(key=lambda each: each.at)
    return World(name, signals, groups, told, batch, days)


def watched(world: World, per_thousand: float = 5.0) -> Seen:
    """Let the watch see a world, as the watcher does: signal by signal, with the clock going on where nothing comes."""
    watch = Watch(Memory(), Knobs(alerts_per_thousand=per_thousand, egress=frozenset({"corporate-vpn"}), batch=set(world.batch)))
    seen = Seen()
    began = time.process_time()
    for signal in world.signals:
        for command in watch.step(signal):
            _note(command, seen)
    for command in watch.tick(START + world.days * DAY):
        _note(command, seen)
    seen.cost_us = (time.process_time() - began) / max(1, len(world.signals)) * 1e6
    return seen


def by_rank(world: World, score: dict[str, float], per_thousand: float = 5.0) -> set[str]:
    """Whom a plain ranking would show with the same number of alerts: those that score highest."""
    room = round(per_thousand * world.days * len(world.groups) / 1000)
    return set(heapq.nlargest(room, score, key=lambda who: (score[who], who)))


def loudest_call(world: World) -> dict[str, float]:
    """The most suspicious single call of each."""
    worst: dict[str, float] = defaultdict(float)
    for signal in _calls(world):
        who = f"agent/{signal.agent}" if signal.agent else f"person/{signal.person}"
        worst[who] = max(worst[who], 1.0 - min(signal.misuse, signal.injection))
    return worst


def busiest_hour(world: World) -> dict[str, float]:
    """The most calls that each made within one hour: what a rate limit sees."""
    hours: Counter[tuple[str, int]] = Counter()
    for signal in _calls(world):
        who = f"agent/{signal.agent}" if signal.agent else f"person/{signal.person}"
        hours[who, signal.at // (DAY // 24)] += 1
    most: dict[str, float] = defaultdict(float)
    for (who, _), count in hours.items():
        most[who] = max(most[who], count)
    return most


def _plant(
    name: str, plan: dict[str, Any], people: list[Person], pools: dict[str, Pool], days: int, seed: int
) -> tuple[list[Planted], list[Signal]]:
    """The cases of a scenario, each on one of the ordinary people from the end of the list, and their signals."""
    told: list[Planted] = []
    signals: list[Signal] = []
    left = list(people)

    def add(found: tuple[list[Signal], Planted]) -> None:
        signals.extend(found[0])
        told.append(found[1])

    if "misuse_share" in plan:
        count = min(int(plan["people"]), max(4, len(people) // 20))
        for _ in range(count):
            add(misusers.planted(name, misusers.share_of_misuse(plan["misuse_share"]), left.pop(), pools, days))
    elif "hydras" in plan:
        for level in range(plan["hydras"]):
            accounts = [left.pop() for _ in range(min(plan["accounts"], len(people) // 4))]
            for found in misusers.hydra(accounts, seed, days, plan["planted_every"], level):
                add(found)
    else:
        for kind, count in plan.items():
            for _ in range(count):
                add(misusers.planted(kind, misusers.KINDS[kind], left.pop(), pools, days))
    return told, signals


def _note(command: object, seen: Seen) -> None:
    if isinstance(command, Alert):
        seen.alerts.append(command)
    elif isinstance(command, MoveRisk):
        seen.bands.append(command)


def _calls(world: World) -> Iterable[CallSignal]:
    return (each for each in world.signals if isinstance(each, CallSignal))


def _who(person: Person) -> str:
    return f"agent/{person.name}" if person.agent else f"person/{person.name}"
