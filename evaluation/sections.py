"""What does the report consist of? Each section: its name, what measures it, what shows it. A new part is one more line below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation import page, rules, sets, sorter, targets, views
from evaluation.agents.report import report as agents_report
from evaluation.behavior.report import report as behavior_report
from safeconduct.detectors.models.scorer import Scorer
from safeconduct.detectors.rules import Rules
from training.evaluate import evaluate

Report = dict[str, Any]


@dataclass(slots=True)
class Ground:
    """What sections are measured on: the folder of the development split, where there is one; the models' folder (None: the
    shipped ones); the folder of a measurement run's models, which never saw the sources held out; the seed and the scale of
    behavior. Detectors are loaded once.
    """

    data: Path | None = None
    models: Path | None = None
    measured: Path | None = None
    seed: int = 1
    scale: str = "small"
    _kept: dict[str, Any] = field(default_factory=dict)

    def scorer(self) -> Scorer:
        """The sorter's models."""
        if "scorer" not in self._kept:
            self._kept["scorer"] = Scorer.load(self.models)
        loaded: Scorer = self._kept["scorer"]
        return loaded

    def rules(self) -> Rules:
        """The rule detectors."""
        if "rules" not in self._kept:
            self._kept["rules"] = Rules()
        loaded: Rules = self._kept["rules"]
        return loaded


@dataclass(frozen=True, slots=True)
class Section:
    """``measure`` answers None where what it needs is not there (the split, a measurement run)."""

    name: str
    title: str
    measure: Callable[[Ground], Report | None]
    show: Callable[[Mapping[str, Any]], str] = page.tree


def _rules_on_split(ground: Ground) -> Report | None:
    return rules.split_report(ground.rules(), ground.data) if ground.data else None


def _sorter_on_split(ground: Ground) -> Report | None:
    return {"heads": evaluate(ground.scorer(), ground.data)} if ground.data else None


def _sorter_measured(ground: Ground) -> Report | None:
    if not ground.data or not ground.measured:
        return None
    scorer = targets.Remembered(Scorer.load(ground.measured))
    heads = evaluate(scorer, ground.data, measure=True)
    return {"version": scorer.version, "targets": targets.lines(scorer, ground.data), "heads": heads}


def _rules_apart(ground: Ground) -> Report | None:
    return rules.apart_report(ground.rules())


def _defenders(ground: Ground) -> Report | None:
    told = {"shipped": sorter.defenders(ground.scorer(), sets.security())}
    if ground.measured:
        told["measured"] = sorter.defenders(Scorer.load(ground.measured), sets.security())
    return told


SECTIONS: list[Section] = [
    Section("rules", "Rules on what we planted", lambda ground: rules.planted_report(ground.rules()), page.rules),
    Section("rules_apart", "Rules on sets written apart from them", _rules_apart, page.rules),
    Section("rules_split", "Rules on the development split", _rules_on_split, page.rules),
    Section(
        "sorter", "The sorter on our own held texts", lambda ground: sorter.report(ground.scorer(), sets.held()), page.sorter
    ),
    Section("defenders", "What the sorter does to people who defend", _defenders),
    Section("sorter_measured", "The sorter on whole sources held out of a training for it", _sorter_measured, page.sources),
    Section(
        "sorter_split", "The shipped sorter on the development split (what it did not train on)", _sorter_on_split, page.sources
    ),
    Section("agents", "Agents that meet planted orders, through a real gateway", lambda _: agents_report(), views.agents),
    Section(
        "behavior",
        "People over days: what is found, when, and whom else it strikes",
        lambda ground: behavior_report(ground.seed, ground.scale, ground.data),
        views.behavior,
    ),
]
