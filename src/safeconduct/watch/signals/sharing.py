"""Do several people use one identity? Places that take turns within minutes, more places than the cohort has, languages side by
side, days without a night.
"""

from __future__ import annotations

from typing import Final

from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort, day_of, moments, unusual
from safeconduct.watch.detected import DAY, HOUR, Detected
from safeconduct.watch.subject import MOST_MARKS, MOST_SESSIONS, Subject, remember

KIND: Final = "sharing"
TURN: Final = 600 * SECOND  # two places within it cannot be one person who moved
CLASHES: Final = 4  # of a day: a phone beside a desk makes one or two
WAKING: Final = 19  # hours of a day with calls
DAYS: Final = 7
LANGUAGES: Final = 4
LANGUAGE_SHARE: Final = 0.1
LEAST_CALLS: Final = 40
FORGET: Final = 14 * DAY
MOST: Final = 5.0


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call. An agent may work day and night, from many places: only people are looked at."""
    if signal.agent:
        return None
    if subject.calls and day_of(signal.at) != day_of(subject.last):
        cohort.marks = moments(cohort.marks, float(len(subject.client_net)))
    clash = _clash(subject, signal)
    awake = _awake(subject, signal.at)
    if signal.language:
        languages = subject.languages
        languages[signal.language[:3]] = languages.get(signal.language[:3], 0) + 1
        if len(languages) > MOST_SESSIONS or languages[signal.language[:3]] > 2_000:
            subject.languages = {name: count // 2 for name, count in languages.items() if count > 1}
    if not clash and not awake and subject.calls % 16:
        return None
    weight, said = _weight(subject, cohort, awake)
    if weight < 0.6:
        return None
    return Detected(KIND, min(MOST, weight), f"{', '.join(said)}.".capitalize(), (signal.call,), half_life=4 * DAY)


def _weight(subject: Subject, cohort: Cohort, awake: int) -> tuple[float, list[str]]:
    weight, said = 0.0, []
    if subject.clashes >= CLASHES:
        weight += min(3.0, 0.5 * (subject.clashes - CLASHES + 1))
        said.append(f"places took turns {subject.clashes} times within ten minutes")
    places = unusual(cohort.marks, float(len(subject.client_net)))
    if places > 3.0 and len(subject.client_net) >= 5:
        weight += min(1.5, 0.4 * (places - 2.0))
        said.append(f"{len(subject.client_net)} pairs of client and network in two weeks")
    if awake >= 2:
        weight += min(2.5, 0.8 * (awake - 1))
        said.append(f"{awake} days of the last seven without a night")
    total = sum(subject.languages.values())
    often = sum(count >= LANGUAGE_SHARE * total for count in subject.languages.values())
    if total >= LEAST_CALLS and often >= LANGUAGES:
        weight += 0.7 * (often - LANGUAGES + 1)
        said.append(f"{often} languages side by side")
    return weight, said


def _clash(subject: Subject, signal: CallSignal) -> bool:
    """Whether another place spoke within minutes, before and after this one did."""
    if not signal.client and not signal.net:
        return False
    place = f"{signal.client[:8]}{signal.net[:8]}"
    at = signal.at
    pairs = subject.clients
    known = pairs.get(place, 0)
    remember(pairs, place, at, MOST_MARKS)
    remember(subject.client_net, place, day_of(at), MOST_MARKS)
    for old in [old for old, day in subject.client_net.items() if day < day_of(at - FORGET)]:
        del subject.client_net[old]
    if not known or at - known > TURN:
        return False
    between = [other for other, seen in pairs.items() if other != place and seen > known and at - seen <= TURN]
    if not any(other[8:] != place[8:] for other in between):  # two programs at one desk are one person
        return False
    day = day_of(at)
    if day != subject.clash_day:
        subject.clash_day, subject.clashes = day, 0
    subject.clashes = min(99, subject.clashes + 1)
    return True


def _awake(subject: Subject, at: int) -> int:
    """On how many of the last days there were calls in nearly every hour."""
    active, day, bit = subject.active, day_of(at), 1 << (at // HOUR % 24)
    if active and active[-2] == day:
        if active[-1] & bit:
            return 0
        active[-1] |= bit
    else:
        active += [day, bit]
        del active[: max(0, len(active) - 2 * DAYS)]
    return sum(mask.bit_count() >= WAKING for mask in active[1::2])
