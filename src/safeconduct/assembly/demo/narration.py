"""In which words is the story told? Sentences about the population, each switch and the proof; saying them is the teller's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.chapter import Chapter, Seat
from safeconduct.assembly.demo.population import Population
from safeconduct.assembly.demo.verdicts import MODELS, State

PROMISED_MS = 1000.0  # P5: a stop reaches everybody it names within a second
MOST_WRONG = 20  # of many mistakes the first ones show the cause

TITLES = {
    State.AUTHORIZED: "9 June 2026: terms and authorizations take effect",
    State.LETTER: "12 June 2026, 17:21 in Washington: no foreign person may use either model",
    State.EXEMPTION: "26 June 2026: listed companies get Mythos back, with their employees of any nationality",
    State.LIFTED: "30 June 2026: the requirement is lifted",
}


class Listener(Protocol):
    """Who hears the story. ``progress`` tells how many of the whole are done."""

    def say(self, line: str) -> None: ...
    def progress(self, what: str, done: int, whole: int) -> None: ...


def population(people: Population, memberships: int, changes: int) -> list[str]:
    listed = sum(bool(each.listed) for each in people.companies)
    others = len(people.companies) - listed
    return [
        f"{people.size} people with {memberships} memberships in {len(people.organizations)} organizations, and",
        f"{len(people.agents)} agents. Companies that will be listed: {listed}; not listed: {others}; subsidiaries:",
        f"{len(people.subsidiaries)}; sponsored contractor firms: {len(people.firms)}.",
        f"All of it is recorded by the product's own import, {changes} changes. Nobody's status is typed in: what is recorded is",
        "evidence with its dates (citizenship, card, protection, employment), some of it missing, expired or contradicting.",
        f"{len(people.cast) // 2} kinds of callers will call: two people of each, and an agent of each of them.",
    ]


def counted(found: Counted) -> list[str]:
    """What deciding everybody came to."""
    wrong = sum(count.wrong for count in found.counts)
    once_more = f", {found.sampled} of them once more one by one" if found.sampled else ""
    lines = [
        f"  Beside it all {found.seats} seats were decided for both models in {found.seconds:.1f} s{once_more}; wrong: {wrong}."
    ]
    return lines + [f"  WRONG: {line}" for line in found.differences[:MOST_WRONG]]


def preview(letter: str, found: Mapping[str, Any], seconds: float) -> list[str]:
    """What an officer saw before a second one approved. ``found`` is what ``instrument preview --json`` printed."""
    figures = found["figures"]
    live, ready = sum(found["live"].values()), found["readiness"]["share"]
    return [
        f"  {letter} is entered, checked and previewed in {seconds:.1f} s.",
        f"  Of {figures['seats']} seats {figures['lost']} would lose a model and {figures['gained']} gain one;",
        f"  {ready:.1%} of those concerned are decided by verified facts; {live} live sessions would end.",
        "  A second officer approves.",
    ]


def switch(chapter: Chapter) -> list[str]:
    """What one switch did to the cast."""
    lines = [f"  Switched in {chapter.switch_ms:.0f} ms: from the commit of the act to the last caller concerned."]
    if chapter.switch_ms > PROMISED_MS:
        lines.append(f"  That is more than the {PROMISED_MS:.0f} ms promised.")
    for what, seats in (("Cut", chapter.cut), ("Let in", chapter.let_in), ("Went on undisturbed", chapter.went_on)):
        lines += _who(what, seats)
    lines.append(f"  Then everybody called once more: {len(chapter.answers)} answers.")
    lines += [f"  WRONG: {line}" for line in chapter.wrong[:MOST_WRONG]]
    if len(chapter.wrong) > MOST_WRONG:
        lines.append(f"  WRONG: and {len(chapter.wrong) - MOST_WRONG} more")
    return lines


def proof(found: Mapping[str, Any], cut: int, clients: int) -> list[str]:
    """What the verification of the log came to. ``found`` is what ``audit verify --json`` printed."""
    if not found.get("holds"):
        return ["  THE LOG DOES NOT HOLD."]
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(found["outcomes"].items()))
    return [
        f"  The log holds: {found['size']} entries of {found['writers']} writers, {found['acts']} of them acts of officers.",
        f"  {found['decided']} calls were decided, each before anything was forwarded, and {found['ended']} ended: {outcomes}.",
        f"  It tells of {cut} calls that were cut; the clients saw {clients}.",
    ]


def _who(what: str, seats: Iterable[Seat]) -> list[str]:
    """One line a kind of caller, with the models and the number of live calls."""
    counted: dict[str, Counter[str]] = {}
    for caller, model in seats:
        counted.setdefault(caller.member.kind, Counter())[model] += 1
    lines = [f"  {what}:"] if counted else []
    for kind, models in counted.items():
        which = "both models" if len(models) == len(MODELS) else next(iter(models))
        lines.append(f"    {kind}: {which}, {models.total()} calls")
    return lines
