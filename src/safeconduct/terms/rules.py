"""Rules as compiled: what the instruments in force at one moment come to, ready to be asked.

Made by the room ``instruments``, asked by the room ``policy``. Cedar policies are carried in Cedar's JSON form, one policy
a string, so that nobody glues policy text together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from safeconduct.terms.moments import FOREVER, Moment


@dataclass(frozen=True, slots=True)
class Selectors:
    """Which models a rule is about: canonical ids, and whole tiers or families."""

    ids: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()

    def match(self, model_id: str, tier: str, family: str) -> bool:
        return model_id in self.ids or tier in self.tiers or family in self.families


@dataclass(frozen=True, slots=True)
class CompiledExemption:
    """An exemption from one forbid. ``possible`` is a probe: a permit that holds where the exemption may hold."""

    id: str
    models: Selectors
    facts: frozenset[str]
    annexes: frozenset[str]
    possible: str


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One prohibition, permission or obligation in force.

    ``policy`` is what decides (a forbid fires where its cohort possibly holds and no exemption certainly holds; a permit
    where its cohort certainly holds; an obligation is asked by itself, as a permit that holds where its cohort possibly holds,
    and adds its duties to a permit that others gave). ``probe`` is the other reading of the bare cohort, as a permit, asked only
    to explain: possibly for a permit, certainly for the others. ``facts`` are all facts read, exemptions included;
    ``own_facts`` those of the cohort alone. ``literals`` are the values the conditions compare with, by fact, or by the path
    of an attribute that is always known.
    """

    id: str
    instrument: str
    effect: str  # "forbid", "permit" or "oblige"
    models: Selectors
    policy: str
    probe: str
    facts: frozenset[str]
    own_facts: frozenset[str]
    say: str
    mend: str = ""
    duties: tuple[tuple[str, str], ...] = ()
    exemptions: tuple[CompiledExemption, ...] = ()
    literals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annexes: frozenset[str] = frozenset()
    fallback: str = ""  # canonical id of the model that callers held by this prohibition may be served instead


@dataclass(frozen=True, slots=True)
class CompiledGuard:
    """A protected cohort: suspending or cutting its callers needs the approval of ``authority``.

    ``probe`` is a permit that holds where the cohort certainly holds, whatever the model.
    """

    id: str
    instrument: str
    authority: str
    say: str
    facts: frozenset[str]
    probe: str


@dataclass(frozen=True, slots=True)
class Reach:
    """A permission that is or once was in force. ``probe`` holds where its cohort could hold for someone of
    the caller's organization, whatever the person, project or purpose.

    It answers one question only: was this organization ever authorized for this model (P12)? ``until`` is when it ended,
    or will end.
    """

    id: str
    instrument: str
    title: str
    models: Selectors
    probe: str
    in_force: bool
    since: Moment
    until: Moment


@dataclass(frozen=True, slots=True)
class AnnexScope:
    """One organization's lines: the annexes that list it alone, with its subsidiaries, and with its contractors."""

    listed: frozenset[str] = frozenset()
    with_subsidiaries: frozenset[str] = frozenset()
    with_contractors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything in force in ``[since, boundary)``. ``hash`` is the sha256 (hex) of all that decides."""

    rules: tuple[CompiledRule, ...]
    reach: tuple[Reach, ...]
    annexes: Mapping[str, AnnexScope]
    hash: str
    since: Moment
    boundary: Moment = FOREVER
    guards: tuple[CompiledGuard, ...] = ()

    @property
    def facts(self) -> frozenset[str]:
        """INVARIANT (P10): every fact that any rule, exemption or guard in force reads; no other has to be looked at."""
        by_rules = [rule.facts for rule in self.rules]
        return frozenset().union(*by_rules, *(guard.facts for guard in self.guards))
