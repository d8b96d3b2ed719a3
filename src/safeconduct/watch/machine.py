"""What follows from a signal, in which order? Signals in, commands out; no I/O, no clock of its own.

1. A sign of life is for ``silence``; a signal about nobody is for nobody.
2. The subject is the agent that called, else the person; it is remembered, or taken from the shelf.
3. Each detector of behavior looks; what it says is weighed against the cohort, and replaces what it said before.
4. The parts make a risk. Where its band moved, or what it rests on grew, the registry is told; so it is of the organization and
   the model (``upward``).
5. Now and then those who rank highest are shown to a person, as far as the budget of alerts goes; what is certain at once.

Time is that of the signals; ``tick`` lets it pass where nothing comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from safeconduct.risk.score import Evidence, Risk
from safeconduct.risk.score import score as risk_of
from safeconduct.terms.moments import Moment
from safeconduct.terms.signals import Beat, CallSignal, IdentitySignal, Signal
from safeconduct.watch import cohort as cohorts
from safeconduct.watch.budget import AGAIN, CLEAR, GROWN, Budget
from safeconduct.watch.cohort import Cohort, cohort_of, day_of
from safeconduct.watch.commands import Alert, Command, MoveRisk
from safeconduct.watch.detected import DAY, HOUR, Detected
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.memory import Memory
from safeconduct.watch.ports import Shelf
from safeconduct.watch.signals import (
    coverage,
    hours,
    misuse,
    novelty,
    probing,
    reappearing,
    refusals,
    scope,
    sharing,
    travel,
    velocity,
)
from safeconduct.watch.signals.silence import Silence
from safeconduct.watch.signals.templates import Templates
from safeconduct.watch.subject import ID_CHARACTERS, MOST_EVIDENCE, SENTENCE_CHARACTERS, Subject
from safeconduct.watch.telling import is_news, lasts_until
from safeconduct.watch.upward import UNGRANTED, Upward

REVIEW: Final = HOUR // 2  # how often the highest ranks are looked at
AHEAD: Final = HOUR // 60  # how much later than it is read a signal may be dated: clocks of machines differ
MOST_COHORTS: Final = 2_000

Look = Callable[[Subject, CallSignal, Cohort], Detected | None]


class Watch:
    """The watch over one installation. ``shelf`` holds whom there is no room for."""

    def __init__(self, shelf: Shelf, knobs: Knobs | None = None) -> None:
        self.knobs = knobs or Knobs()
        self.memory = Memory(shelf, self.knobs.most_held)
        self.cohorts: dict[str, Cohort] = {}
        self.budget = Budget(self.knobs.alerts_per_thousand, self.knobs.least_score)
        self.silence = Silence()
        self.templates = Templates()
        self.upward = Upward()
        self.candidates: dict[str, float] = {}
        self.reviewed: Moment = 0
        self.now: Moment = 0

    # 1 and 2

    def step(self, signal: Signal, now: Moment = 0) -> list[Command]:
        """Take one signal; return what to do. ``now`` is the moment it is read; 0 where the signals' own time is all there is.

        What is dated later than it is read counts as of now: otherwise one such signal would let no time pass until then.
        """
        if now and signal.at > now + AHEAD:
            signal = msgspec.structs.replace(signal, at=now)
        at = signal.at
        if isinstance(signal, Beat):
            return list(self.silence.heard(signal, now or at))
        if at > self.now:
            self.now = at
        asked: list[Command] = []
        if isinstance(signal, CallSignal):
            who = f"agent/{signal.agent}" if signal.agent else f"person/{signal.person}"
            if not signal.agent and not signal.person:
                return asked
            self._call(self.memory.of(who, at), signal, asked)
        else:
            self._identity(self.memory.of(f"person/{signal.person}", at), signal, asked)
        if self.now - self.reviewed >= REVIEW:
            asked += self._review()
        return asked

    def tick(self, now: Moment) -> list[Command]:
        """Let time pass: who fell silent, whose risk has faded, who is to be shown."""
        asked: list[Command] = list(self.silence.look(now))
        if now > self.now:
            self.now = now
        elif self.now > now + AHEAD:  # the clock was ahead, and was set back
            self.now, self.reviewed = now, min(self.reviewed, now)
        if self.now - self.reviewed >= REVIEW:
            asked += self._review()
        return asked

    # 3

    def _call(self, subject: Subject, signal: CallSignal, asked: list[Command]) -> None:
        subject.organization, subject.purpose = signal.organization, signal.purpose
        subject.project, subject.person = signal.project, signal.person
        cohort = self._cohort(subject)
        cohort.last = max(cohort.last, signal.at)
        if day_of(signal.at) != day_of(subject.last) or not subject.calls:
            cohort.day()
            if not subject.calls:
                cohort.people += 1
                self._wide(subject).people += 1
        found: list[Detected] = []
        new = novelty.see(subject, signal, cohort)
        odd = misuse.see(subject, signal, cohort, wide if (wide := self._wide(subject)) is not cohort else None)
        found += [each for each in (new, odd) if each is not None]
        for look in _LOOKS:
            seen = look(subject, signal, cohort)
            if seen is not None:
                found.append(seen)
        if signal.shingles and not self.knobs.is_batch(signal):
            seen = self.templates.see(subject, signal)
            if seen is not None:
                found.append(seen)
        subject.calls += 1
        subject.last = max(subject.last, signal.at)
        if found:
            self._weigh(subject, cohort, found, signal.at, asked)
        if signal.model:
            self._at_model(subject, signal, bool(found), asked)

    def _at_model(self, subject: Subject, signal: CallSignal, odd: bool, asked: list[Command]) -> None:
        """What a call says about the model; ``odd``: something spoke against the caller in it."""
        name = f"model/{signal.model}"
        self.upward.call(subject.who, signal)
        if odd and subject.band != "none":
            self.upward.rests_on(name, subject.who, self._risk(subject, signal.at).score)
        if odd or signal.code in UNGRANTED or refusals.turned_down(signal):
            self._say_of(name, signal.at, asked)

    def _identity(self, subject: Subject, signal: IdentitySignal, asked: list[Command]) -> None:
        seen = travel.see(subject, signal, self.knobs)
        if seen is not None:
            self._weigh(subject, self._cohort(subject), [seen], signal.at, asked)

    def _wide(self, subject: Subject) -> Cohort:
        """Everybody who does the same work, in any organization: what a small cohort leans on."""
        return self._named(f"\n{subject.purpose}")

    def _cohort(self, subject: Subject) -> Cohort:
        return self._named(cohort_of(subject))

    def _named(self, name: str) -> Cohort:
        """The cohort; beyond ``MOST_COHORTS`` the one that was longest not heard of makes room, and a wide one last of all.

        Wide ones count the people by which alerts are earned: without them nobody would be shown any more.
        """
        known = self.cohorts.get(name)
        if known is None:
            if len(self.cohorts) >= MOST_COHORTS:
                least = min(self.cohorts.values(), key=lambda each: (each.name.startswith("\n"), each.last))
                del self.cohorts[least.name]
            known = self.cohorts[name] = cohorts.fresh(name)
        return known

    # 4

    def _weigh(self, subject: Subject, cohort: Cohort, found: Iterable[Detected], at: Moment, asked: list[Command]) -> None:
        evidence = subject.evidence
        certain: Detected | None = None
        for each in found:
            before = evidence.get(each.kind)
            weight = each.weight if each.certain or each.compared else cohort.weighed(each.kind, each.weight)
            if before is None or day_of(before.at) != day_of(at):
                cohort.heard(each.kind)
            if weight <= 0.0:
                continue
            if before is not None and weight < 0.8 * before.now(at):  # it says less now; what it said fades by itself
                continue
            if before is None and len(evidence) >= MOST_EVIDENCE:
                del evidence[min(evidence, key=lambda kind: evidence[kind].now(at))]
            sentence = each.sentence[:SENTENCE_CHARACTERS]
            calls = tuple(call[:ID_CHARACTERS] for call in each.calls)
            evidence[each.kind] = Evidence(each.kind, weight, at, each.half_life, sentence, calls)
            if each.certain:
                certain = each
        risk = self._risk(subject, at)
        self._tell(subject, risk, at, asked)
        if risk.score >= self.budget.least:
            self.candidates[subject.who] = max(risk.score, self.candidates.get(subject.who, 0.0))
        if certain is not None and (subject.alerted_kind != certain.kind or at - subject.alerted_at >= AGAIN):
            self.budget.spend(f"\n{subject.purpose}", certain=True)
            asked.append(self._shown(subject, risk, at, certain.kind, certain.campaign))

    def _risk(self, subject: Subject, at: Moment) -> Risk:
        return risk_of(subject.evidence.values(), at, subject.band)

    def _tell(self, subject: Subject, risk: Risk, at: Moment, asked: list[Command]) -> None:
        """Tell the registry of a band that moved, or that rests on clearly more than before, or that would run out."""
        if not is_news(subject, risk, at):
            return
        subject.band, subject.told_score = risk.band, risk.score
        subject.told_until = lasts_until(subject, risk, at)
        asked.append(MoveRisk(subject.who, risk.band, risk.sentences, subject.told_until, risk.score))
        if subject.organization:
            self._flow(subject, risk, at, asked)

    def _flow(self, subject: Subject, risk: Risk, at: Moment, asked: list[Command]) -> None:
        """Risk flows to the organization, with a cap: many small ones do not make a large one."""
        name = f"organization/{subject.organization}"
        self.upward.rests_on(name, subject.who, risk.score)
        self._say_of(name, at, asked)

    def _say_of(self, name: str, at: Moment, asked: list[Command]) -> None:
        told = self.upward.told(name, at, self._crowd())
        if told is not None:
            asked.append(told)

    def _crowd(self) -> int:
        """How many people and agents there are."""
        return sum(each.people for name, each in self.cohorts.items() if name.startswith("\n"))

    def _refreshed(self, at: Moment) -> list[Command]:
        """Whose risk still stands is told anew, before it runs out; whose has faded is told to be lower."""
        asked: list[Command] = []

        def look(group: str, who: str) -> float:
            subject = self.memory.peek(who)
            if subject is None or (group.startswith("organization/") and group != f"organization/{subject.organization}"):
                return 0.0
            risk = self._risk(subject, at)
            if is_news(subject, risk, at):
                self._tell(self.memory.of(who, at), risk, at, asked)
            return risk.score

        asked += list(self.upward.refresh(look, at, self._crowd()))
        return asked

    # 5

    def _may_show(self, subject: Subject, rank: float, at: Moment) -> bool:
        known = subject.alerted_at
        return not known or at - known >= AGAIN or rank >= subject.alerted_score + GROWN

    def _shown(self, subject: Subject, risk: Risk, at: Moment, kind: str = "", campaign: str = "") -> Alert:
        kind = kind or risk.parts[0].signal
        subject.alerted_at, subject.alerted_score, subject.alerted_kind = at, risk.score, kind
        self.candidates.pop(subject.who, None)
        return Alert(
            kind=kind,
            who=subject.who,
            sentence=" ".join(part.sentence for part in risk.parts[:3]),
            calls=tuple(dict.fromkeys(call for part in risk.parts for call in part.calls))[:16],
            at=at,
            score=round(risk.score, 2),
            campaign=campaign,
            organization=subject.organization,
        )

    def _review(self) -> list[Command]:
        """Show those who rank highest, as far as the budget goes; what is not clear by itself only at the turn of a day."""
        at = self.now
        daily = day_of(at) != day_of(self.reviewed)
        passed, self.reviewed = (at - self.reviewed if self.reviewed else 0), at
        wide = ((name, each.people) for name, each in self.cohorts.items() if name.startswith("\n"))
        self.budget.earn(wide, min(passed, DAY))
        asked = self._refreshed(at)
        kept: dict[str, float] = {}
        for who, rank in sorted(self.candidates.items(), key=lambda pair: -pair[1]):
            if self.budget.spent or rank < (self.budget.asked if daily else CLEAR):
                kept[who] = rank
                continue
            subject = self.memory.of(who, at)
            risk = self._risk(subject, at)
            if risk.score < self.budget.least or not self._may_show(subject, risk.score, at):
                continue
            if risk.score >= (self.budget.asked if daily else CLEAR) and self.budget.spend(f"\n{subject.purpose}"):
                asked.append(self._shown(subject, risk, at))
            else:
                kept[who] = risk.score
        self.candidates = dict(list(kept.items())[: self.knobs.most_candidates])
        return asked

    # what others tell

    def forget(self, who: str) -> None:
        """INVARIANT (P8): of somebody who was erased nothing is left, here or on the shelf."""
        self.memory.forget(who)
        self.candidates.pop(who, None)
        self.upward.forget(who)

    def stands(self, who: str, band: str, until: Moment) -> None:
        """What the registry has of somebody whom the watch remembers nothing of: it is not told to be lower before it ends.

        INVARIANT (P9): a watch that lost its memory takes nothing back.
        """
        kind, _, _ = who.partition("/")
        if kind in ("organization", "model"):
            if who not in self.upward.groups:
                group = self.upward.of(who)
                group.band, group.until, group.stands_until = band, until, until
        elif self.memory.peek(who) is None:
            subject = self.memory.of(who, self.now)
            subject.band, subject.told_until, subject.stands_until = band, until, until

    def judged(self, who: str, kind: str, *, right: bool) -> None:
        """A person looked: where an alarm was wrong, its kind counts less in that cohort, and for this subject starts anew."""
        if right:
            return
        subject = self.memory.of(who, self.now)
        self._cohort(subject).heard(kind, 5.0)
        subject.evidence.pop(kind, None)
        subject.llr = subject.excess = 0.0

    def risk(self, who: str, now: Moment) -> Risk:
        """The risk of one subject as the watch sees it."""
        return self._risk(self.memory.of(who, now), now)


def _only(look: Callable[[Subject, CallSignal], Detected | None]) -> Look:
    return lambda subject, signal, _: look(subject, signal)


_LOOKS: Final[tuple[Look, ...]] = (
    _only(probing.see),
    _only(reappearing.see),
    refusals.see,
    velocity.see,
    hours.see,
    sharing.see,
    coverage.see,
    scope.see,
)
