"""What is the answer for everybody? Decides every seat of the registry for both models, and holds it against the verdicts.

Everybody is asked in the way of the previews: seats that no rule can tell apart are one class, and the policy answers for each
class. ``one_by_one`` asks in the way of a worker, seat by seat, so that the two ways are held against each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from safeconduct.assembly.demo.verdicts import (
    CONTRADICTED,
    EXPIRED,
    HIDDEN,
    LAPSED,
    MODELS,
    NAMED,
    UNKNOWN,
    YES,
    Seat,
    State,
)
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.inquiry.census import PERSON
from safeconduct.inquiry.rulings import Rulings
from safeconduct.inquiry.seats import Side, survey
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.decision import Decision
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Standing

TELL_EVERY = 250  # seats between two words about progress
CONTEXT = Context(dialect="messages", operation="generate", stream=True)
KEEP_ALL: Final = -1
MOST_TOLD: Final = 20  # of many differences the first ones show the cause
_WORDS: Final = {
    "forbidden": NAMED,
    "fact_unknown": UNKNOWN,
    "fact_expired": EXPIRED,
    "fact_contradicted": CONTRADICTED,
    "model_not_found": HIDDEN,
}
_LINKS: Final = ("key_", "agent_", "person_", "membership_", "project_", "organization_")

Told = Callable[[int], None]
Words = tuple[str, ...]
"""A word of the verdicts for each of MODELS."""
Answers = dict[tuple[str, str], Words]
"""By seat: ``person/ID`` or ``agent/ID``, and the organization."""


class Count(msgspec.Struct, frozen=True):
    """The answers for one model in one state. ``wrong`` counts those that differ from the verdict, in answer or in reason;
    ``cut`` those of them that are a no where the law says yes, ``let_in`` the other way round.
    """

    state: int
    model: str
    permitted: int
    denied: int
    named: int
    unknown: int
    expired: int
    contradicted: int
    lapsed: int
    hidden: int
    wrong: int
    cut: int
    let_in: int


def word_of(decision: Decision) -> str:
    """A decision in the words of the verdicts; a code that they do not have stays as it is."""
    return YES if decision.permits else word_of_code(decision.reasons[0].code if decision.reasons else "")


def word_of_code(code: str) -> str:
    """The reason code of a no in the words of the verdicts."""
    return _WORDS.get(code) or (LAPSED if code.startswith(_LINKS) else code)


@dataclass(frozen=True, slots=True)
class Asked:
    """A view as the workers have it, at one moment, and the policy in force then."""

    view: View
    policy: Policy
    now: Moment

    @classmethod
    def of(cls, registry: Registry, now: Moment) -> Asked:
        """Ask this registry. Raises Refused or ValueError when the rules in force cannot be read."""
        rules = Rules()
        view = View(registry, rules, bytes(32), lambda _: None, now)  # nothing is recorded here, so no commitment is made
        return cls(view, rules(registry, now), now)

    def standing(self, seat: Seat) -> Standing:
        """The standing of one seat."""
        return self.standing_of(seat.who, seat.organization)

    def standing_of(self, who: str, organization: str) -> Standing:
        """The standing of ``person/ID`` or ``agent/ID`` in an organization, with the facts that a rule in force reads (P10)."""
        kind, _, name = who.partition("/")
        person, agent = (name, "") if kind == "person" else ("", name)
        return self.view.registry.standing_for(
            organization=organization, now=self.now, person=person, agent=agent, wanted=self.policy.facts
        )

    def decide(self, standing: Standing) -> tuple[Decision, ...]:
        """What the product decides for one standing, model by model."""
        return tuple(self.view.answer(standing, model, CONTEXT, self.now)[0] for model in MODELS)


def in_classes(asked: Asked, part: int = 0, parts: int = 1, heard: Told = lambda _: None) -> Answers:
    """Every seat of a part, decided class by class. Raises ValueError for a seat that the tables do not have."""
    side = Side(asked.view.registry, asked.now, asked.policy.facts)
    rulings = Rulings(side, asked.policy)
    answers: Answers = {}
    for (seat,), tally in survey([side], part=part, parts=parts, keep=KEEP_ALL, tell=heard).pairs():
        if seat is None or (seat.project and seat.kind == PERSON):
            raise ValueError("a seat that the tables of the demonstration do not have")
        told = [rulings.of(seat, tally.first, model) for model in MODELS]
        words = tuple(YES if ruling.permits else word_of_code(ruling.code) for ruling in told)
        for name in tally.ids:
            answers[f"{seat.kind}/{name}", seat.organization] = words
    return answers


def one_by_one(asked: Asked, seats: Iterable[Seat], told: Told = lambda _: None) -> Iterator[tuple[Seat, Words]]:
    """Each of these seats, decided by itself: its own standing, its own questions."""
    for number, seat in enumerate(seats, 1):
        yield seat, tuple(map(word_of, asked.decide(asked.standing(seat))))
        if number % TELL_EVERY == 0:
            told(number)


def compared(state: State, given: Iterable[tuple[Seat, Words]]) -> tuple[list[Count], list[str]]:
    """Count the answers and hold each against its verdict. Returns the counts by model, and the first differences in words."""
    found = [Counter[tuple[str, str]]() for _ in MODELS]
    differences: list[str] = []
    for seat, words in given:
        for number, (word, verdict) in enumerate(zip(words, (seat.fable, seat.mythos), strict=True)):
            found[number][word, verdict] += 1
            if word != verdict and len(differences) < MOST_TOLD:
                differences.append(f"{seat.who} of {seat.organization}, {MODELS[number]}: {word} instead of {verdict}")
    return [_count(state, model, pairs) for model, pairs in zip(MODELS, found, strict=True)], differences


def matched(verdicts: Iterable[Seat], answers: Answers) -> Iterator[tuple[Seat, Words]]:
    """The verdicts that have an answer among these, with it."""
    for seat in verdicts:
        words = answers.get((seat.who, seat.organization))
        if words is not None:
            yield seat, words


def total(parts: Iterable[Sequence[Count]]) -> list[Count]:
    """The sum of counts of the same state, model by model."""
    sums: list[Count] = []
    for same in zip(*parts, strict=True):
        first = same[0]
        numbers = {
            name: sum(getattr(each, name) for each in same) for name in first.__struct_fields__ if name not in ("state", "model")
        }
        sums.append(msgspec.structs.replace(first, **numbers))
    return sums


def _count(state: State, model: str, pairs: Counter[tuple[str, str]]) -> Count:
    by_word = Counter[str]()
    for (word, _), number in pairs.items():
        by_word[word] += number
    return Count(
        state=int(state),
        model=model,
        permitted=by_word[YES],
        denied=by_word.total() - by_word[YES],
        named=by_word[NAMED],
        unknown=by_word[UNKNOWN],
        expired=by_word[EXPIRED],
        contradicted=by_word[CONTRADICTED],
        lapsed=by_word[LAPSED],
        hidden=by_word[HIDDEN],
        wrong=sum(number for (word, verdict), number in pairs.items() if word != verdict),
        cut=sum(number for (word, verdict), number in pairs.items() if verdict == YES != word),
        let_in=sum(number for (word, verdict), number in pairs.items() if word == YES != verdict),
    )
