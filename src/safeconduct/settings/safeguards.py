"""Do the settings about detectors make sense? How many processes, how long they may take, and which plugins are enabled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.settings.sections import ReuseSettings, SafeguardSettings
from safeconduct.terms.faults import Fault

MOST_SCORERS: Final = 64
SHORTEST_MS: Final = 50
LONGEST_MS: Final = 60_000
LONGEST_JUDGED: Final = 120
MOST_JUDGED: Final = 100_000
LONGEST_REMEMBERED: Final = 3_660  # days
MOST_MEGABYTES: Final = 1_000_000
MOST_HELD: Final = 1_048_576
SHORTEST_LEGEND: Final = 6
LONGEST_LEGEND: Final = 200
_LONGEST_NAME: Final = 64
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def safeguard_faults(safeguards: SafeguardSettings, where: str) -> Iterator[Fault]:
    """Every fault of the section."""
    spot = f"{where}: safeguards"
    if not 0 <= safeguards.scorers <= MOST_SCORERS:
        mend = f"choose 0 to {MOST_SCORERS}; 0 does without the models"
        yield Fault("scorers_invalid", "the number of scorers is out of range", f"{spot}.scorers", mend)
    if not SHORTEST_MS <= safeguards.deadline_ms <= LONGEST_MS:
        mend = f"choose {SHORTEST_MS} to {LONGEST_MS} milliseconds"
        yield Fault("deadline_invalid", "the deadline is out of range", f"{spot}.deadline_ms", mend)
    for name in ("hold_bytes", "hold_ms"):
        if not 0 < getattr(safeguards, name) <= MOST_HELD:
            yield Fault("hold_invalid", "the value is out of range", f"{spot}.{name}", f"choose 1 to {MOST_HELD}")
    yield from _reuse_faults(safeguards.reuse, f"{spot}.reuse")
    judge = safeguards.judge
    if not 0 < judge.gray <= 1:
        yield Fault("gray_invalid", "the share is out of range", f"{spot}.judge.gray", "choose a share above 0, at most 1")
    if not 1 <= judge.deadline_seconds <= LONGEST_JUDGED:
        mend = f"choose 1 to {LONGEST_JUDGED} seconds"
        yield Fault("deadline_invalid", "the deadline is out of range", f"{spot}.judge.deadline_seconds", mend)
    if not 1 <= judge.per_minute <= MOST_JUDGED:
        mend = f"choose 1 to {MOST_JUDGED}"
        yield Fault("judge_invalid", "the number of questions is out of range", f"{spot}.judge.per_minute", mend)
    for legend in safeguards.legends:
        if not (SHORTEST_LEGEND <= len(legend) <= LONGEST_LEGEND and legend.isprintable()):
            mend = f"write {SHORTEST_LEGEND} to {LONGEST_LEGEND} characters, as they stand on the paper"
            yield Fault("legend_invalid", "a marking is too short, too long or cannot be printed", f"{spot}.legends", mend)
    for name in safeguards.plugins:
        if not (0 < len(name) <= _LONGEST_NAME and "-" in name and _NAME.issuperset(name) and name[0] not in "-_"):
            what = f"no plugin can be called {name[:40]!r}"
            mend = "name the entry point, of small letters and digits with a hyphen in it, like acme-codewords"
            yield Fault("plugin_invalid", what, f"{spot}.plugins", mend)
    if len(set(safeguards.plugins)) < len(safeguards.plugins):
        yield Fault("plugin_invalid", "a plugin is named twice", f"{spot}.plugins", "name each once")


def _reuse_faults(reuse: ReuseSettings, spot: str) -> Iterator[Fault]:
    if not 1 <= reuse.days <= LONGEST_REMEMBERED:
        yield Fault("days_invalid", "the days are out of range", f"{spot}.days", f"choose 1 to {LONGEST_REMEMBERED} days")
    if not 1 <= reuse.most_megabytes <= MOST_MEGABYTES:
        mend = f"choose 1 to {MOST_MEGABYTES} megabytes"
        yield Fault("size_invalid", "the size is out of range", f"{spot}.most_megabytes", mend)
