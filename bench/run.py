"""Runs the bench: starts every target, measures them in interleaved rounds, and hands the rows to `report`.

All targets are up at the same time and each scenario visits one after the other, round by round, so that a ratio compares
neighbors in time. The one that is measured has a core for itself; the mock provider and the driver share the other.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import bodies, peers, report, safeconduct_target
from bench.launch import CHAT, Launch
from bench.safeconduct_target import OURS, PURE
from bench.stage import Cores, Mock, Stage, Trouble, free_port, mock, staged

WORK = Path(__file__).parent.parent / ".bench-work"
_SOAK_STEPS = 10


@dataclass(frozen=True, slots=True)
class Scenario:
    """`options` are the driver's flags; `seconds` is how many times the window of this run it lasts, 0 for by count."""

    name: str
    body: str
    seconds: float
    options: dict[str, float] = field(default_factory=dict)


SCENARIOS = (
    Scenario("json", "", 1.0, {"c": 32}),
    Scenario("steady", "", 1.0, {"c": 32, "r": 50.0}),
    Scenario("sse", "-stream", 1.0, {"c": 4}),
    Scenario("paced", "-stream-paced-5-200", 0.0, {"c": 5, "n": 5}),
    Scenario("many", "-stream-paced-50-100", 0.0, {"c": 500, "n": 500}),
)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _launches(names: Sequence[str], work: Path, mock_port: int) -> tuple[list[Launch], dict[str, str]]:
    """What can be started here, and for each of the others why not."""
    ready: list[Launch] = []
    missing: dict[str, str] = {}
    if "direct" in names:
        ready.append(Launch("direct", (), mock_port))
    for peer in peers.PEERS:
        if peer.name not in names:
            continue
        try:
            ready.append(peer.prepare(work, free_port(), mock_port))
        except Trouble as trouble:
            missing[peer.name] = str(trouble)
    for name in (OURS, PURE):
        if name not in names:
            continue
        try:
            ready.append(safeconduct_target.prepare(name, work, free_port(), mock_port))
        except Trouble as trouble:
            _say(f"bench: {name}: {trouble}")
            missing[name] = str(trouble)
    return ready, missing


@contextlib.contextmanager
def _all_up(
    launches: Sequence[Launch], work: Path, cores: Cores, dialect: str, missing: dict[str, str]
) -> Iterator[dict[str, Stage]]:
    """Start everything and see that each answers; what does not is left out and named."""
    with contextlib.ExitStack() as stack:
        stages: dict[str, Stage] = {}
        for launch in launches:
            if dialect not in launch.dialects:
                missing[launch.name] = f"does not speak {dialect}"
                continue
            _say(f"bench: starting {launch.name}")
            try:
                stage = stack.enter_context(staged(launch, work, cores))
                stage.await_answer(dialect)
                stage.drive(dialect, c=16, n=100 if launch.slow else 3_000, t=10.0)  # warm
                stages[launch.name] = stage
            except Trouble as trouble:
                missing[launch.name] = str(trouble)
        yield stages


def _measure(stage: Stage, scenario: Scenario, dialect: str, window: float, provider: Mock) -> dict[str, float]:
    options = dict(scenario.options)
    if scenario.seconds:
        options["t"] = scenario.seconds * window
    before = provider.arrivals()
    figures = stage.drive(dialect, scenario.body, **options)
    figures["arrived"] = provider.arrivals() - before
    memory = stage.memory()
    figures["worker_mb"], figures["tree_mb"] = memory.worker, memory.tree
    return figures


