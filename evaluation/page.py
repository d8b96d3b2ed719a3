"""How is the report read by people? One page that needs nothing else: plots, and the tables behind them, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from evaluation import plots
from evaluation.measure import RATES, Figure
from evaluation.targets import holds

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2330, #e6e9ef); --paper: light-dark(#fff, #14181f); --soft: light-dark(#d9dee7, #333b48);
  --note: light-dark(#4b5567, #a9b3c3); --s0: light-dark(#0b5cad, #79b8ff); --s1: light-dark(#a83c00, #ffa657); --s2: light-dark(#1a6b32, #7ee08f);
  --s3: light-dark(#7a2ea0, #d2a8ff); --s4: light-dark(#8a6100, #e3c341); --s5: light-dark(#a01642, #ff8fab); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-top: 1px solid var(--soft); padding-top: 1.5rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0 0 1rem; } figcaption { color: var(--note); font-size: .9rem; } svg { width: 100%; height: auto; }
.grid { stroke: var(--soft); } .note { fill: var(--note); font-size: 12px; } .name { font-size: 12px; }
.series { fill: none; stroke-width: 2; } .interval { stroke: var(--s0); stroke-width: 3; opacity: .45; } .dot { fill: var(--s0); }
.nominal { stroke: var(--s1); stroke-width: 2; stroke-dasharray: 4 3; }
""" + "\n".join(f".series.s{n} {{ stroke: var(--s{n}); }} .name.s{n} {{ fill: var(--s{n}); }}" for n in range(6)) + """
table { border-collapse: collapse; font-size: .9rem; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--soft); }
td { font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; } summary { cursor: pointer; }
"""  # fmt: skip  # noqa: E501 - one line a rule of style
_SHARE = ("value", "low", "high", "n")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are text."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def told(figure: Mapping[str, Any]) -> str:
    """A share with its interval, in words of numbers."""
    return f"{figure['value']:.4g} ({figure['low']:.3g} to {figure['high']:.3g})"


def figure(caption: str, drawing: str) -> str:
    """A plot under which stands what it shows."""
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def folded(title: str, inside: str) -> str:
    """What is shown on demand: the table behind a plot."""
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def tree(value: object, name: str = "") -> str:
    """Any part of a report as nested lists, for what has no plot of its own."""
    if isinstance(value, Mapping):
        if set(_SHARE) <= set(value):
            return f"<li>{escape(name)}: {escape(told(value))}, of {value['n']}</li>"
        inside = "".join(tree(part, str(key)) for key, part in value.items())
        return f"<li>{escape(name)}<ul>{inside}</ul></li>" if name else f"<ul>{inside}</ul>"
    return f"<li>{escape(name)}: {escape(str(value))}</li>"


def rules(report: Mapping[str, Any]) -> str:
    """Detectors that are rules: found by kind, false alarms by kind and by ordinary source."""
    parts = []
    for detector, found in report.items():
        parts.append(f"<h3>{escape(detector)}</h3>")
        kinds = found["kinds"]
        good = {kind: value for kind, value in kinds.items() if not kind.startswith("not_")}
        alarms = {kind: value for kind, value in kinds.items() if kind.startswith("not_")} | found.get("ordinary", {})
        said = f"Found by kind, {detector}."
        if "found" in found:
            said += f" In all {told(found['found'])}; false alarms on look-alikes {told(found['alarms'])}."
        parts.append('<div class="plots">' + figure(said, plots.shares(said, good)))
        if alarms:
            wrong = f"False alarms, {detector}: texts that look alike, and ordinary ones."
            parts.append(figure(wrong, plots.shares(wrong, alarms, logarithmic=True)))
        parts.append("</div>")
    return "".join(parts)


