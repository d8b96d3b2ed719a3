"""Which texts are measured on? Our own held ones and, where it is given, the development split; their files hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWN = Path(__file__).resolve().parents[1] / "training" / "data"
OWN_FILES = (
    "borderline",
    "ordinary",
    "languages",
    "contrast",
    "misuse_other",
    "documents",
    "document_injections",
    "tool_results_benign",
)
SECURITY = "security"
SPLIT_FILES = ("benign", "injection", "misuse", "secrets", "markings", "pii")
BENIGN = ("benign", "borderline_benign")


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its label as the file has it, the set it belongs to (file or source), its language."""

    text: str
    label: str
    name: str
    language: str = "en"
    spans: tuple[tuple[int, int, str], ...] = ()


def _objects(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def held(thin: int = 1) -> list[Text]:
    """Our own texts that no training and no calibration has seen; ``thin`` takes each so-manieth of them, always the same."""
    found: list[Text] = []
    for name in OWN_FILES:
        rows = (raw for raw in _objects(OWN / f"{name}.jsonl") if raw["split"] == "held")
        texts = (Text(str(raw["text"]), str(raw["label"]), name, str(raw["language"])) for raw in rows)
        found += [one for one in texts if _place(one.text) % thin == 0]
    return found


def security() -> list[Text]:
    """Work of defenders by register: ``pentest``, ``cve`` and so on in English, ``mixed`` in ten languages. Never trained on."""
    prefix = "safeconduct-security-"
    return [
        Text(str(raw["text"]), str(raw["label"]), str(raw["source"]).removeprefix(prefix), str(raw["language"]))
        for raw in _objects(OWN / f"{SECURITY}.jsonl")
    ]


def _place(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def split(folder: Path, name: str) -> list[Text]:
    """One file of the development split; nothing where it is not there. Labels ``KIND:DETAIL`` become KIND, DETAIL is dropped."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        return []
    found = []
    for raw in _objects(path):
        label = raw["label"]
        if isinstance(label, list):
            spans = tuple((int(start), int(end), str(kind)) for start, end, kind in label)
            found.append(Text(str(raw["text"]), "personal", str(raw["source"]), spans=spans))
        else:
            found.append(Text(str(raw["text"]), str(label), str(raw["source"])))
    return found


def hashes(folder: Path | None) -> dict[str, str]:
    """The sha256 of every file that was read: ``own/NAME`` and ``split/NAME``."""
    paths = {f"own/{name}.jsonl": OWN / f"{name}.jsonl" for name in (*OWN_FILES, SECURITY)}
    if folder is not None:
        paths |= {f"split/{name}.jsonl": folder / f"{name}.jsonl" for name in SPLIT_FILES}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items() if path.exists()}