def _soak(stage: Stage, dialect: str, calls: int, provider: Mock) -> dict[str, object]:
    """Many calls; the resident set of the busiest process after each tenth, and which thread paid how much of a call."""
    before, megabytes, answered = provider.arrivals(), [stage.memory().worker], 0.0
    threads = stage.threads_us()
    for _ in range(_SOAK_STEPS):
        answered += stage.drive(dialect, c=32, n=calls // _SOAK_STEPS, t=300.0)["ok"]
        megabytes.append(stage.memory().worker)
    per_call = {name: (us - threads.get(name, 0.0)) / max(1.0, answered) for name, us in stage.threads_us().items()}
    return {
        "calls": calls,
        "ok": answered,
        "arrived": provider.arrivals() - before,
        "worker_mb": megabytes,
        "us_per_call": per_call,
    }


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    known = ["direct", *(peer.name for peer in peers.PEERS), OURS, PURE]
    parser = argparse.ArgumentParser(prog="make bench", description="What a governed call costs, side by side with others.")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that everything runs, not what it costs")
    parser.add_argument("--only", default=",".join(known), help=f"comma-separated targets out of {', '.join(known)}")
    parser.add_argument("--scenario", default="", help="comma-separated scenarios out of json, steady, sse, paced, many, soak")
    parser.add_argument("--dialect", default=CHAT, choices=peers.ALL_DIALECTS)
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds (3, quick: 1)")
    parser.add_argument("--seconds", type=float, default=0.0, help="length of one window (3, quick: 1)")
    parser.add_argument("--calls", type=int, default=0, help="calls of the soak (200000, quick: 20000)")
    parser.add_argument("--prepare", action="store_true", help="install the peers, start each, see one answer, and end")
    chosen = parser.parse_args(argv)
    chosen.names = chosen.only.split(",")
    unknown = set(chosen.names) - set(known)
    if unknown:
        parser.error(f"unknown target {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    all_scenarios = [*(scenario.name for scenario in SCENARIOS), "soak"]
    chosen.scenarios = chosen.scenario.split(",") if chosen.scenario else all_scenarios
    unknown = set(chosen.scenarios) - set(all_scenarios)
    if unknown:
        parser.error(f"unknown scenario {', '.join(sorted(unknown))}; known are {', '.join(all_scenarios)}")
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 3)
    chosen.seconds = chosen.seconds or (1.0 if chosen.quick else 3.0)
    chosen.calls = chosen.calls or (20_000 if chosen.quick else 200_000)
    return chosen


def _rounds(chosen: argparse.Namespace, stages: dict[str, Stage], provider: Mock) -> report.Rows:
    rows: report.Rows = {}
    for scenario in SCENARIOS:
        if scenario.name not in chosen.scenarios:
            continue
        for number in range(chosen.rounds):
            _say(f"bench: {scenario.name}, round {number + 1} of {chosen.rounds}")
            for name, stage in stages.items():
                if scenario.name == "many" and stage.launch.slow and (chosen.quick or number):
                    continue  # half a minute each, and the figure does not change
                figures = _measure(stage, scenario, chosen.dialect, chosen.seconds, provider)
                rows.setdefault(name, {}).setdefault(scenario.name, []).append(figures)
                time.sleep(0.2)
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """0: measured and every bound holds. 1: something did not run, or a bound is broken."""
    chosen = _arguments(argv)
    WORK.mkdir(exist_ok=True)
    cores = Cores.choose()
    try:
        peers.build_native(WORK)
    except Trouble as trouble:
        _say(f"bench: {trouble}")
        return 1
    bodies.write_all(WORK / "bodies")
    with mock(WORK / "mock", cores, WORK / "logs" / "mock.log") as provider:
        launches, missing = _launches(chosen.names, WORK, provider.port)
        with _all_up(launches, WORK, cores, chosen.dialect, missing) as stages:
            rows = {} if chosen.prepare else _rounds(chosen, stages, provider)
            soak = None
            if OURS in stages and "soak" in chosen.scenarios and not chosen.prepare:
                _say(f"bench: soak, {chosen.calls} calls")
                soak = _soak(stages[OURS], chosen.dialect, chosen.calls, provider)
            answering = list(stages)
    for name in (OURS, PURE):
        shutil.rmtree(WORK / name, ignore_errors=True)
    for name, why in missing.items():
        _say(f"bench: {name} left out: {why}")
    if chosen.prepare:
        print("answering: " + ", ".join(answering))
        return 1 if missing else 0
    verdicts = report.judge(rows, soak)
    result = {
        "dialect": chosen.dialect,
        "rounds": chosen.rounds,
        "seconds": chosen.seconds,
        "rows": rows,
        "soak": soak,
        "missing": missing,
    }
    result["verdicts"] = [verdict.as_dict() for verdict in verdicts]
    (WORK / "results.json").write_text(json.dumps(result, indent=1))
    print(report.table(rows, soak))
    print(report.verdict_lines(verdicts))
    return 1 if missing or any(verdict.broken for verdict in verdicts) else 0
