"""What is the answer for everybody? Decides each person of a population for both models, and holds it against the verdicts.

Uses the view that the workers use, so that the whole population is asked and not only those who happen to call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from safeconduct.assembly.demo.population import Someone
from safeconduct.assembly.demo.verdicts import EXPIRED, MODELS, NAMED, UNKNOWN, YES, State, Verdict, verdict
from safeconduct.exchange.view import View
from safeconduct.policy.context import Context
from safeconduct.terms.decision import Decision
from safeconduct.terms.moments import Moment

TELL_EVERY = 250  # people between two words about progress
CONTEXT = Context(dialect="messages", operation="generate", stream=True)


class Count(msgspec.Struct, frozen=True):
    """The answers for one model in one state. ``wrong`` counts those that differ from the verdict, in answer or in reason."""

    state: int
    model: str
    permitted: int
    denied: int
    named: int
    unknown: int
    expired: int
    wrong: int


def answers_to(view: View, someone: Someone, now: Moment) -> dict[str, Decision]:
    """What the product decides for a person, model by model."""
    standing = view.registry.standing_for(organization=someone.organization.id, person=someone.id, now=now)
    return {model: view.answer(standing, model, CONTEXT, now)[0] for model in MODELS}


def as_verdict(decision: Decision) -> Verdict:
    """A decision in the words of the verdicts."""
    return YES if decision.permits else Verdict(False, decision.reasons[0].code if decision.reasons else "")


def census(view: View, people: Sequence[Someone], state: State, now: Moment, progress: Callable[[int], None]) -> list[Count]:
    """Decide everybody for every model, as of ``now``. ``progress`` hears how many people are done."""
    found = {model: Counter[Verdict]() for model in MODELS}
    wrong = Counter[str]()
    for number, someone in enumerate(people, 1):
        for model, decision in answers_to(view, someone, now).items():
            given = as_verdict(decision)
            found[model][given] += 1
            wrong[model] += given != verdict(state, model, someone)
        if number % TELL_EVERY == 0:
            progress(number)
    return [_count(state, model, found[model], wrong[model]) for model in MODELS]


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


def _count(state: State, model: str, found: Counter[Verdict], wrong: int) -> Count:
    permitted = found[YES]
    return Count(
        state=int(state),
        model=model,
        permitted=permitted,
        denied=found.total() - permitted,
        named=found[Verdict(False, NAMED)],
        unknown=found[Verdict(False, UNKNOWN)],
        expired=found[Verdict(False, EXPIRED)],
        wrong=wrong,
    )
