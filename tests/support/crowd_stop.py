"""A letter activates while a crowd streams: who was cut, how fast, did anybody else notice? Figures, and what they must be."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.terms.moments import Moment
from support.crowd import Crowd, Member, Seen, crowd, established, letter, prepare, settle, share
from support.stand import Stand, start_stand

NAMED, OTHERS = "named", "others"
SETTLE_SECONDS = 2.0  # until the workers have looked at what came before the activation
CUT_SECONDS = 20.0  # how long a measurement waits for the last of the named


@dataclass(frozen=True)
class Figures:
    """What one activation did. Milliseconds; delays are how much later than the pace an event of somebody unaffected came."""

    streams: int
    named: int
    cut: int
    cut_badly: int
    disturbed: int
    cut_p50_ms: float
    cut_p99_ms: float
    cut_max_ms: float
    delay_before_p99_ms: float
    delay_during_p99_ms: float
    upstream_left: int  # connections to the provider that should have been closed and were not
    how_disturbed: tuple[str, ...] = ()  # what those others saw, each kind once

    def faults(self, limit_ms: float = 1000.0) -> list[str]:
        """What does not hold, in words. ``limit_ms`` bounds the time from the activation to the last byte at anybody named."""
        found = {
            f"{self.named - self.cut} of {self.named} named streams were not cut": self.cut != self.named,
            f"{self.cut_badly} streams did not end with the dialect's terminal event": bool(self.cut_badly),
            f"{self.disturbed} streams of others were disturbed: {'; '.join(self.how_disturbed)}": bool(self.disturbed),
            f"the last byte came {self.cut_max_ms:.0f} ms after the activation": self.cut_max_ms > limit_ms,
            f"{self.upstream_left} connections to the provider stayed open": self.upstream_left > 0,
        }
        return [words for words, holds in found.items() if holds]


def enact(stand: Stand, text: str) -> Moment:
    """Put a letter in force as two officers do; returns the moment of its activation (microseconds)."""
    with open_desk(stand.environ) as desk:
        last = prepare(desk, text)
        return desk.perform(last, actor="officer-b").plan.at


def after(moment: Moment, seen: Sequence[Seen], what: str = "last") -> list[float]:
    """For each stream, how many milliseconds after the moment its last byte came."""
    return [(getattr(each, what) / 1000 - moment) / 1000 for each in seen]


def measured(stand: Stand, streaming: Crowd, members: Sequence[Member], *, calm_seconds: float) -> Figures:
    """Activate a letter against the named while everybody streams. ``calm_seconds`` are watched before and after."""
    named = [each for each in members if each.group == NAMED]
    port = int(stand.provider_url.rpartition(":")[2])
    with open_desk(stand.environ) as desk:
        last = prepare(desk, letter("the-stop", NAMED))
        time.sleep(SETTLE_SECONDS)
        before = time.time_ns()
        time.sleep(calm_seconds)
        moment = desk.perform(last, actor="officer-b").plan.at
    streaming.wait_ended(len(named), CUT_SECONDS)
    time.sleep(calm_seconds)
    windows = [(before, moment * 1000), (moment * 1000, moment * 1000 + int(calm_seconds * 1e9))]
    others = [each.number for each in members if each.group != NAMED]
    seen, (calm, during) = streaming.look(windows, others)
    hit = [each for each in seen if each.member.group == NAMED]
    cut = [each for each in hit if each.terminal]
    disturbed = [each for each in seen if each.member.group != NAMED and not each.undisturbed]
    times = [int(each * 1000) for each in after(moment, cut)]
    return Figures(
        streams=len(seen),
        named=len(hit),
        cut=len(cut),
        cut_badly=sum(1 for each in cut if not each.cut_well),
        disturbed=len(disturbed),
        cut_p50_ms=share(times, 0.5) / 1000,
        cut_p99_ms=share(times, 0.99) / 1000,
        cut_max_ms=max(times, default=0) / 1000,
        delay_before_p99_ms=share(calm, 0.99) / 1000,
        delay_during_p99_ms=share(during, 0.99) / 1000,
        upstream_left=established(port) - (len(others) - len(disturbed)),
        how_disturbed=tuple(sorted({_how(each) for each in disturbed})),
    )


def _how(seen: Seen) -> str:
    """What somebody saw who should have noticed nothing."""
    if seen.status != 200:
        return f"refused with {seen.status} {seen.answer[:200]}".partition(',"request_id"')[0]
    if seen.terminal:
        return f"cut with {seen.terminal[:200]}".partition(',"request_id"')[0]
    return "torn" if seen.ended else "events differ from the script"


def scene(folder: Path, streams: int, named: int, *, workers: int, pace_ms: int, processes: int, calm_seconds: float) -> Figures:
    """A whole installation with a crowd, and one activation."""
    members = settle(folder / "home", {NAMED: named, OTHERS: streams - named})
    with (
        start_stand(folder / "home", workers=workers) as stand,
        crowd(stand, members, pace_ms=pace_ms, processes=processes) as streaming,
    ):
        return measured(stand, streaming, members, calm_seconds=calm_seconds)


def main() -> int:
    """``crowd_stop.py STREAMS NAMED WORKERS PACE_MS PROCESSES CALM_SECONDS``: print the figures as JSON."""
    streams, named, workers, pace, processes, calm = (int(word) for word in sys.argv[1:7])
    with tempfile.TemporaryDirectory() as folder:
        figures = scene(
            Path(folder), streams, named, workers=workers, pace_ms=pace, processes=processes, calm_seconds=float(calm)
        )
    load = os.getloadavg()[0]
    sys.stdout.write(json.dumps({**asdict(figures), "load": load, "faults": figures.faults()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
