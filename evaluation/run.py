"""`python -m evaluation`: measures the sections, writes JSON and the page, says the main figures.

    python -m evaluation --data FOLDER --json report.json --html report.html
    python -m evaluation --only rules --only sorter

Without --data only what lies in the repository is measured. With --commit the report goes to evaluation/report.json,
together with the figures that `evaluation.drift` watches.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation import drift, headlines, page, sets
from evaluation.sections import SECTIONS, Ground


def measured(ground: Ground, only: Sequence[str] = ()) -> dict[str, Any]:
    """The report: `data` (file hashes) and `sections` by name; a section that cannot be measured here is left out."""
    report: dict[str, Any] = {"data": sets.hashes(ground.data), "sections": {}}
    for section in SECTIONS:
        if not only or section.name in only:
            sys.stderr.write(f"{section.name}: {section.title}\n")
            found = section.measure(ground)
            if found is None:
                sys.stderr.write("  left out: what it needs is not here (evaluation/README.md)\n")
            else:
                report["sections"][section.name] = found
                sys.stderr.writelines(f"  {line}\n" for line in headlines.lines(section.name, found))
    return report


def html(report: dict[str, Any]) -> str:
    """The page of a report."""
    known = [section for section in SECTIONS if section.name in report["sections"]]
    return page.whole(report, [(one.name, one.title, one.show(report["sections"][one.name])) for one in known])


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description="Measures the detectors and writes a report.")
    parser.add_argument("--data", type=Path, help="folder of the development split")
    parser.add_argument("--models", type=Path, help="folder of the sorter's files; the shipped ones by default")
    parser.add_argument("--measured", type=Path, help="folder of a measurement run's files (whole sources held out)")
    parser.add_argument(
        "--scale", choices=("small", "medium", "full"), default="small", help="how many people and seeds of behavior"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed of behavior")
    parser.add_argument("--json", type=Path, help="where the report goes; standard output by default, if it is no terminal")
    parser.add_argument("--html", type=Path, help="where the page goes")
    parser.add_argument(
        "--only", action="append", default=[], choices=[section.name for section in SECTIONS], help="may be repeated"
    )
    parser.add_argument("--commit", action="store_true", help="write evaluation/report.json and the watched figures")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 1 where nothing could be measured."""
    asked = _arguments(words)
    ground = Ground(data=asked.data, models=asked.models, measured=asked.measured, seed=asked.seed, scale=asked.scale)
    report = measured(ground, asked.only)
    if asked.commit:
        kept = (
            json.loads(drift.COMMITTED.read_text(encoding="utf-8")) if drift.COMMITTED.exists() else {"data": {}, "sections": {}}
        )
        report = {
            "data": {**kept["data"], **report["data"]},
            "sections": {**kept["sections"], **report["sections"]},
            "watched": drift.watched(ground),
        }
    text = json.dumps(report, indent=1, sort_keys=True) + "\n"
    target = drift.COMMITTED if asked.commit else asked.json
    if target is None and sys.stdout.isatty():
        sys.stderr.write("The whole report: --json FILE; as a page: --html FILE.\n")
    elif target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")
    if asked.html is not None:
        asked.html.write_text(html(report), encoding="utf-8")
    return 0 if report["sections"] else 1
