"""At how much risk are an organization and a model, by what is seen of everybody in it or at it? What flows upward, with a cap.

An organization's risk is that of its people and agents. A model's is that of those who turn to it while something speaks against
them, of how many people try it without a grant, and of how often it and its safeguards have to say no.

It is told anew while it is justified, and fades when it is not: ``refresh`` looks again at everybody it rests on.

INVARIANT: nobody alone brings a model to risk; it takes ``LEAST_PEOPLE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log, log2
from typing import Final

import msgspec

from safeconduct.risk.score import FAINT, Evidence, Risk, flow
from safeconduct.risk.score import score as risk_of
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import Moment
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.commands import MoveRisk
from safeconduct.watch.detected import DAY, HOUR
from safeconduct.watch.signals.refusals import turned_down
from safeconduct.watch.subject import note, remember

MOST_PEOPLE: Final = 64  # of whom is remembered who they are, for each organization and model
MOST_GROUPS: Final = 4_096
LASTS: Final = 2 * DAY  # of what is told; it is told anew a day before
AGAIN: Final = DAY
GROWN: Final = 0.75  # by how much a score has to grow before it is told anew within its band
LEAST_PEOPLE: Final = 3
UNGRANTED: Final = frozenset({"model_not_found", "not_covered"})  # a model that was taken from somebody is no probing
ORDINARY: Final = 5  # people a day who try a model that they were never granted
ORDINARY_SHARE: Final = 0.01  # of everybody, where that is more
APART: Final = HOUR // 6  # between two refusals of one person that count: one who tries again and again counts once
FAST, SLOW = DAY, 14 * DAY  # half-lives: of a model's own shares, and of those of all models, with which they are compared
PRIOR: Final = (1.0, 40.0)  # turned down, asked: where nothing is known yet
TIMES: Final = 2.0  # how much more often than all models do
SURE: Final = 3.0  # of log-likelihood that says nothing
MOST: Final = 4.0
NAMING: Final = ("people", "probed", "turned")
"""The tables of a group whose keys name people and agents."""


class Group(msgspec.Struct):
    """One organization or model: the ``people`` (and agents) that are at risk and their scores, and what was told of it.

    Of a model also who was refused it lately for want of a grant, who was turned down, and fading counts of calls.
    """

    people: dict[str, float] = {}
    band: str = "none"
    told: float = 0.0  # the score when the registry was last told
    until: Moment = 0
    stands_until: Moment = 0  # as a subject's: what was told before the watch lost its memory is not told to be lower
    probed: dict[str, Moment] = {}
    turned: dict[str, Moment] = {}
    probes: list[str] = []
    refusals: list[str] = []
    asked: float = 0.0
    down: float = 0.0
    at: Moment = 0

    def seen(self, *, down: bool, at: Moment, half: Moment) -> None:
        """One more call, and whether it was turned down."""
        if at > self.at:
            left = 0.5 ** ((at - self.at) / half) if self.at else 1.0
            self.asked, self.down, self.at = self.asked * left, self.down * left, at
        self.asked += 1.0
        self.down += down


def fresh() -> Group:
    """A group of which nothing is known yet."""
    return Group(people={}, probed={}, turned={}, probes=[], refusals=[])


class Upward:
    """Organizations and models, by ``KIND/ID``."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.all = fresh()  # calls at all models

    def of(self, name: str) -> Group:
        """The group, to be read and changed; beyond ``MOST_GROUPS`` one that is at no risk makes room."""
        known = self.groups.get(name)
        if known is None:
            if len(self.groups) >= MOST_GROUPS:
                del self.groups[next((old for old, each in self.groups.items() if each.band == "none"), next(iter(self.groups)))]
            known = self.groups[name] = fresh()
        return known

    def rests_on(self, name: str, who: str, score: float) -> None:
        """Somebody of this group is at risk; the strongest are remembered."""
        people = self.of(name).people
        people[who] = score
        if len(people) > MOST_PEOPLE:
            del people[min(people, key=lambda each: people[each])]

    def call(self, who: str, signal: CallSignal) -> None:
        """One call at a model that the catalog knows."""
        if not signal.model:
            return
        group = self.of(f"model/{signal.model}")
        if signal.code in UNGRANTED:
            if remember(group.probed, who, signal.at, MOST_PEOPLE):
                note(group.probes, signal.call)
            return
        down = turned_down(signal) and signal.at - group.turned.get(who, 0) >= APART
        if down:
            remember(group.turned, who, signal.at, MOST_PEOPLE)
            note(group.refusals, signal.call)
        group.seen(down=down, at=signal.at, half=FAST)
        self.all.seen(down=down, at=signal.at, half=SLOW)

    def told(self, name: str, at: Moment, crowd: int, *, again: bool = False) -> MoveRisk | None:
        """What the registry is to hear of a group; None for nothing new. ``crowd`` is how many people there are.

        ``again``: also where what was told would soon run out.
        """
        group = self.groups.get(name)
        if group is None:
            return None
        risk = self.risk(name, at, crowd)
        if at < group.stands_until and BANDS.index(risk.band) <= BANDS.index(group.band):
            return None
        moved = risk.band != group.band
        grown = risk.band != "none" and risk.score >= group.told + GROWN
        runs_out = again and risk.band != "none" and group.until < at + AGAIN
        if not (moved or grown or runs_out):
            return None
        group.band, group.told, group.until = risk.band, risk.score, at + LASTS
        return MoveRisk(name, risk.band, risk.sentences, at + LASTS, risk.score)

    def risk(self, name: str, at: Moment, crowd: int) -> Risk:
        """The risk of one organization (``organization/ID``) or model (``model/ID``)."""
        group = self.groups.get(name) or fresh()
        scores = [each for each in group.people.values() if each > FAINT]
        if not name.startswith("model/"):
            return risk_of((), at, group.band, flown=flow(scores), flown_says=_say(len(scores), "who belong to it are"))
        flown = flow(scores) if len(scores) >= LEAST_PEOPLE else 0.0
        found = [each for each in (_probing(group, at, crowd), self._refusals(group, at)) if each is not None]
        return risk_of(found, at, group.band, flown=flown, flown_says=_say(len(scores), "who turn to it are"))

    def refresh(self, look: Callable[[str, str], float], at: Moment, crowd: int) -> Iterator[MoveRisk]:
        """Look again at everybody on whom a risk rests. ``look(group, who)`` is somebody's score now; 0 where they left it."""
        for name in list(self.groups):
            group = self.groups[name]
            for who in list(group.people):
                score = look(name, who)
                if score > FAINT:
                    group.people[who] = score
                else:
                    group.people.pop(who, None)
            for table, keep in ((group.probed, DAY), (group.turned, 2 * DAY)):
                for who in [who for who, seen in table.items() if at - seen > keep]:
                    del table[who]
            told = self.told(name, at, crowd, again=True)
            if told is not None:
                yield told
            if group.band == "none" and not (group.people or group.probed or group.turned) and at - group.at > SLOW:
                del self.groups[name]

    def forget(self, who: str) -> None:
        """INVARIANT (P8): of somebody who was erased nothing is left."""
        for group in self.groups.values():
            for table in NAMING:
                getattr(group, table).pop(who, None)

    def _refusals(self, group: Group, at: Moment) -> Evidence | None:
        """More refusals than other models show, and it did before: the log-likelihood ratio of its share against theirs."""
        people = len(group.turned)
        if people < LEAST_PEOPLE or not group.asked:
            return None
        others = max(0.0, self.all.down - group.down), max(0.0, self.all.asked - group.asked)
        rate = (others[0] + PRIOR[0]) / (others[1] + PRIOR[1])
        share, much = min(0.99, group.down / group.asked), min(0.5, TIMES * rate)
        if share <= much:
            return None
        kept = group.asked - group.down
        weight = min(MOST, group.down * log(share / much) + kept * log((1.0 - share) / (1.0 - much)) - SURE)
        if weight <= FAINT:
            return None
        says = f"{share:.0%} of its calls, of {people} people and agents, were turned down; otherwise it is {rate:.0%}."
        return Evidence("refusals", weight, at, DAY, says, tuple(reversed(group.refusals)))


def _probing(group: Group, at: Moment, crowd: int) -> Evidence | None:
    people = sum(at - seen <= DAY for seen in group.probed.values())
    ordinary = max(ORDINARY, ORDINARY_SHARE * crowd)
    if people <= ordinary:
        return None
    says = f"{people} people and agents who were never granted it tried it within a day."
    return Evidence("probing", min(MOST, log2(people / ordinary) * 1.2), at, DAY, says, tuple(reversed(group.probes)))


def _say(count: int, what: str) -> str:
    return f"{count} people and agents {what} at risk themselves."
