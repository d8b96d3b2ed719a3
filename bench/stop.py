"""A stop at full size: ``python -m bench.stop --streams 5000``. How fast does a letter cut whom it names, and who else notices?

Starts a whole installation (keeper, workers, the simulated provider) and clients that hold the streams, each a process of its own
on this machine; activates a letter against a part of the crowd, and prints one line of figures for each round. Exit code 5 when
a promise did not hold. The scene itself is the one that the tests play (``tests/support/crowd_stop.py``).
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
    ("streams", "streams"),
    ("named", "named"),
    ("cut", "cut"),
    ("disturbed", "others disturbed"),
    ("cut_p50_ms", "last byte p50 ms"),
    ("cut_p99_ms", "p99 ms"),
    ("cut_max_ms", "max ms"),
    ("delay_before_p99_ms", "event delay p99 before ms"),
    ("delay_during_p99_ms", "during ms"),
    ("load", "load"),
)


def main() -> int:
    """Measure, print, and say what did not hold."""
    asked = _arguments()
    named = asked.named if asked.named else asked.streams // 5
    sizes = (asked.streams, named, asked.workers, asked.pace, asked.clients, asked.calm)
    command = [sys.executable, "-m", "support.crowd_stop", *(str(size) for size in sizes)]
    print(" | ".join(title for _, title in _COLUMNS), flush=True)
    broken = False
    for _ in range(asked.rounds):
        environ = {**os.environ, "PYTHONPATH": str(_TESTS)}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            print(f"bench: the scene failed: {done.stderr.strip()[-2000:]}", file=sys.stderr)
            return _FAILED
        figures: dict[str, Any] = json.loads(done.stdout)
        print(" | ".join(_shown(figures[name]) for name, _ in _COLUMNS), flush=True)
        for fault in figures["faults"]:
            print(f"bench: {fault}", file=sys.stderr)
        broken = broken or bool(figures["faults"])
    return _DIFFERS if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stop", description="Measure a stop.")
    parser.add_argument("--streams", type=int, default=5000, help="live streams, each of a person of its own")
    parser.add_argument("--named", type=int, default=0, help="how many of them the letter names; a fifth when left out")
    parser.add_argument("--workers", type=int, default=2, help="gateway workers")
    parser.add_argument("--pace", type=int, default=500, help="milliseconds between two events of a stream")
    parser.add_argument("--clients", type=int, default=2, help="processes that hold the streams")
    parser.add_argument("--calm", type=int, default=4, help="seconds watched before and after the activation")
    parser.add_argument("--rounds", type=int, default=1, help="how often to play the scene")
    return parser.parse_args()


def _shown(value: float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
