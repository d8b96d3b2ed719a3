"""How good is the watch? Alerts for each group of innocents, who was found and when, beside what simpler rules would find."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluation.behavior.pools import pools
from evaluation.behavior.world import Seen, World, busiest_hour, by_rank, loudest_call, made, scenarios, watched

DEFAULT_CACHE = Path(".cache") / "evaluation"
STEPPED = ("high", "severe")  # bands from which on a ladder would do more than watch
HOUR = 3_600_000_000

SCALES = {"small": (200, 1), "medium": (1000, 1), "full": (1000, 5)}
"""Ordinary people and seeds of each scale."""


def report(
    seed: int = 1,
    scale: str = "small",
    data: Path | None = None,
    cache: Path = DEFAULT_CACHE,
    worlds: Sequence[str] = (),
    measured: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Every world of the scenarios at a scale, over its seeds. ``data`` and ``measured`` as in ``pools``."""
    count, seeds = SCALES[scale]
    found = pools(cache, data, measured)
    result: dict[str, Any] = {"scale": scale, "people": count, "seeds": seeds, "first_seed": seed, "worlds": {}}
    result["pools"] = {name: len(pool) for name, pool in found.items()}
    for name in worlds or tuple(scenarios()["world"]):
        runs = []
        for number in range(seeds):
            world = made(name, found, seed + number, count)
            seen = watched(world)
            runs.append(_run(world, seen))
            tell(f"{name}, seed {seed + number}: found {runs[-1]['found']:.2f}, {runs[-1]['alerts_per_thousand_day']:.2f} alerts")
        result["worlds"][name] = _together(runs)
    return result


def _run(world: World, seen: Seen) -> dict[str, Any]:
    """The figures of one world that was watched once."""
    people = Counter(world.groups.values())
    alerts = Counter(world.groups.get(alert.who, "nobody") for alert in seen.alerts)
    first = {alert.who: alert.at for alert in reversed(seen.alerts)}
    planted = {case.kind for case in world.planted}
    kinds: dict[str, dict[str, Any]] = {}
    for kind in sorted(planted):
        cases = [case for case in world.planted if case.kind == kind]
        hours = [(first[case.who] - case.begins) / HOUR for case in cases if first.get(case.who, 0) >= case.begins]
        calls = [sum(at <= first[case.who] for at in case.moments) for case in cases if first.get(case.who, 0) >= case.begins]
        kinds[kind] = {
            "cases": len(cases),
            "found": len(hours) / len(cases),
            "median_hours": statistics.median(hours) if hours else None,
            "median_planted_calls": statistics.median(calls) if calls else None,
            "worst_planted_calls": max(calls) if calls else None,
            "hours": sorted(round(each, 2) for each in hours),
            "stopped_share": _stopped(cases, first),
        }
    every = len(world.planted)
    weak = {"max_single_call": loudest_call(world), "rate_limit_only": busiest_hour(world)}
    return {
        "found": sum(first.get(case.who, 0) >= case.begins for case in world.planted) / every if every else 0.0,
        "alerts_per_thousand_day": len(seen.alerts) / world.days / len(world.groups) * 1000,
        "groups": {
            group: {"people": people[group], "alerts_per_thousand_day": alerts[group] / world.days / people[group] * 1000}
            for group in sorted(people)
            if group not in planted
        },
        "kinds_of_alerts": _by_kind(world, seen),
        "shown": {group: len({a.who for a in seen.alerts if world.groups.get(a.who) == group}) for group in sorted(people)},
        "wrongly_stepped": {group: number for group, number in sorted(_stepped(world, seen).items()) if group not in planted},
        "kinds": kinds,
        "beside": {
            name: sum(case.who in by_rank(world, score) for case in world.planted) / every if every else 0.0
            for name, score in weak.items()
        },
        "cost_us": seen.cost_us,
        "signals": len(world.signals),
    }


def _by_kind(world: World, seen: Seen) -> dict[str, dict[str, int]]:
    """For each kind of alert, how many of each group it showed."""
    found: dict[str, Counter[str]] = {}
    for kind, who in {(alert.kind, alert.who) for alert in seen.alerts}:
        found.setdefault(kind, Counter())[world.groups.get(who, "nobody")] += 1
    return {kind: dict(sorted(groups.items())) for kind, groups in sorted(found.items())}


def _stepped(world: World, seen: Seen) -> Counter[str]:
    """Of each group, how many reached a band from which on something would be done to them."""
    return Counter(world.groups.get(who, "nobody") for who in {move.who for move in seen.bands if move.band in STEPPED})


def _stopped(cases: list[Any], first: dict[str, int]) -> float:
    """The share of planted calls that came after the alert: what a person who acts at once would have stopped."""
    late = sum(at > first[case.who] for case in cases if case.who in first for at in case.moments)
    return late / max(1, sum(len(case.moments) for case in cases))


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds, with their spread; the rest of the first seed."""
    first = runs[0]
    found = [run["found"] for run in runs]
    spread = 1.96 * statistics.stdev(found) / math.sqrt(len(found)) if len(found) > 1 else None
    groups = {
        name: {
            "people": first["groups"][name]["people"],
            "alerts_per_thousand_day": statistics.fmean(
                run["groups"].get(name, {"alerts_per_thousand_day": 0})["alerts_per_thousand_day"] for run in runs
            ),
        }
        for name in first["groups"]
    }
    kinds = {}
    for name, one in first["kinds"].items():
        hours = sorted(hour for run in runs for hour in run["kinds"][name]["hours"])
        worst = [
            run["kinds"][name]["worst_planted_calls"] for run in runs if run["kinds"][name]["worst_planted_calls"] is not None
        ]
        kinds[name] = {
            "cases": one["cases"] * len(runs),
            "found": statistics.fmean(run["kinds"][name]["found"] for run in runs),
            "median_hours": statistics.median(hours) if hours else None,
            "median_planted_calls": one["median_planted_calls"],
            "worst_planted_calls": max(worst) if worst else None,
            "hours": hours,
            "stopped_share": statistics.fmean(run["kinds"][name]["stopped_share"] for run in runs),
        }
    return {
        "found": statistics.fmean(found),
        "found_interval": spread,
        "alerts_per_thousand_day": statistics.fmean(run["alerts_per_thousand_day"] for run in runs),
        "groups": groups,
        "kinds_of_alerts": first["kinds_of_alerts"],
        "shown": first["shown"],
        "wrongly_stepped": first["wrongly_stepped"],
        "kinds": kinds,
        "beside": {name: statistics.fmean(run["beside"][name] for run in runs) for name in first["beside"]},
        "cost_us": statistics.fmean(run["cost_us"] for run in runs),
        "signals": first["signals"],
    }
