"""One counter as a process: ``python -m safeconduct.assembly.demo.census_process HOME VERDICTS STATE AT PART PARTS SAMPLE``.

Reads the registry's history up to the moment AT and nothing after it (P6), decides everybody of one part and compares with the
verdicts; then every SAMPLE-th seat of the part once more by itself (0: none). Writes numbers on stdout: how many people are
done, line by line, and at the end one line of JSON.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import msgspec

from safeconduct.assembly.demo.census import Asked, Count, compared, in_classes, matched, one_by_one
from safeconduct.assembly.demo.verdicts import State, read_verdicts
from safeconduct.assembly.home import Home
from safeconduct.storage.sqlite.changes import ChangeStore


class Counted(msgspec.Struct, frozen=True):
    """What one counter found. ``seats`` is how many the registry has; those without a verdict are ``unmatched``.

    ``sampled`` seats were decided one by one, ``sampled_wrong`` of their answers were not the verdict. ``seconds`` is the time
    that deciding everybody took, without the comparison.
    """

    counts: list[Count]
    differences: list[str]
    seats: int
    unmatched: int
    sampled: int
    sampled_wrong: int
    seconds: float


def main() -> int:
    """Count and end. Returns the exit code."""
    home, verdicts = Home(Path(sys.argv[1])), Path(sys.argv[2])
    state, at, part, parts, sample = (int(word) for word in sys.argv[3:8])
    began = time.monotonic()
    with ChangeStore.open(home.registry, read_only=True) as store:
        asked = Asked.of(store.registry(home.secret("pseudonym.key"), until=at), at)
        gc.freeze()
        answers = in_classes(asked, part, parts, lambda done: _tell(str(done)))
        seconds = time.monotonic() - began
        counts, differences = compared(State(state), matched(read_verdicts(verdicts), answers))
        found = counts[0].permitted + counts[0].denied
        picked = [seat for seat, _ in matched(read_verdicts(verdicts), answers)][::sample] if sample else []
        again, more = compared(State(state), one_by_one(asked, picked))
    counted = Counted(
        counts=counts,
        differences=differences + more,
        seats=len(answers),
        unmatched=len(answers) - found,
        sampled=len(picked),
        sampled_wrong=sum(count.wrong for count in again),
        seconds=round(seconds, 2),
    )
    _tell(msgspec.json.encode(counted).decode())
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
