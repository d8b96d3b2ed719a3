"""python -m bench.models: what the first scan of a message costs, on one core, for texts of 20 to 1000 words.

Prints wall time and CPU time in milliseconds, p50 and p99 of different texts of each length; a text that was scanned before is
not scanned again, so each call has a new one. CPU time is what to compare on a machine that does other things meanwhile.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path

from safeconduct.detectors.models.scorer import Scorer

LENGTHS = (20, 100, 250, 1000)
P50_LIMIT, P99_LIMIT = 15.0, 40.0
SYLLABLES = (
    *("re", "con", "ta", "ble", "men", "ver", "in", "ture", "al", "der", "port", "sing", "or", "ate", "lo", "gi", "cal"),
    *("vis", "ion", "the", "work", "plan", "er", "ing", "mo", "del", "da", "base"),
)


def text(words: int, dice: random.Random) -> str:
    """So many made-up words, a fifth of them new to the vocabulary, with punctuation."""
    made = ["".join(dice.choices(SYLLABLES, k=dice.choice((1, 1, 1, 2, 2, 3)))) for _ in range(words)]
    return " ".join(word + "." if dice.random() < 0.08 else word for word in made)


def at(values: list[float], share: float) -> float:
    """The value that so large a share stays below."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main(arguments: list[str] | None = None) -> int:
    """1 where a length misses a limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument("--folder", type=Path, help="other model files")
    parser.add_argument("--texts", type=int, default=200)
    options = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    scorer = Scorer.load(options.folder)
    dice = random.Random(1)
    for _ in range(20):
        scorer.score(text(100, dice))
    print(f"{scorer.version}, one core, {options.texts} texts of each length; milliseconds")
    print(f"{'words':>6} {'wall p50':>9} {'p99':>7} {'CPU p50':>9} {'p99':>7}")
    missed = False
    for words in LENGTHS:
        wall, cpu = [], []
        for made in [text(words, dice) for _ in range(options.texts)]:
            begun, spent = time.perf_counter(), time.process_time()
            scorer.score(made)
            cpu.append((time.process_time() - spent) * 1e3)
            wall.append((time.perf_counter() - begun) * 1e3)
        print(f"{words:>6} {at(wall, 0.5):>9.1f} {at(wall, 0.99):>7.1f} {at(cpu, 0.5):>9.1f} {at(cpu, 0.99):>7.1f}")
        missed |= at(cpu, 0.5) > P50_LIMIT or at(cpu, 0.99) > P99_LIMIT
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
