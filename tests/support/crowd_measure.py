"""Somebody behaves oddly while a crowd streams: how soon does a measure stop them, whom else, and how soon is it undone?

From calls to signals, from signals to risk, from risk to a measure by a ladder, from the measure to the cut stream: all of it
by the processes of a real installation. Nobody here does anything but call, and undo.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.office.acts import UndoMeasure
from safeconduct.registry.measures import MeasureRecord
from safeconduct.terms.moments import Moment
from support.crowd import Crowd, Member, Seen, ask, crowd, settle
from support.letters import agreed, put_in_force
from support.stand import Stand, start_stand

OTHERS = "others"
PROBES = tuple(f"orchid-internal-{number}" for number in range(6))  # names that nobody ever granted
WAIT_SECONDS = 20.0
LADDER = """
[instrument]
id = "strict-ladder"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[ladder]]
id = "stop-at-once"
band = "low"
step = "suspend"
minutes = 60
automatic = true
message = "Unusual use was noticed"
"""


@dataclass(frozen=True)
class Figures:
    """What one suspect's calls led to. Milliseconds, counted from the first odd call, and from the undoing."""

    taken_ms: float  # until the measure
    cut_ms: float  # until the last byte of the suspect's stream
    restored_ms: float  # from the undoing until a call passes
    cut_well: bool
    refused: str  # what the suspect was told meanwhile
    disturbed: int

    def faults(self, cut_ms: float = 2000.0, restored_ms: float = 1000.0) -> list[str]:
        """What does not hold, in words."""
        found = {
            f"the stream was cut {self.cut_ms:.0f} ms after the first odd call": self.cut_ms > cut_ms,
            f"it took {self.restored_ms:.0f} ms until a call passed again": self.restored_ms > restored_ms,
            "the stream did not end with the dialect's terminal event": not self.cut_well,
            f"the refusal does not say that it is suspended: {self.refused[:200]}": "measure_suspend" not in self.refused,
            f"{self.disturbed} streams of others were disturbed": bool(self.disturbed),
        }
        return [words for words, holds in found.items() if holds]


@contextmanager
def town(folder: Path, suspects: int, others: int, *, workers: int = 2) -> Iterator[tuple[Stand, list[Member]]]:
    """An installation with a strict ladder in force, whose watch is awake."""
    groups: Mapping[str, int] = {**{f"suspect-{number}": 1 for number in range(suspects)}, OTHERS: others}
    members = settle(folder / "home", groups)
    with start_stand(folder / "home", workers=workers) as stand:
        with open_desk(stand.environ) as desk:
            put_in_force(desk, LADDER)
        until(lambda: (stand.home / "run" / "watch.json").exists())
        yield stand, members


def played(stand: Stand, members: Sequence[Member], suspect: Member, *, pace_ms: int) -> Figures:
    """Everybody streams; the suspect tries names, is stopped, and is let go again."""
    streaming_members = [suspect, *(each for each in members if each.group == OTHERS)]
    with crowd(stand, streaming_members, pace_ms=pace_ms) as streaming:
        odd: Moment = time.time_ns() // 1000  # before the first of them: which one tips the scale is the watch's own matter
        for name in PROBES:
            ask(stand, suspect, name)
        streaming.wait_ended(1, WAIT_SECONDS)
        measure = _measure(stand, suspect)
        refused = _refused(stand, suspect)
        mine, theirs = _looked(streaming, suspect)
        undone = _undo(stand, measure.id)
        until(lambda: ask(stand, suspect)[0] == 200)
        passed: Moment = time.time_ns() // 1000
    return Figures(
        taken_ms=(measure.since - odd) / 1000,
        cut_ms=(mine.last / 1000 - odd) / 1000,
        restored_ms=(passed - undone) / 1000,
        cut_well=mine.cut_well,
        refused=refused,
        disturbed=sum(1 for each in theirs if not each.undisturbed),
    )


def until(holds: Callable[[], object]) -> None:
    """Wait until something has come about. Raises AssertionError past the bound."""
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def _looked(streaming: Crowd, suspect: Member) -> tuple[Seen, list[Seen]]:
    seen, _ = streaming.look()
    (mine,) = [each for each in seen if each.member == suspect]
    return mine, [each for each in seen if each.member != suspect]


def _refused(stand: Stand, suspect: Member) -> str:
    """What the suspect is told, once every worker has heard: one may hear a moment after the one that cut the stream."""
    said: list[str] = []

    def heard() -> bool:
        status, answer = ask(stand, suspect)
        said.append(answer)
        return status != 200

    for _ in range(4):
        until(heard)
    return said[-1]


def _measure(stand: Stand, suspect: Member) -> MeasureRecord:
    with open_desk(stand.environ) as desk:
        found = [each for each in desk.registry.marks(f"person/{suspect.name}").measures if each.step == "suspend"]
    assert len(found) == 1, "no measure was taken, or more than one"
    return found[0]


def _undo(stand: Stand, measure: str) -> Moment:
    with open_desk(stand.environ) as desk:
        return agreed(desk, UndoMeasure(measure, "a drill"))[-1].at


def main() -> int:
    """``crowd_measure.py ROUNDS OTHERS WORKERS PACE_MS``: print the figures of each round as a line of JSON."""
    rounds, others, workers, pace = (int(word) for word in sys.argv[1:5])
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), rounds, others, workers=workers) as (stand, members):
        for suspect in [each for each in members if each.group != OTHERS]:
            figures = played(stand, members, suspect, pace_ms=pace)
            told = {**asdict(figures), "load": os.getloadavg()[0], "faults": figures.faults()}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