def sorter(report: Mapping[str, Any]) -> str:
    """The sorter's detectors: curves by set, what the shipped shares realize, and the table of both."""
    parts = [f"<p>Version {escape(str(report['version']))}, {report['texts']} texts.</p>"]
    for head, detectors in report["heads"].items():
        parts.append(f"<h3>{escape(head)}</h3><div class='plots'>")
        for name in detectors["joined"]["sets"]:
            series = {detector: found["sets"][name]["curve"] for detector, found in detectors.items() if name in found["sets"]}
            said = f"Found in {name}, over false alarms among ordinary and borderline texts."
            parts.append(figure(said, plots.curves(said, series)))
        for rate in RATES:
            shown = {name: value[f"{rate:g}"] for name, value in detectors["joined"].get("shipped", {}).items()}
            said = f"False alarms at the shipped share {rate:g}, by source; the dashed line is what was asked for."
            parts.append(figure(said, plots.shares(said, shown, nominal=rate, logarithmic=True)))
        parts.append("</div>")
        rows = [
            [detector, name, told(one["auc"]), *(told(one["recall"][f"{rate:g}"]) for rate in RATES)]
            for detector, found in detectors.items()
            for name, one in found["sets"].items()
        ]
        parts.append(folded("Areas and recall", table(["detector", "set", "AUC", *(f"at {rate:g}" for rate in RATES)], rows)))
        rows = [
            [detector, name, *(told(one[f"{rate:g}"]) for rate in RATES)]
            for detector, found in detectors.items()
            for name, one in found["realized"].items()
        ]
        title = "False alarms where the threshold was set on other texts"
        parts.append(folded(title, table(["detector", "benign source", *(f"at {rate:g}" for rate in RATES)], rows)))
        languages = detectors["joined"].get("languages", {})
        rows = [[name, *(told(one[f"{rate:g}"]) for rate in RATES)] for name, one in languages.items()]
        parts.append(
            folded("False alarms by script, shipped shares", table(["script", *(f"at {rate:g}" for rate in RATES)], rows))
        )
    latency = [[name, f"{one['n']:.0f}", f"{one['p50']:.1f}", f"{one['p99']:.1f}"] for name, one in report["latency"].items()]
    parts.append("<h3>CPU time of a first scan</h3>" + table(["length", "texts", "p50, ms", "p99, ms"], latency))
    return "".join(parts)


def _converted(rates: Mapping[str, Any], rate: float) -> Figure:
    one = rates[f"{rate:g}"]
    low, high = one["interval"]
    if one["share"] == 0:  # drawing from none gives none again: the rule of three says what so few texts can show
        high = min(1.0, 3 / rates["n"])
    return Figure(n=int(rates["n"]), value=one["share"], low=low, high=high)


def _bound(line: Mapping[str, Any]) -> tuple[str, str]:
    return f"{'at least' if line['at_least'] else 'at most'} {line['bound']:g}", "holds" if holds(line) else "BROKEN"


def sources(report: Mapping[str, Any]) -> str:
    """The sorter by source of the development split, as ``training.evaluate`` tells it; targets first where there are any."""
    parts = []
    if "targets" in report:
        rows = [[line["what"], told(line["figure"]), str(line["figure"]["n"]), *_bound(line)] for line in report["targets"]]
        parts.append(table(["target", "measured", "texts", "bound", "verdict"], rows))
    for head, one in report["heads"].items():
        parts.append(f"<h3>{escape(head)}</h3><div class='plots'>")
        for rate in (0.01, 0.001):
            found = {source: _converted(rates, rate) for source, rates in one["sources"].items()}
            said = f"Found at the shipped share {rate:g}, by source."
            parts.append(figure(said, plots.shares(said, found)))
            alarms = {
                source.removesuffix("/report"): _converted(rates, rate)
                for source, rates in one["alarms"].items()
                if source.endswith("/report")
            }
            said = f"False alarms at the shipped share {rate:g}, by source that was not used for calibration."
            parts.append(figure(said, plots.shares(said, alarms, nominal=rate, logarithmic=True)))
        parts.append("</div>")
        rows = [
            [source, f"{rates['auc']:.3f}", *(told(_converted(rates, rate)) for rate in RATES), str(rates["n"])]
            for source, rates in one["sources"].items()
        ]
        parts.append(folded("Found by source", table(["source", "AUC", *(f"at {rate:g}" for rate in RATES), "texts"], rows)))
        rows = [
            [source, *(told(_converted(rates, rate)) for rate in RATES), str(rates["n"])]
            for source, rates in (*one["alarms"].items(), *one["groups"].items())
        ]
        head_row = ["source or language group", *(f"at {rate:g}" for rate in RATES), "texts"]
        parts.append(folded("False alarms by source and language group", table(head_row, rows)))
        parts.append(folded("Thresholds of one source on the others", tree(one["crossed"])))
    return "".join(parts)


def whole(report: Mapping[str, Any], bodies: Sequence[tuple[str, str, str]]) -> str:
    """The page; ``bodies`` are (id, title, inner HTML) of the sections that were measured."""
    links = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title, _ in bodies)
    inner = "".join(f'<section id="{name}"><h2>{escape(title)}</h2>{body}</section>' for name, title, body in bodies)
    data = folded("Files measured on, with their sha256", table(["file", "sha256"], list(report["data"].items())))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Safeconduct: how the detectors do</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>How the detectors do</h1>"
        "<p>Every threshold was set on one source and is reported on others. Intervals are 95% bootstrap intervals.</p>"
        f"<nav><ul>{links}</ul></nav>{inner}<h2>Data</h2>{data}</body></html>\n"
    )
