"""Do several people use one identity? More networks than the cohort calls from, places that take turns within minutes, languages
side by side; and, where one of these shows, more hours of a day.

How many of these one person shows differs from team to team, so each is measured in deviations from what the cohort shows.
While too little is known of a cohort nothing is said.
"""

from __future__ import annotations

from typing import Final

from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort, day_of, moments, unusual
from safeconduct.watch.detected import DAY, HOUR, Detected
from safeconduct.watch.subject import MOST_MARKS, MOST_SESSIONS, Subject, remember

KIND: Final = "sharing"
TURN: Final = 600 * SECOND  # two places within it are not one person who moved
FORGET: Final = 7 * DAY
MARK_CHARACTERS: Final = 8
USUAL: Final = 2.5  # deviations
EACH: Final = 0.25
MOST_EACH: Final = 2.5
TELLING: Final = 0.6
EVERY: Final = 8  # calls between two looks
LANGUAGES: Final = 4
LANGUAGE_SHARE: Final = 0.1
LEAST_CALLS: Final = 40
SLEEPLESS: Final = 18  # hours of a day with calls, from which on one person does not sleep
MOST: Final = 5.0


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call. An agent may work day and night, from many places: only people are looked at."""
    if signal.agent:
        return None
    day = day_of(signal.at)
    if day != subject.clash_day:
        _close(subject, cohort, day)
    subject.day_calls = min(99_999, subject.day_calls + 1)
    subject.active_hours |= 1 << (signal.at // HOUR % 24)
    _place(subject, signal)
    if signal.language:
        _speak(subject, signal.language[:3])
    if subject.calls % EVERY:
        return None
    weight, said = _weight(subject, cohort)
    if weight < TELLING:
        return None
    return Detected(KIND, min(MOST, weight), f"{', '.join(said)}.".capitalize(), (signal.call,), half_life=4 * DAY)


def _weight(subject: Subject, cohort: Cohort) -> tuple[float, list[str]]:
    nets = len({place[MARK_CHARACTERS:] for place in subject.clients})
    turns, hours = subject.clashes, subject.active_hours.bit_count()
    weight, said = 0.0, []
    for about, value, floor, words in (
        (cohort.places, nets, 0.6, f"{nets} networks within a week"),
        (cohort.clashes, _share(subject), 8.0, f"places took turns {turns} times within minutes"),
    ):
        off = _beyond(unusual(about, float(value), floor=floor))
        if off > 0.0:
            weight += off
            said.append(words)
    total = sum(subject.languages.values())
    often = sum(count >= LANGUAGE_SHARE * total for count in subject.languages.values())
    if total >= LEAST_CALLS and often >= LANGUAGES:
        weight += 0.7 * (often - LANGUAGES + 1)
        said.append(f"{often} languages side by side")
    long = _beyond(unusual(cohort.awake, float(hours), floor=1.5))
    if long > 0.0 and (weight > 0.0 or hours >= SLEEPLESS):  # a long day alone is a long day
        weight += long
        said.append(f"calls in {hours} hours of a day")
    return weight, said


def _share(subject: Subject) -> float:
    """Turns for each hundred calls of a day: who works more takes more turns, too."""
    return 100.0 * subject.clashes / max(LEAST_CALLS, subject.day_calls)


def _beyond(off: float) -> float:
    """Log-odds of so many deviations: of a bell's tail, and half of it, because tails are longer."""
    return min(MOST_EACH, EACH * (off * off - USUAL * USUAL)) if off > USUAL else 0.0


def _close(subject: Subject, cohort: Cohort, day: int) -> None:
    """A day is over: it is part of what the cohort shows."""
    if subject.clash_day:
        cohort.places = moments(cohort.places, float(len({place[MARK_CHARACTERS:] for place in subject.clients})))
        cohort.clashes = moments(cohort.clashes, _share(subject))
        cohort.awake = moments(cohort.awake, float(subject.active_hours.bit_count()))
    subject.clash_day, subject.clashes, subject.active_hours, subject.day_calls = day, 0, 0, 0
    oldest = (day * DAY) - FORGET
    for place in [place for place, seen in subject.clients.items() if seen < oldest]:
        del subject.clients[place]


def _place(subject: Subject, signal: CallSignal) -> None:
    """Note from where a call came, and whether another place spoke within minutes, before and after this one did."""
    if not signal.client and not signal.net:
        return
    place = f"{signal.client[:MARK_CHARACTERS]}{signal.net[:MARK_CHARACTERS]}"
    at, places = signal.at, subject.clients
    known = places.get(place, 0)
    remember(places, place, at, MOST_MARKS)
    if not known or at - known > TURN:
        return
    for other, seen in reversed(places.items()):  # those seen last come first
        if other == place:
            continue
        if seen <= known:
            return
        if other[MARK_CHARACTERS:] != place[MARK_CHARACTERS:]:  # two programs at one desk are one person
            subject.clashes = min(999, subject.clashes + 1)
            return


def _speak(subject: Subject, language: str) -> None:
    languages = subject.languages
    languages[language] = languages.get(language, 0) + 1
    if len(languages) > MOST_SESSIONS or languages[language] > 2_000:
        subject.languages = {name: count // 2 for name, count in languages.items() if count > 1}
