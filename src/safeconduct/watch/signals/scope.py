"""Does an agent do what it never did? New tools after a long time of the same ones. People learn; agents are configured."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.subject import MOST_TOOLS, Subject, note

KIND: Final = "scope"
LEAST_CALLS: Final = 40
EACH: Final = 1.0
MOST: Final = 3.6
OUTSIDE: Final = "tools"  # the detector that reviews tool calls against the declared scope


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:  # noqa: ARG001 - one signature for all
    """Look at one call. Tool calls outside of the declared scope count for people, too."""
    outside = sum(seen.count for seen in signal.seen if seen.detector == OUTSIDE)
    new = 0
    if signal.agent:
        for name in signal.tools:
            mark = f"{crc32(name.encode('utf-8', 'replace')):08x}"
            if mark not in subject.tools:
                if len(subject.tools) < MOST_TOOLS:
                    subject.tools[mark] = 1
                new += 1
    beyond = new if subject.calls >= LEAST_CALLS and len(subject.tools) < MOST_TOOLS else 0
    if not outside and not beyond:
        return None
    note(subject.new_tools, signal.call)
    weight = min(MOST, EACH * (beyond + outside))
    sentence = f"{outside} tool calls outside of the declared scope, {beyond} tools that this agent never had before."
    return Detected(KIND, weight, sentence, tuple(reversed(subject.new_tools)), 3 * DAY)
