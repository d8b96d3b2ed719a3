"""How much risk do pieces of evidence make together, at a moment, and which part does each of them have in it?

Evidence is log-odds (natural logarithm): 0.7 makes the other thing twice as likely, 2.3 ten times. It fades by half in each
half-life. Evidence of one kind is one part: its strongest piece counts whole, what is added to it ever less, and never beyond
the cap. The parts add up to the score, and the score lies in a band. What a band leads to is for ``mitigation``.

INVARIANT: one kind of evidence alone, however much there is of it, stays below the band ``high``: what it takes beyond a step-up
takes a second kind, or a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import Moment

ENTER: Final = (0.0, 1.5, 2.8, 5.0, 8.0)
"""From which score on a subject is in each of ``BANDS``: 1.5 is evidence of five to one, 2.8 of sixteen, 5 of 150, 8 of 3,000."""

LEAVE: Final = 0.6
"""How far below its band's threshold a score has to fall before the band is left: a score at the threshold does not flicker."""

CAP: Final = 4.0
"""The most that one part counts. Below ``ENTER`` of ``high``, by more than one fading look: the invariant above."""

FLOW: Final = 0.25  # of a person's score that reaches the organization, and of an organization's evidence that reaches a model
FLOW_CAP: Final = 4.0  # people alone never carry an organization beyond a step-up, either
FLOWING: Final = 16  # of how many subjects, the strongest first
FLOWN_SAYS: Final = "People or agents who belong to it are at risk themselves."
FAINT: Final = 0.05  # what has faded below this is let go


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """One thing that was seen: ``weight`` in log-odds at ``at``, fading by half each ``half_life`` microseconds.

    ``signal`` is its kind; ``sentence`` says it to a person; ``calls`` are the calls behind it, the last ones first.
    """

    signal: str
    weight: float
    at: Moment
    half_life: Moment
    sentence: str
    calls: tuple[str, ...] = ()

    def now(self, moment: Moment) -> float:
        """What is left of the weight at a moment; the whole of it before it was seen."""
        age = moment - self.at
        return self.weight if age <= 0 else float(self.weight * 0.5 ** (age / self.half_life))


class Part(msgspec.Struct, frozen=True):
    """What one kind of evidence adds to a score."""

    signal: str
    weight: float
    sentence: str
    calls: tuple[str, ...] = ()


class Risk(msgspec.Struct, frozen=True):
    """The risk of one subject at a moment: band, score (log-odds), and the parts it is made of, the largest first."""

    band: str
    score: float
    parts: tuple[Part, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each part, with the calls behind it."""
        return tuple(explained(part) for part in self.parts)


def explained(part: Part) -> str:
    """One part in one sentence."""
    calls = f" Calls: {', '.join(part.calls)}." if part.calls else ""
    return f"{part.sentence} (+{part.weight:.1f}){calls}"


def capped(weight: float, cap: float = CAP) -> float:
    """A part's weight as it counts: unchanged while small, bent towards the cap from its half on."""
    knee = cap / 2
    if weight <= knee:
        return max(0.0, weight)
    return cap - knee * knee / weight


def joined(pieces: Iterable[float]) -> float:
    """Evidence of one kind, together: the strongest whole, each further one half as much as the one before it."""
    total, share = 0.0, 1.0
    for weight in sorted(pieces, reverse=True):
        total += weight * share
        share /= 2
    return total


def band_of(score: float, before: str = "none") -> str:
    """The band of a score, for a subject that was in ``before``: up at once, down only when it is clearly below."""
    reached = max(number for number, least in enumerate(ENTER) if score >= least)
    held = BANDS.index(before)
    while held > reached and score < ENTER[held] - LEAVE:
        held -= 1
    return BANDS[max(held, reached)]


def score(
    evidence: Iterable[Evidence], now: Moment, before: str = "none", *, flown: float = 0.0, flown_says: str = FLOWN_SAYS
) -> Risk:
    """The risk at ``now``. ``before`` is the band until now; ``flown`` what came from others, see ``flow``, in one sentence."""
    kinds: dict[str, list[tuple[float, Evidence]]] = {}
    for each in evidence:
        left = each.now(now)
        if left > FAINT:
            kinds.setdefault(each.signal, []).append((left, each))
    parts = [_part(kind, found) for kind, found in kinds.items()]
    if flown > FAINT:
        parts.append(Part("people", min(flown, FLOW_CAP), flown_says))
    parts.sort(key=lambda part: (-part.weight, part.signal))
    total = sum(part.weight for part in parts)
    return Risk(band_of(total, before), total, tuple(parts))


def flow(scores: Iterable[float]) -> float:
    """What flows up from these scores: a share of the strongest, ever less of the others, and never more than the cap."""
    strongest = sorted((each for each in scores if each > FAINT), reverse=True)[:FLOWING]
    return min(FLOW_CAP, FLOW * joined(strongest))


def fades_at(evidence: Iterable[Evidence], now: Moment, least: float) -> Moment:
    """When the sum of evidence will have faded below ``least``: an upper bound, for how long a band may be said to last."""
    latest = now
    pieces = [each for each in evidence if each.now(now) > FAINT]
    for each in pieces:
        halvings, left, until = 0, each.now(now) * len(pieces), now
        while left > max(least, FAINT) and halvings < 64:
            left /= 2
            until += each.half_life
            halvings += 1
        latest = max(latest, until)
    return latest


def _part(kind: str, found: list[tuple[float, Evidence]]) -> Part:
    found.sort(key=lambda pair: -pair[0])
    strongest = found[0][1]
    calls = tuple(dict.fromkeys(call for _, each in found for call in each.calls))[:5]
    return Part(kind, capped(joined(left for left, _ in found)), strongest.sentence, calls)
