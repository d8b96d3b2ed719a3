"""How are agents that meet planted orders, and people over days, shown? Plots and tables of what is measured elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from evaluation import page, plots
from evaluation.measure import Figure


def _figure(one: Mapping[str, Any]) -> Figure:
    return Figure(n=int(one["n"]), value=float(one["share"]), low=float(one["low"]), high=float(one["high"]))


def agents(report: Mapping[str, Any]) -> str:
    """Planted orders that were stopped before their tool call, benign tasks that were disturbed; by style of the order."""
    parts = []
    titles = {
        "held_out": "Held-out tasks, written before the detectors",
        "open": "Tasks that the detectors' author has seen",
        "blind": "Tasks of somebody else, who had not seen the detectors",
    }
    for name, title in titles.items():
        if name not in report:  # a report from before there were such tasks
            continue
        one = report[name]
        stopped, disturbed = _figure(one["planted_stopped"]), _figure(one["benign_disturbed"])
        bounds = report["targets"]
        rows = [
            [
                "planted orders stopped",
                page.told(stopped),
                str(stopped["n"]),
                f"at least {bounds['planted_stopped']:g}",
            ],
            [
                "benign tasks disturbed",
                page.told(disturbed),
                str(disturbed["n"]),
                f"at most {bounds['benign_disturbed']:g}",
            ],
        ]
        said = f"Planted orders stopped, by style. {title}."
        parts.append(f"<h3>{escape(title)}</h3>" + page.table(["", "measured", "plays", "bound"], rows))
        drawn = plots.shares(said, {style: _figure(value) for style, value in one["by_style"].items()})
        parts.append('<div class="plots">' + page.figure(said, drawn) + "</div>")
        for words, key in (("Orders that reached their tool call", "reached"), ("Benign tasks disturbed", "disturbed")):
            if one[key]:
                parts.append(page.folded(words, "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in one[key]) + "</ul>"))
    return "".join(parts)


def _number(value: float | None) -> str:
    return "not found" if value is None else f"{value:.3g}"


def _detected(one: Mapping[str, Any]) -> list[list[float]]:
    """``[hours since the first planted call, share found by then]``."""
    return [[float(hour), (place + 1) / one["cases"]] for place, hour in enumerate(one["hours"])]


def behavior(report: Mapping[str, Any]) -> str:
    """For each world: found beside simpler rules, time to detect, alerts on each group of innocents."""
    parts = [f"<p>{report['people']} ordinary people, scale {escape(str(report['scale']))}, seeds: {report['seeds']}.</p>"]
    for name, world in report["worlds"].items():
        rows = [["the watch", f"{world['found']:.2f}", f"{world['alerts_per_thousand_day']:.2f}"]]
        rows += [[rule.replace("_", " "), f"{found:.2f}", "5"] for rule, found in world["beside"].items()]
        parts.append(f"<h3>{escape(name)}</h3>" + page.table(["", "found", "alerts per 1,000 people a day"], rows))
        found = {kind: _detected(one) for kind, one in world["kinds"].items() if one["hours"]}
        if found:
            said = "Share found over hours since the first planted call."
            parts.append('<div class="plots">' + page.figure(said, plots.times(said, found)) + "</div>")
        kinds = [
            [
                kind,
                str(one["cases"]),
                f"{one['found']:.2f}",
                _number(one["median_hours"]),
                _number(one["median_planted_calls"]),
                _number(one["worst_planted_calls"]),
                f"{one['stopped_share']:.2f}",
            ]
            for kind, one in world["kinds"].items()
        ]
        head = ["planted", "cases", "found", "median hours", "median calls", "worst calls", "share of calls after the alert"]
        parts.append(page.folded("What was planted", page.table(head, kinds)))
        groups = [
            [group, str(one["people"]), f"{one['alerts_per_thousand_day']:.2f}", str(world["wrongly_stepped"].get(group, 0))]
            for group, one in world["groups"].items()
        ]
        head = ["innocent group", "people", "alerts per 1,000 a day", "would be acted on"]
        parts.append(page.folded("Innocents", page.table(head, groups)))
    return "".join(parts)
