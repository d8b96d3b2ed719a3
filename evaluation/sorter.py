"""How well does the sorter sort texts that it never saw? Each detector and both together, on our own held texts.

Thresholds come from the held ordinary and borderline texts (the hard mix) and are reported on others: recall on what is to be
found, false alarms on contrasts, documents, tool results and languages. The shipped shares are reported as they are: a share of
0.001 should be crossed by one benign text in a thousand, whatever the source. Texts in other languages are told from
harmless ones in other languages.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from evaluation import sets
from evaluation.measure import RATES, Scores, area_figure, curve, quantiles, recall, share, threshold

HEADS = ("misuse", "injection")
_MIX = ("ordinary", "borderline")
_OTHERS = "languages"
_FEWEST = 15


class Scored(Protocol):
    """Shares of benign texts that look as suspicious."""

    misuse: float
    injection: float
    language: str


class Scorer(Protocol):
    """What is measured: ``safeconduct.detectors.models.scorer.Scorer``, or a stand-in."""

    version: str

    def score(self, text: str) -> Any:
        """The shares of one text."""

    def scores(self, text: str) -> dict[str, float]:
        """Raw scores by ``HEAD.DETECTOR``."""


Heard = dict[str, list[float]]
"""Suspicion by detector name, in the order of the texts; ``HEAD.joined`` is what the product acts on."""


def hear(scorer: Scorer, texts: Iterable[sets.Text], *, single: bool = True) -> tuple[Heard, list[tuple[int, float]]]:
    """Every text scored once; and (words, CPU milliseconds) of each. ``single``: each detector alone as well."""
    heard: Heard = {}
    took = []
    for one in texts:
        start = time.process_time()
        scored = scorer.score(one.text)
        took.append((len(one.text.split()), (time.process_time() - start) * 1000))
        for head in HEADS:
            heard.setdefault(f"{head}.joined", []).append(-float(np.log10(max(getattr(scored, head), 1e-9))))
        for name, value in scorer.scores(one.text).items() if single else ():
            heard.setdefault(name, []).append(value)
    return heard, took


def report(scorer: Scorer, texts: list[sets.Text]) -> dict[str, Any]:
    """Per head and detector: area and recall at RATES by set, realized false alarms by set; alarms by language of what acts."""
    heard, took = hear(scorer, texts)
    whole: dict[str, Any] = {"version": scorer.version, "texts": len(texts), "heads": {}, "latency": _latency(took)}
    for head in HEADS:
        names = [name for name in heard if name.startswith(f"{head}.")]
        whole["heads"][head] = {name.split(".")[1]: _detector(head, np.asarray(heard[name]), texts) for name in names}
        whole["heads"][head]["joined"] |= _shipped(np.asarray(heard[f"{head}.joined"]), texts)
    return whole


def _where(texts: list[sets.Text], names: Iterable[str], labels: Iterable[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    wanted, good = set(names), set(labels)
    return np.asarray([one.name in wanted and one.label in good for one in texts], dtype=bool)


def _detector(head: str, scores: Scores, texts: list[sets.Text]) -> dict[str, Any]:
    mix = scores[_where(texts, _MIX, sets.BENIGN)]
    found: dict[str, Any] = {"sets": {}, "realized": {}}
    for name in sets.OWN_FILES:
        positive = scores[_where(texts, [name], [head])]
        benign = scores[_where(texts, [name], sets.BENIGN)]
        against = benign if name == _OTHERS and len(benign) else mix  # raw scores of one language say nothing beside another's
        if len(positive) >= _FEWEST:
            found["sets"][name] = {
                "auc": area_figure(positive, against),
                "recall": {f"{rate:g}": recall(positive, against, rate) for rate in RATES},
                "curve": curve(positive, against),
            }
        if name not in _MIX and len(benign) >= _FEWEST:
            found["realized"][name] = {f"{rate:g}": share(benign > threshold(mix, rate)) for rate in RATES}
    return found


def _shipped(scores: Scores, texts: list[sets.Text]) -> dict[str, Any]:
    """What the shipped calibration gives: at each rate, false alarms by set and by group of languages."""
    told: dict[str, Any] = {"shipped": {}, "languages": {}}
    for name in sets.OWN_FILES:
        benign = scores[_where(texts, [name], sets.BENIGN)]
        if len(benign) >= _FEWEST:
            told["shipped"][name] = {f"{rate:g}": share(benign >= -np.log10(rate)) for rate in RATES}
    scripts = {one.language: _script(one.language) for one in texts}
    for script in sorted(set(scripts.values())):
        here = np.asarray([scripts[one.language] == script and one.label in sets.BENIGN for one in texts], dtype=bool)
        if here.sum() >= _FEWEST:
            told["languages"][script] = {f"{rate:g}": share(scores[here] >= -np.log10(rate)) for rate in RATES}
    return told


def defenders(scorer: Scorer, texts: list[sets.Text]) -> dict[str, Any]:
    """What the shipped shares do to people who defend: at each rate, alarms of either head by register and by group of languages.

    95% intervals by bootstrap; where nothing was alarmed at, ``bound`` is the greatest rate at which that happens one time in
    twenty.
    """
    heard, _ = hear(scorer, texts, single=False)
    scores = np.maximum(np.asarray(heard["misuse.joined"]), np.asarray(heard["injection.joined"]))
    groups = {"all": np.ones(len(texts), dtype=bool)}
    for one in sorted({text.name for text in texts}):
        groups[one] = np.asarray([text.name == one for text in texts], dtype=bool)
    for script in sorted({_script(text.language) for text in texts}):
        groups[f"in {script}"] = np.asarray([_script(text.language) == script for text in texts], dtype=bool)
    told: dict[str, Any] = {"version": scorer.version, "groups": {}}
    for name, chosen in groups.items():
        told["groups"][name] = {f"{rate:g}": share(scores[chosen] >= -np.log10(rate)) for rate in RATES}
        told["groups"][name]["bound"] = round(1 - 0.05 ** (1 / int(chosen.sum())), 4)
    return told


def _script(language: str) -> str:
    table = {
        "english": ("en",),
        "latin": ("de", "fr", "es", "pt", "it", "pl", "tr", "vi"),
        "cyrillic": ("ru", "uk"),
        "cjk": ("zh", "ja", "ko"),
        "arabic and hebrew": ("ar", "he"),
    }
    return next((script for script, languages in table.items() if language in languages), "other")


def _latency(took: list[tuple[int, float]]) -> dict[str, Any]:
    steps = {"up to 25 words": (0, 25), "26 to 100 words": (26, 100), "more than 100 words": (101, 10**9)}
    told = {}
    for name, (low, high) in steps.items():
        values = [milliseconds for words, milliseconds in took if low <= words <= high]
        if values:
            told[name] = {"n": float(len(values)), **quantiles(values)}
    return told
