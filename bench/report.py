"""Turns measured rows into a table and into yes or no. Pure: no clock, no files.

A ratio is the median over the rounds of (ours / theirs in the same round), not the ratio of two medians: neighbors in time
share the noise of the machine, and the ratio then loses it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

OURS = "safeconduct"
Figures = Mapping[str, float]
Rows = dict[str, dict[str, list[dict[str, float]]]]  # target -> scenario -> one row a round

_RSS_LIMIT_MB = 80.0
_FLAT_MB = 3.0  # what the allocator may still move after the first tenth; a leak of 20 bytes a call would show as 3.6
_STREAMS = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing the product must show. ``limit`` must hold; ``aim`` is what we want. ``value`` None: not measured."""

    what: str
    value: float | None
    limit: float
    aim: float | None = None
    at_least: bool = False

    @property
    def broken(self) -> bool:
        if self.value is None:
            return False
        return self.value < self.limit if self.at_least else self.value > self.limit

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "broken": self.broken}


def cost(row: Figures, unit: str) -> float:
    """CPU microseconds per answered call (`ok`) or per SSE event (`events`); infinite when there were none."""
    return row["cpu_us"] / row[unit] if row[unit] else float("inf")


def _median(rows: Rows, target: str, scenario: str, pick: str) -> float | None:
    """The median of one column; `call` and `event` are computed costs."""
    found = rows.get(target, {}).get(scenario, [])
    if not found:
        return None
    if pick in ("call", "event"):
        return statistics.median(cost(row, "ok" if pick == "call" else "events") for row in found)
    return statistics.median(row[pick] for row in found)


def ratio(rows: Rows, scenario: str, other: str, unit: str) -> float | None:
    """Our cost over the other's, paired by round."""
    ours, theirs = (rows.get(target, {}).get(scenario, []) for target in (OURS, other))
    pairs = [cost(a, unit) / cost(b, unit) for a, b in zip(ours, theirs, strict=False) if cost(b, unit) > 0]
    return statistics.median(pairs) if pairs else None


def judge(rows: Rows, soak: Mapping[str, object] | None) -> list[Verdict]:
    """Every bound of the product, in the order a reader asks."""
    verdicts = [
        Verdict("CPU of a 2 KB call, ours / Envoy", ratio(rows, "json", "envoy", "ok"), 1.5, 1.0),
        Verdict("CPU of a 2 KB call, ours / LiteLLM", ratio(rows, "json", "litellm", "ok"), 1 / 100),
        Verdict("CPU of a 2 KB call, ours / Portkey", ratio(rows, "json", "portkey", "ok"), 1 / 20),
        Verdict("CPU of an SSE event, unpaced, ours / nginx", ratio(rows, "sse", "nginx", "events"), 2.0),
        Verdict("CPU of an SSE event, 500 paced streams, ours / nginx", ratio(rows, "many", "nginx", "events"), 2.0),
    ]
    many = rows.get(OURS, {}).get("many", [])
    finished = min((row["finished"] for row in many), default=None)
    verdicts.append(Verdict("paced streams that finish, of 500", finished, _STREAMS, at_least=True))
    measured = [row for scenario in rows.get(OURS, {}).values() for row in scenario]
    lost = sum(row["refused"] + row["broken"] + row["hung"] for row in measured) if measured else None
    verdicts.append(Verdict("calls refused, broken or hung", lost, 0))
    astray = sum(abs(row["arrived"] - row["calls"]) for row in measured) if measured else None
    verdicts.append(Verdict("calls that did not reach the provider exactly once", astray, 0))
    return verdicts + _judge_soak(soak)


def _judge_soak(soak: Mapping[str, object] | None) -> list[Verdict]:
    if soak is None:
        return [Verdict("RSS of a worker, MB", None, _RSS_LIMIT_MB), Verdict("its growth over the soak, MB", None, _FLAT_MB)]
    megabytes, calls, answered = soak["worker_mb"], soak["calls"], soak["ok"]
    assert isinstance(megabytes, Sequence)
    assert isinstance(calls, int)
    assert isinstance(answered, float | int)
    settled, last = megabytes[1], megabytes[-1]
    return [
        Verdict(f"RSS of a worker after {calls} calls, MB", max(megabytes), _RSS_LIMIT_MB),
        Verdict("its growth after the first tenth, MB", last - settled, _FLAT_MB),
        Verdict("soak calls not answered", calls - answered, 0),
    ]


_COLUMNS = (
    ("us/call", "json", "call", 1.0),
    ("calls/s", "json", "rate", 1.0),
    ("us/call@50", "steady", "call", 1.0),
    ("p50 ms", "steady", "p50", 1e-3),
    ("p99 ms", "steady", "p99", 1e-3),
    ("us/event", "sse", "event", 1.0),
    ("us/event paced", "paced", "event", 1.0),
    ("us/event 500", "many", "event", 1.0),
    ("delay50 ms", "many", "event50", 1e-3),
    ("delay99 ms", "many", "event99", 1e-3),
    ("finished", "many", "finished", 1.0),
    ("worker MB", "many", "worker_mb", 1.0),
    ("tree MB", "many", "tree_mb", 1.0),
)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    if value == float("inf"):
        return "none ok"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows: Rows, soak: Mapping[str, object] | None) -> str:
    """One line a target, medians over the rounds. Absolute times are noise; compare lines, not machines."""
    lines = [["target", *(title for title, *_ in _COLUMNS)]]
    for target in rows:
        cells = []
        for _, scenario, pick, scale in _COLUMNS:
            value = _median(rows, target, scenario, pick)
            pays = target != "direct" or pick not in ("call", "event", "worker_mb", "tree_mb")
            cells.append(_cell(value * scale if value is not None and pays else None))
        lines.append([target, *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    shown = [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    if soak is not None:
        megabytes = soak["worker_mb"]
        assert isinstance(megabytes, Sequence)
        shown.append(
            f"soak: {soak['calls']} calls, worker RSS MB after each tenth: " + " ".join(f"{value:.1f}" for value in megabytes)
        )
        spent = soak.get("us_per_call")
        if isinstance(spent, Mapping):
            shown.append(
                "soak: CPU us/call by thread: "
                + ", ".join(f"{name} {value:.1f}" for name, value in spent.items() if value >= 0.05)
            )
    return "\n".join(shown)


def verdict_lines(verdicts: Sequence[Verdict]) -> str:
    """`holds`, `BROKEN` or `not measured`, with the figure and its bound; a missed aim is said and breaks nothing."""
    lines = []
    for verdict in verdicts:
        if verdict.value is None:
            lines.append(f"  not measured  {verdict.what}")
            continue
        sign = ">=" if verdict.at_least else "<="
        word = "BROKEN" if verdict.broken else "holds"
        aim = (
            "" if verdict.aim is None else f", aim {sign} {verdict.aim:g}" + ("" if verdict.value <= verdict.aim else " (missed)")
        )
        lines.append(f"  {word:12}  {verdict.what}: {verdict.value:.4g} (must be {sign} {verdict.limit:.4g}{aim})")
    return "\n".join(lines)
