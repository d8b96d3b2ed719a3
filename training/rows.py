"""Which texts train, which calibrate, which are only reported on? Reads the data folders and splits them by template, never by
row.

Roles of a row: ``train``; ``calibrate`` (benign, never trained on); ``report`` (neither). A template is the first three words
of a text: texts that begin alike share a role. In a *measurement* run whole sources are held out, so that what is reported is
about sources that no stage has seen; the *shipped* run holds out only the share of our own texts that is marked ``held``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

OWN = Path(__file__).parent / "data"
OWN_FILES = (
    "borderline",
    "contrast",
    "misuse_other",
    "documents",
    "document_injections",
    "languages",
    "ordinary",
    "tool_results_benign",
)
GIVEN_FILES = ("benign", "injection", "misuse")

SHORT = {
    "HarmBench repo copy of AdvBench behaviors (llm-attacks)": "advbench",
    "HarmBench repo copy of TDC2023 behaviors": "tdc2023",
    "S-Labs/prompt-injection-dataset": "s-labs",
    "neuralchemy/Prompt-injection-dataset:original": "neuralchemy",
    "neuralchemy/Prompt-injection-dataset:neuralchemy_v1": "neuralchemy",
    "neuralchemy/Prompt-injection-dataset:hackaprompt": "hackaprompt",
    "PyPI bastioncorpus 0.6.0": "bastioncorpus",
    "microsoft/BIPIA benchmark/*_attack_train.json": "bipia",
    "lmarena/arena-hard-auto v0.1": "arena-hard",
    "yizhongw/self-instruct seed_tasks": "self-instruct",
    "PurpleLlama CyberSecEval instruct": "cyberseceval-instruct",
    "PurpleLlama CyberSecEval mitre_frr (even rows)": "mitre-frr",
    "PurpleLlama CyberSecEval malware_analysis (even rows)": "malware-analysis",
}

# what a measurement run never trains or calibrates on
HELD_SOURCES = frozenset({"advbench", "tdc2023", "bastioncorpus", "neuralchemy", "arena-hard"})
HELD_HALVES = frozenset({"mitre-frr"})  # every second template

# the share of templates that trains, in percent; the rest of the benign ones calibrates
TRAINED = {
    "s-labs": 30,
    "neuralchemy": 30,
    "hackaprompt": 35,
    "cysecbench": 33,
    "cyberseceval-instruct": 35,
    "self-instruct": 50,
    "arena-hard": 50,
    "mitre-frr": 50,
    "malware-analysis": 50,
}
OWN_TRAINED = 80
LANGUAGES_TRAINED = 60  # the rest has to fill a calibration for each language group


@dataclass(frozen=True, slots=True)
class Row:
    """``misuse`` and ``injection``: 1.0, 0.0, or None where the source does not say. ``kind``: ``ordinary``, ``borderline``,
    ``misuse``, ``injection``, ``payload`` (an instruction that is only wrong where it stands). ``span``: of the planted
    instruction.
    """

    text: str
    source: str
    kind: str
    misuse: float | None
    injection: float | None
    language: str = ""
    role: str = "train"
    own: bool = False
    span: tuple[int, int] | None = None


# a row of hackaprompt trains only if it says one of these: the others are half sentences that any prompt might hold
TELLING = (
    "pwn",
    "ignore",
    "instruction",
    "prompt",
    "forget",
    "disregard",
    "output",
    "print",
    "sentence",
    "translat",
    "repeat",
    "say ",
)


KINDS: dict[str, tuple[str, float | None, float | None]] = {
    "benign": ("ordinary", 0.0, 0.0),
    "borderline_benign": ("borderline", 0.0, 0.0),
    "misuse": ("misuse", 1.0, 0.0),
    "injection": ("injection", None, 1.0),
    "indirect_injection_payload": ("payload", None, None),
}


def bucket(text: str, seed: str = "") -> int:
    """0 to 99, the same for texts that begin with the same three words."""
    key = " ".join(text.lower().split()[:3])
    return int.from_bytes(hashlib.sha256((seed + key).encode()).digest()[:4], "big") % 100


def lines(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a JSON lines file; nothing where there is no such file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def given(folder: Path) -> list[Row]:
    """The development split."""
    found = []
    for name in GIVEN_FILES:
        for raw in lines(folder / f"{name}.jsonl"):
            source = str(raw["source"])
            source = SHORT.get(source, "cysecbench" if source.startswith("cysecbench") else source)
            kind, misuse, injection = KINDS[str(raw["label"])]
            found.append(Row(str(raw["text"]), source, kind, misuse, injection))
    return found


def own(folder: Path = OWN) -> list[Row]:
    """The texts written for this project. ``held`` ones are only reported on."""
    found = []
    for name in OWN_FILES:
        for raw in lines(folder / f"{name}.jsonl"):
            kind, misuse, injection = KINDS[str(raw["label"])]
            span = raw.get("span")
            found.append(
                Row(
                    str(raw["text"]),
                    f"own-{name}",
                    kind,
                    misuse,
                    injection,
                    str(raw.get("language", "")),
                    "report" if raw.get("split") == "held" else "train",
                    own=True,
                    span=(int(span[0]), int(span[1])) if isinstance(span, list) else None,
                )
            )
    return found


def role(row: Row, *, measure: bool) -> str:
    """Which of the three roles this row has in a run."""
    if row.role == "report":
        return "report"
    benign = row.kind in ("ordinary", "borderline")
    at = bucket(row.text)
    if measure and (row.source in HELD_SOURCES or (row.source in HELD_HALVES and bucket(row.text, "half") < 50)):
        return "report"
    if row.source == "hackaprompt" and not any(word in row.text.lower() for word in TELLING):
        return "report"
    if row.own:
        share = LANGUAGES_TRAINED if row.source == "own-languages" else OWN_TRAINED
        # our own templates often begin alike: each row is drawn for itself here, `held` is what is split by template
        at = int.from_bytes(hashlib.sha256(row.text.encode()).digest()[:4], "big") % 100
        return "train" if not benign or at < share else "calibrate"
    if at < TRAINED.get(row.source, 100):
        return "train"
    return "calibrate" if benign else "report"


def load(folder: Path, *, measure: bool, own_folder: Path = OWN) -> list[Row]:
    """Every row with its role."""
    return [replace(row, role=role(row, measure=measure)) for row in given(folder) + own(own_folder)]


def hashes(folder: Path, own_folder: Path = OWN) -> dict[str, str]:
    """The sha256 of every file that ``load`` reads."""
    files = [(f"given/{name}.jsonl", folder / f"{name}.jsonl") for name in GIVEN_FILES]
    files += [(f"own/{name}.jsonl", own_folder / f"{name}.jsonl") for name in OWN_FILES]
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files if path.exists()}
