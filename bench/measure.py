"""From a signal to a measure: ``python -m bench.measure``. How fast does the watch stop somebody, and is it undone?

Starts a whole installation with a strict ladder, holds streams of a suspect and of others, lets the suspect try names of models
that nobody granted, and prints one line of milliseconds for each round; each round has a suspect of its own. Exit code 5 when a
promise did not hold. The scene itself is the one that the tests play (``tests/support/crowd_measure.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1] / "tests"
_FAILED, _DIFFERS = 1, 5
_COLUMNS = (
    ("taken_ms", "measure taken ms"),
    ("cut_ms", "stream cut ms"),
    ("restored_ms", "restored after undo ms"),
    ("disturbed", "others disturbed"),
    ("load", "load"),
)


def main() -> int:
    """Measure, print, and say what did not hold."""
    asked = _arguments()
    sizes = (asked.rounds, asked.others, asked.workers, asked.pace)
    command = [sys.executable, "-m", "support.crowd_measure", *(str(size) for size in sizes)]
    environ = {**os.environ, "PYTHONPATH": str(_TESTS)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600, check=False)
    print(" | ".join(title for _, title in _COLUMNS), flush=True)
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        print(" | ".join(_shown(row[name]) for name, _ in _COLUMNS), flush=True)
        for fault in row["faults"]:
            print(f"bench: {fault}", file=sys.stderr)
    if done.returncode:
        print(f"bench: the scene failed: {done.stderr.strip()[-2000:]}", file=sys.stderr)
        return _FAILED
    return _DIFFERS if any(row["faults"] for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.measure", description="Measure a measure.")
    parser.add_argument("--rounds", type=int, default=5, help="how often to play the scene, each time with another suspect")
    parser.add_argument("--others", type=int, default=50, help="live streams of people who did nothing")
    parser.add_argument("--workers", type=int, default=2, help="gateway workers")
    parser.add_argument("--pace", type=int, default=300, help="milliseconds between two events of a stream")
    return parser.parse_args()


def _shown(value: float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
