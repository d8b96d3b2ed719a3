"""What does the watch remember of one person or agent? Counts, hashes and sketches, bounded; never content.

INVARIANT: packed it has at most ``MOST_BYTES``, whatever was seen: every table in it has a fixed size or drops its oldest.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from safeconduct.risk.score import Evidence
from safeconduct.terms.moments import Moment
from safeconduct.watch.detected import MOST_CALLS

MOST_BYTES: Final = 8 * 1024
HOURS: Final = 168  # of a week
MOST_MARKS: Final = 24
MOST_DEVICES: Final = 8
MOST_PROBES: Final = 16
MOST_SESSIONS: Final = 8
MOST_TOOLS: Final = 32
MOST_COUNTED: Final = 24
MOST_EVIDENCE: Final = 10
MOST_CENTROIDS: Final = 8
SKETCH: Final = 64
COVERAGE_BYTES: Final = 256  # 2,048 bits: linear counting of up to some 6,000 cells within a tenth
DAYS: Final = 14
SENTENCE_CHARACTERS: Final = 120
ID_CHARACTERS: Final = 40

Key = TypeVar("Key")
Value = TypeVar("Value")


class Subject(msgspec.Struct, array_like=True):
    """One person or agent. Moments in microseconds; counts as they are named."""

    who: str
    organization: str = ""
    project: str = ""
    purpose: str = ""
    person: str = ""
    first: Moment = 0
    last: Moment = 0
    calls: int = 0
    band: str = "none"
    told_score: float = 0.0  # when the registry was last told
    told_until: Moment = 0
    alerted_at: Moment = 0
    alerted_score: float = 0.0
    alerted_kind: str = ""
    rank: float = 0.0  # the strongest score since the last review of alerts
    evidence: dict[str, Evidence] = {}

    # misuse
    llr: float = 0.0
    llr_at: Moment = 0
    lately: float = 0.0  # hits of the last hours, fading
    excess: float = 0.0
    scored: float = 0.0
    nats: float = 0.0
    tilt: float = 1.0
    tilt_day: int = 0
    scored_today: float = 0.0
    nats_today: float = 0.0
    worst: list[tuple[float, str]] = []  # (-log10 of the chance, call), the smallest first
    session_hits: dict[str, int] = {}
    counted: list[int] = []  # marks of texts that were counted as misuse, the last ones

    # probing and refusals
    probes: dict[str, Moment] = {}
    run: int = 0
    run_similar: float = 0.0
    run_at: Moment = 0
    run_calls: list[str] = []
    run_sketch: bytes = b""
    refused: float = 0.0  # fading counts
    asked: float = 0.0

    # rhythm
    hours: list[int] = []  # calls by hour of the week, halved each week
    hours_week: int = 0
    active_hours: int = 0  # of the day, a bit for each hour with a call
    burst: float = 0.0
    burst_at: Moment = 0
    bursts: int = 0
    off_day: int = 0
    off_calls: int = 0

    # where from
    clients: dict[str, Moment] = {}
    sessions: dict[str, tuple[Moment, str, str]] = {}
    clash_day: int = 0
    clashes: int = 0
    day_calls: int = 0
    languages: dict[str, int] = {}
    login: tuple[Moment, float, float, str] | None = None
    devices: dict[str, Moment] = {}

    # what about
    centroids: bytes = b""
    weights: list[int] = []
    novel: float = 0.0
    off_topic: float = 0.0  # of the call at hand, in deviations
    near: float = 0.0
    near_spread: float = 0.0
    novel_calls: list[str] = []
    coverage: bytes = b""
    grown: list[tuple[int, int, int]] = []  # (day, new cells, calls)
    answered: int = 0  # tokens of today's answers
    extracted: float = 0.0
    template_hits: int = 0
    template_calls: list[str] = []
    template: str = ""
    tools: dict[str, int] = {}
    new_tools: list[str] = []
    template_day: int = 0
    template_claims: int = 0  # slots of the table of templates that were taken over on that day
    stands_until: Moment = 0  # what was told before the watch lost its memory: until then its band is not told to be lower


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Subject)


def fresh(who: str, at: Moment) -> Subject:
    """Somebody of whom nothing is known yet."""
    return Subject(
        who=who,
        first=at,
        last=at,
        evidence={},
        worst=[],
        session_hits={},
        counted=[],
        probes={},
        run_calls=[],
        hours=[0] * HOURS,
        clients={},
        sessions={},
        languages={},
        devices={},
        weights=[],
        novel_calls=[],
        grown=[],
        template_calls=[],
        tools={},
        new_tools=[],
    )


def pack(subject: Subject) -> bytes:
    return _ENCODER.encode(subject)


def unpack(data: bytes) -> Subject:
    """Raises msgspec.DecodeError when the bytes are no subject of this version."""
    return _DECODER.decode(data)


def remember(table: dict[Key, Value], key: Key, value: Value, most: int) -> bool:
    """Put something into a bounded table; the one that was put there longest ago goes. True when it was not there."""
    new = key not in table
    if not new:
        del table[key]
    elif len(table) >= most:
        del table[next(iter(table))]
    table[key] = value
    return new


def note(calls: list[str], call: str) -> None:
    """Add a call to the few that stand for something, the last ones kept."""
    calls.append(call[:ID_CHARACTERS])
    if len(calls) > MOST_CALLS:
        del calls[0]
