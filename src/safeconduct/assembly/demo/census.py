"""What is the answer for everybody? Decides each person of the population for both models, and holds it against the verdicts.

Uses the view that the workers use, in this process, so that the whole population can be asked and not only those who happen
to call.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from safeconduct.assembly.demo.population import Someone
from safeconduct.assembly.demo.verdicts import EXPIRED, MODELS, NAMED, UNKNOWN, State, Verdict, verdict
from safeconduct.exchange.view import View
from safeconduct.policy.context import Context
from safeconduct.terms.decision import Decision
from safeconduct.terms.moments import Moment

AT_ONCE = 50  # people decided before the event loop gets its turn: open streams are read meanwhile
CONTEXT = Context(dialect="messages", operation="generate", stream=True)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Count:
    """The answers for one model in one state. ``wrong`` counts those that differ from the verdict, in answer or reason."""

    state: int
    model: str
    permitted: int
    denied: int
    named: int
    unknown: int
    expired: int
    wrong: int


def answer_to(view: View, someone: Someone, model: str, now: Moment) -> Decision:
    """What the product decides for a person and a model."""
    standing = view.registry.standing_for(organization=someone.organization.id, person=someone.id, now=now)
    return view.answer(standing, model, CONTEXT, now)[0]


def as_verdict(decision: Decision) -> Verdict:
    """A decision in the words of the verdicts."""
    return Verdict(True) if decision.permits else Verdict(False, decision.reasons[0].code if decision.reasons else "")


async def census(view: View, people: tuple[Someone, ...], state: State, now: Moment, progress: Progress) -> list[Count]:
    """Decide everybody for every model, as of ``now``."""
    found = {model: Counter[Verdict]() for model in MODELS}
    wrong = Counter[str]()
    for number, someone in enumerate(people):
        if number % AT_ONCE == 0:
            progress(number, len(people))
            await asyncio.sleep(0)
        for model in MODELS:
            given = as_verdict(answer_to(view, someone, model, now))
            found[model][given] += 1
            wrong[model] += given != verdict(state, model, someone)
    progress(len(people), len(people))
    return [_count(state, model, found[model], wrong[model]) for model in MODELS]


def _count(state: State, model: str, found: Counter[Verdict], wrong: int) -> Count:
    permitted = found[Verdict(True)]
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
