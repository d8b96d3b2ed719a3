"""What does a question need of one installation? Its history at any version, rules at any moment, and two cores to ask on.

Everything is opened to be read. A moment that has passed is answered from what was known then (P6); a moment to come from what
is known now, by the rules that will be in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from safeconduct.assembly.home import Home, existing
from safeconduct.assembly.process import clock
from safeconduct.assembly.rules import rules_of
from safeconduct.assembly.survey import Surveyor
from safeconduct.exchange.rules import Rules
from safeconduct.inquiry.census import Census
from safeconduct.inquiry.rulings import Rulings
from safeconduct.inquiry.seats import Side, Tell
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.settings.load import load
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import FOREVER, Moment

KEPT: Final = 64  # versions kept open, and sets of rules for each; a file of questions that jumps between more is slower


@dataclass(slots=True)
class Period:
    """Moments ``[since, until)`` at which one version of the registry was known, and rules compiled for them."""

    since: Moment
    until: Moment
    registry: Registry
    policies: list[Policy]


@dataclass(slots=True)
class Inquiries:
    """One home, opened for questions. ``now`` is the moment at which it was opened: all answers agree on it."""

    home: Home
    store: ChangeStore
    now: Moment
    _key: bytes = field(repr=False)
    today: Registry  # as it is known now
    _rules: Rules
    _periods: list[Period] = field(default_factory=list)

    def registry(self, at: Moment | None = None) -> Registry:
        """The registry to answer with about a moment."""
        if at is None or at >= self.now:
            return self.today
        return self.store.registry(self._key, until=at)

    def version(self, number: int) -> Registry:
        """The registry as it was at a version."""
        return self.store.registry(self._key, version=number)

    def policy(self, registry: Registry, at: Moment) -> Policy:
        """The rules in force at a moment. Raises Refused, or ValueError when they cannot be compiled."""
        return self._rules(registry, at)

    def judge(self, at: Moment) -> tuple[Registry, Policy]:
        """Registry and rules for a moment, for questions about one caller. The last ones are kept: moments that see the same
        version and the same rules get the same objects.
        """
        for period in self._periods:
            if period.since <= at < period.until:
                registry = period.registry
                break
        else:
            registry = self.registry(at)
            until = FOREVER if registry is self.today else self._next_change(registry.version)
            period = Period(registry.changed_at if registry is not self.today else self._since_today(), until, registry, [])
            self._periods.append(period)
            del self._periods[:-KEPT]
        for policy in period.policies:
            if policy.compiled.since <= at < policy.boundary:
                return registry, policy
        policy = self.policy(registry, at)
        period.policies.append(policy)
        del period.policies[:-KEPT]
        return registry, policy

    def _since_today(self) -> Moment:
        return min(self.today.changed_at, self.now)

    def _next_change(self, version: int) -> Moment:
        change = next(self.store.since(version), None)
        return change.at if change is not None else FOREVER

    def sides(self, *asked: tuple[Registry, Moment], besides: Sequence[Policy] = ()) -> list[Rulings]:
        """Answers for each registry and moment, all reading the same facts: those that any of the policies wants."""
        policies = [self.policy(registry, at) for registry, at in asked]
        wanted = frozenset().union(*(policy.facts for policy in (*policies, *besides)))
        return [Rulings(Side(registry, at, wanted), policy) for (registry, at), policy in zip(asked, policies, strict=True)]

    def census(
        self,
        *rulings: Rulings,
        keep: int = 0,
        callers: frozenset[str] = frozenset(),
        tell: Tell = lambda _: None,
    ) -> Census:
        """Survey everybody for these sides."""
        sides = [each.side for each in rulings]
        surveyor = Surveyor(self.home, self.store, self.now, self._key)
        return surveyor.census(sides, keep=keep, callers=callers, touched=self._touched(sides), tell=tell)

    def _touched(self, sides: Sequence[Side]) -> frozenset[str] | None:
        """People who changed after the earliest version asked about; None for too many to name."""
        earliest = min(side.registry.version for side in sides)
        if earliest == max(side.registry.version for side in sides):
            return frozenset()
        news = self.store.news(earliest)
        if news is None or news.touched is None:
            return None if news is not None else frozenset()
        return frozenset(name.removeprefix("person/") for name in news.touched if name.startswith("person/"))


@contextmanager
def open_inquiries(
    environ: Mapping[str, str] | None = None, *, version: int | None = None, now: Moment | None = None
) -> Iterator[Inquiries]:
    """The home that the environment names, opened for questions. Raises Refused when there is none.

    ``version`` and ``now`` are those of another process that the answers have to agree with.
    """
    home = existing(environ)
    with ChangeStore.open(home.registry, read_only=True) as store:
        key = home.secret("pseudonym.key")
        today = store.registry(key, version=version)
        yield Inquiries(home, store, clock() if now is None else now, key, today, rules_of(load(home.path, environ)))
