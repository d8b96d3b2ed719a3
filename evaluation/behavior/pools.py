"""What do people write? Pools of texts that no detector was trained on, with the scores that the models give them.

Of the project's own texts only those held back from training are used. Scores are kept in a file, named by the models' own
version and by the texts, because scoring takes some ten milliseconds a text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from safeconduct.detectors.models.scorer import Scorer

OWN = Path(__file__).parents[2] / "training" / "data"
CONTRAST = 20  # one in so many harmless halves of contrasts is among the ordinary texts
UNSEEN = ("lmarena/arena-hard", "HarmBench repo copy")  # sources that a measurement run holds out whole


@dataclass(frozen=True)
class Pool:
    """Texts of one kind: chances under benign text, topic sketches (rows of 64 int8), languages, lengths, topics."""

    name: str
    misuse: np.ndarray
    injection: np.ndarray
    sketches: np.ndarray
    languages: list[str]
    lengths: np.ndarray
    topics: np.ndarray

    def __len__(self) -> int:
        return len(self.misuse)


class _Kept(msgspec.Struct):
    misuse: list[float]
    injection: list[float]
    sketches: list[bytes]
    languages: list[str]


def pools(cache: Path, data: Path | None = None, measured: Path | None = None) -> dict[str, Pool]:
    """The pools ``ordinary``, ``security`` and ``misuse``: texts held back from training and calibration.

    ``data`` is the development split, ``measured`` the models of a measurement run that saw none of the sources ``UNSEEN``: with
    both, those are in the pools, too. Harmless halves of contrasts lie next to misuse; few ordinary texts do.
    """
    held = [row for path in sorted(OWN.glob("*.jsonl")) for row in _rows(path) if row.get("split") == "held"]
    contrast = sorted(row["text"] for row in held if row["label"] == "benign" and "contrast" in row["source"])
    ordinary = [row["text"] for row in held if row["label"] == "benign" and "contrast" not in row["source"]] + contrast[
        ::CONTRAST
    ]
    security = [row["text"] for row in held if row["label"] == "borderline_benign"]
    misuse = [row["text"] for row in held if row["label"] == "misuse" and row.get("language", "en") == "en"]
    if data is not None and measured is not None:
        ordinary += [row["text"] for row in _rows(data / "benign.jsonl") if row["source"].startswith(UNSEEN)]
        misuse += [row["text"] for row in _rows(data / "misuse.jsonl") if row["source"].startswith(UNSEEN)]
    scorer = Scorer.load(measured)
    named = {"ordinary": ordinary, "security": security, "misuse": misuse}
    return {name: _scored(name, sorted(set(texts)), scorer, cache) for name, texts in named.items()}


def _scored(name: str, texts: list[str], scorer: Scorer, cache: Path) -> Pool:
    key = hashlib.sha256("\0".join([scorer.version, *texts]).encode("utf-8", "replace")).hexdigest()[:24]
    path = cache / f"scores-{name}-{key}.json"
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    else:
        found = [scorer.score(text) for text in texts]
        kept = _Kept(*map(list, zip(*((one.misuse, one.injection, one.sketch, one.language) for one in found), strict=True)))
        cache.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(kept))
    sketches = np.frombuffer(b"".join(kept.sketches), dtype=np.int8).reshape(len(texts), 64)
    return Pool(
        name,
        np.array(kept.misuse),
        np.array(kept.injection),
        sketches,
        kept.languages,
        np.array([len(text.encode("utf-8", "replace")) for text in texts]),
        _clustered(sketches.astype(float), 12),
    )


def _clustered(points: np.ndarray, count: int) -> np.ndarray:
    """Topics: k-means on the sphere, a few rounds from fixed beginnings."""
    chance = np.random.default_rng(5)
    length = np.linalg.norm(points, axis=1, keepdims=True)
    points = points / np.where(length == 0, 1, length)
    centers = points[chance.choice(len(points), size=min(count, len(points)), replace=False)]
    near = np.zeros(len(points), dtype=int)
    for _ in range(12):
        near = np.argmax(points @ centers.T, axis=1)
        for one in range(len(centers)):
            mine = points[near == one]
            if len(mine):
                mean = mine.mean(axis=0)
                centers[one] = mean / (np.linalg.norm(mean) or 1)
    return near


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
