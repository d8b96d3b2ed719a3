"""What is the answer to each of many questions? One row in, one answer out; a bad row is answered as an error, in its place.

A row asks: who (a person or an agent), which model, for which organization and project, at which moment. Answers are the
policy's own decisions for that standing at that moment, from what was known then (P6): nothing is estimated or shared between
callers. Reading and writing files is left to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from safeconduct.exchange.naming import model_meant
from safeconduct.inquiry.census import AGENT, PERSON, SeatClass
from safeconduct.inquiry.questions import Judge
from safeconduct.inquiry.rulings import ABSENT, Rulings
from safeconduct.inquiry.seats import Side
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms import moments
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Standing

MAX_STANDINGS: Final = 50_000  # remembered within one run of rows about one moment
MAX_TEXT: Final = 256  # characters of any one field; ids and model names are far shorter


class Question(msgspec.Struct, frozen=True, array_like=True):
    """One row. ``at`` is a time with a zone, empty for now; ``who`` is ``person/ID``, ``agent/ID`` or a bare id of either."""

    who: str = ""
    model: str = ""
    organization: str = ""
    project: str = ""
    at: str = ""
    error: str = ""


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """One answer. Where ``error`` is not empty, the row could not be asked and the rest is empty."""

    decision: str = ""
    code: str = ""
    rules: str = ""
    valid_until: str = ""
    error: str = ""


class Answering:
    """Answers rows. ``judge`` gives registry and rules for a moment; ``now`` is the moment of rows that name none."""

    def __init__(self, judge: Judge, now: Moment) -> None:
        self._judge = judge
        self._now = now
        self._moments: dict[str, Moment] = {}

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """An answer for each question, in their order. They are worked through in order of moment, so that a file which jumps
        in time costs a sort and not a new set of rules for each row.
        """
        answers: list[Answer] = [Answer()] * len(questions)
        timed: list[tuple[Moment, str, int]] = []  # in order of who, too: neighbors lie together in the registry's file
        for place, question in enumerate(questions):
            try:
                timed.append((self._moment(question), question.who, place))
            except ValueError as wrong:
                answers[place] = Answer(error=str(wrong))
        timed.sort()
        at: Moment | None = None
        desk: _Moment | None = None
        for moment, _, place in timed:
            if desk is None or moment != at:
                at, desk = moment, self._opened(moment, desk)
            answers[place] = desk.answer(questions[place], moment)
        return answers

    def _opened(self, moment: Moment, before: _Moment | None) -> _Moment:
        registry, policy = self._judge(moment)
        if before is not None and before.serves(registry, policy):
            return before
        return _Moment(Rulings(Side(registry, moment, policy.facts), policy))

    def _moment(self, question: Question) -> Moment:
        if question.error:
            raise ValueError(question.error)
        if not question.who or not question.model:
            raise ValueError("the row names nobody" if not question.who else "the row names no model")
        if any(len(text) > MAX_TEXT for text in (question.who, question.model, question.organization, question.project)):
            raise ValueError(f"a field is longer than {MAX_TEXT} characters")
        if not question.at:
            return self._now
        known = self._moments.get(question.at)
        if known is None:
            try:
                known = moments.parse(question.at)
            except (ValueError, OverflowError) as wrong:
                raise ValueError(f"{question.at[:40]!r} is no time with a zone, like 2026-06-12T17:21:00-04:00") from wrong
            if len(self._moments) >= MAX_STANDINGS:
                self._moments.clear()
            self._moments[question.at] = known
        return known


class _Moment:
    """Rows about one moment, and about later ones while registry and rules stay the same."""

    def __init__(self, rulings: Rulings) -> None:
        self._rulings = rulings
        self._registry = rulings.side.registry
        self._standings: dict[tuple[str, str, str], tuple[Standing, Moment]] = {}
        self._models: dict[str, str] = {}

    def serves(self, registry: Registry, policy: Policy) -> bool:
        """Whether these are the very objects that are answered from here."""
        return registry is self._registry and policy is self._rulings.policy

    def answer(self, question: Question, now: Moment) -> Answer:
        try:
            standing = self._standing(question, now)
        except ValueError as wrong:
            return Answer(error=str(wrong))
        model = self._model(question.model)
        if not model:
            until = min(standing.next_change, self._rulings.policy.boundary)
            return Answer(ABSENT.effect, ABSENT.code, "", moments.show(until))
        decision = self._rulings.decide_at(standing, model, now)
        code = decision.reasons[0].code if decision.reasons else ""
        return Answer(decision.effect.value, code, " ".join(decision.rules), moments.show(decision.valid_until))

    def _standing(self, question: Question, now: Moment) -> Standing:
        key = (question.who, question.organization, question.project)
        known = self._standings.get(key)
        if known is not None and now < known[0].next_change:
            return known[0]
        kind, name = self._caller(question.who)
        organization = question.organization or self._organization(kind, name)
        seat = SeatClass(kind, organization, question.project, (), ())
        standing = Side(self._registry, now, self._rulings.side.wanted).standing(seat, name)
        if len(self._standings) >= MAX_STANDINGS:
            self._standings.clear()
        self._standings[key] = (standing, now)
        return standing

    def _caller(self, who: str) -> tuple[str, str]:
        kind, slash, name = who.partition("/")
        if slash and kind in (PERSON, AGENT) and name:
            return kind, name
        return (AGENT, who) if who in self._registry.agents and who not in self._registry.people else (PERSON, who)

    def _organization(self, kind: str, name: str) -> str:
        if kind == AGENT:
            agent = self._registry.agents.get(name)
            if agent is None:
                raise ValueError(f"there was no agent {name} at that moment; name an organization to ask anyway")
            return agent.organization
        person = self._registry.people.get(name)
        if person is None:
            raise ValueError(f"there was no person {name} at that moment; name an organization to ask anyway")
        if len(person.memberships) != 1:
            homes = ", ".join(each.organization for each in person.memberships) or "no organization"
            raise ValueError(f"{name} belongs to {homes}; name the organization of the question")
        return person.memberships[0].organization

    def _model(self, name: str) -> str:
        known = self._models.get(name)
        if known is None:
            found = model_meant(self._registry, name)
            known = found.id if found is not None else ""
            if len(self._models) < MAX_STANDINGS:
                self._models[name] = known
        return known
