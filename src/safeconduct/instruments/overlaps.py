"""Do rules get in each other's way? Finds rules that can never fire, that are shadowed, and that contradict each other.

Every claim is proved by trying all worlds that the conditions in question can tell apart (``worlds``); where that is too
much, nothing is claimed. A prohibition catches a world where its condition is not ruled out and no exemption certainly holds;
a permission or an exemption counts where its condition certainly holds, and an obligation like a prohibition, just as they are
compiled. Rules are compared one
with one: two prohibitions that only together cover a permission are not noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from safeconduct.instruments.annex import Scope
from safeconduct.instruments.cohort import Expr, scan, scoped
from safeconduct.instruments.condition import readable
from safeconduct.instruments.document import Guard, Instrument, Rule, RuleEffect
from safeconduct.instruments.known import Finding, Known, fault, warning
from safeconduct.instruments.worlds import Place, Undecided, World, judge, worlds
from safeconduct.terms.content import BANNED, RETAIN
from safeconduct.terms.moments import FOREVER, Moment, show

_STRICT = {RuleEffect.FORBID: "forbids", RuleEffect.OBLIGE: "obliges"}  # these hold unless they are ruled out
_VERBS = {RuleEffect.PERMIT: "permits", **_STRICT}
_EFFORT = 300_000  # worlds tried for one instrument, some seconds at the very worst; the June letters need some dozens


@dataclass(frozen=True, slots=True)
class _Read:
    """A rule with its condition, ready to be judged. ``models`` are canonical ids, or the selectors where there is no catalog."""

    instrument: Instrument
    rule: Rule
    body: Expr
    models: frozenset[str]
    since: Moment
    until: Moment

    @property
    def id(self) -> str:
        return f"{self.instrument.id}/{self.rule.id}"


@dataclass(slots=True)
class _Member:
    """An organization in annexes: those that list it, and those that reach its subsidiaries and its contractors."""

    listed: set[str] = field(default_factory=set)
    subsidiaries: set[str] = field(default_factory=set)
    contractors: set[str] = field(default_factory=set)

    def of(self, annexes: frozenset[str]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        return annexes & self.listed, annexes & self.subsidiaries, annexes & self.contractors


@dataclass(slots=True)
class _Comparison:
    """One instrument against all that is active. ``effort`` is how many more worlds may be tried."""

    instrument: Instrument
    known: Known
    effort: int = _EFFORT
    rules: list[_Read] = field(default_factory=list)
    members: dict[str, _Member] = field(default_factory=dict)

    def exemptions(self, forbid: _Read, models: frozenset[str]) -> list[_Read]:
        """Those from a prohibition that are about any of these models."""
        targeting = [one for one in self.rules if one.rule.effect is RuleEffect.EXEMPT and one.rule.target == forbid.id]
        return [one for one in targeting if one.models & models]

    def always(self, bodies: Sequence[Expr], holds: Callable[[World], bool]) -> bool:
        """Whether ``holds`` is true of every world that the conditions tell apart. Raises Undecided."""
        for world in worlds(bodies, self._places(bodies)):
            self.effort -= 1
            if self.effort < 0:
                raise Undecided("too much to try")
            if not holds(world):
                return False
        return True

    def _places(self, bodies: Sequence[Expr]) -> list[Place]:
        found = [scan(body) for body in bodies]
        annexes = frozenset().union(*(one.annexes for one in found))
        named = frozenset().union(*(one.organizations for one in found))
        classes = {member.of(annexes) for member in self.members.values()} if annexes else set()
        above = {frozenset[str](), *(scope for one in classes for scope in one[1:])}
        own = {("", frozenset[str]()), *(("", one[0]) for one in classes)}
        own |= {(name, self.members[name].of(annexes)[0]) for name in named if name in self.members}
        return [Place(name, listed | more) for name, listed in sorted(own, key=str) for more in sorted(above, key=sorted)]


def overlaps(instrument: Instrument, known: Known) -> list[Finding]:
    """Every finding about how rules of the instrument meet each other and those of active instruments.

    The conditions of ``instrument`` have been found in order.
    """
    comparison = _Comparison(instrument, known)
    others = [one for one in known.instruments if one.id in known.active and one.id != instrument.id]
    lifted = {rule.target for one in (*others, instrument) for rule in one.rules if rule.effect is RuleEffect.LIFT}
    for one in (*others, instrument):
        _enlist(one, comparison.members)
        comparison.rules += [read for read in _read(one, known) if read.id not in lifted or one is instrument]
    own = [one for one in comparison.rules if one.instrument is instrument]
    findings: list[Finding] = []
    for subject in own:
        alone = list(_decided(_alone(subject, comparison)))
        findings += alone
        if not alone:
            findings += _decided(_exempting(subject, comparison))
            findings += _decided(_against(subject, comparison))
    for guard in instrument.guards:
        findings += _decided(_guarding(guard, comparison))
    return findings


def _decided(found: Iterator[Finding]) -> Iterable[Finding]:
    try:
        yield from found
    except Undecided:
        return


def _alone(subject: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """A condition that nobody can meet, or that everybody meets although it does not say so."""
    body, rule, where = subject.body, subject.rule, subject.instrument.where(subject.rule.cohort_line)
    if comparison.always([body], lambda world: judge(body, world) is not True):
        what = f'Rule "{rule.id}": no caller can meet the condition; it contradicts itself'
        yield fault("never_fires", what, where, "Look for parts that exclude each other, often an && that should be ||")
    elif rule.effect in _STRICT and "Value" not in body and comparison.always([body], _catching(body)):
        what = f'Rule "{rule.id}" {_STRICT[rule.effect]} everybody, whatever is known about them'
        yield warning("catches_everybody", what, where, "Write cohort = 'true' if that is meant; often a || should be &&")


def _guarding(guard: Guard, comparison: _Comparison) -> Iterator[Finding]:
    body = _body(guard.cohort, comparison.instrument, comparison.known)
    where = comparison.instrument.where(guard.cohort_line)
    if body is not None and comparison.always([body], lambda world: judge(body, world) is not True):
        what = f'Guard "{guard.id}": no caller can meet the condition, so it protects nobody'
        yield fault("never_fires", what, where, "Look for parts that exclude each other, often an && that should be ||")


def _exempting(subject: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """An exemption against the prohibition it is from."""
    if subject.rule.effect is not RuleEffect.EXEMPT:
        return
    target = next((one for one in _everything(comparison) if one.id == subject.rule.target), None)
    if target is None or target.rule.effect is not RuleEffect.FORBID:
        return
    mine, theirs, where = subject.body, target.body, subject.instrument.where(subject.rule.cohort_line)
    if not _meet(subject, target):
        what = f'Rule "{subject.rule.id}" and "{target.id}" are never in force at the same time'
        yield warning("never_together", what, where, "Correct effective or until, or leave the exemption out")
    if comparison.always([mine, theirs], lambda world: judge(mine, world) is not True or judge(theirs, world) is False):
        what = f'Rule "{subject.rule.id}" exempts nobody: "{target.id}" catches none of the callers it names'
        yield fault("exempts_nobody", what, where, f"That rule catches: {target.rule.cohort}")
    elif target.models <= subject.models and comparison.always(
        [mine, theirs], lambda world: judge(theirs, world) is False or judge(mine, world) is True
    ):
        what = f'Rule "{subject.rule.id}" exempts everybody whom "{target.id}" catches'
        yield warning("exempts_everybody", what, where, "Lift the rule instead, or name those who are meant")


def _against(subject: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """A permission, prohibition or obligation against all others about the same models at the same time."""
    if subject.rule.effect not in _VERBS:
        return
    for other in comparison.rules:
        if other is subject or not subject.models & other.models or not _meet(subject, other):
            continue
        match subject.rule.effect, other.rule.effect:
            case RuleEffect.PERMIT, RuleEffect.FORBID:
                yield from _conflict(subject, other, subject, comparison)
            case RuleEffect.FORBID, RuleEffect.PERMIT if other.instrument is not subject.instrument:
                yield from _conflict(other, subject, subject, comparison)
            case mine, theirs if mine is theirs:
                yield from _shadow(subject, other, comparison)
        yield from _keeping(subject, other, comparison)


def _conflict(permit: _Read, forbid: _Read, subject: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """The permission never counts while the prohibition is in force."""
    if not permit.models <= forbid.models:
        return
    exemptions = comparison.exemptions(forbid, permit.models)
    caught = _caught(forbid, exemptions)
    given = permit.body
    bodies = [given, forbid.body, *(one.body for one in exemptions)]
    if not comparison.always(bodies, lambda world: judge(given, world) is not True or caught(world)):
        return
    where = subject.instrument.where(subject.rule.line)
    same = permit.instrument is forbid.instrument
    if same:
        what = f'Rule "{permit.rule.id}" permits nothing: rule "{forbid.rule.id}" forbids it all'
        yield fault("conflict", what, where, "Narrow one of the two; a prohibition always wins")
        return
    since = show(max(permit.since, forbid.since))
    until = min(permit.until, forbid.until)
    while_ = f"from {since}" + ("" if until >= FOREVER else f" until {show(until)}")
    what = f'"{forbid.id}" forbids all that "{permit.id}" permits, {while_}'
    yield warning("conflict", what, where, "Both are obeyed, so nobody gets these models; narrow one, or exempt those who should")


def _shadow(subject: _Read, other: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """The rule adds nothing to the other one. Of two alike in one instrument, the later is told."""
    covers = subject.models <= other.models and other.since <= subject.since and subject.until <= other.until
    if not covers or not set(subject.rule.duties) <= set(other.rule.duties):
        return
    exemptions = comparison.exemptions(other, subject.models)
    bodies = [subject.body, other.body, *(one.body for one in exemptions)]
    strict = subject.rule.effect in _STRICT
    fires = _catching(subject.body) if strict else _certain(subject.body)
    holds = _caught(other, exemptions) if strict else _certain(other.body)
    if not comparison.always(bodies, lambda world: not fires(world) or holds(world)):
        return
    if other.instrument is subject.instrument and other.rule.line > subject.rule.line:
        back = _catching(other.body) if strict else _certain(other.body)
        if other.models == subject.models and comparison.always(bodies, lambda world: not back(world) or fires(world)):
            return
    what = f'Rule "{subject.rule.id}" changes nothing: "{other.id}" already {_VERBS[subject.rule.effect]} all of it'
    yield warning("shadowed", what, subject.instrument.where(subject.rule.line), "Drop it, or name whom it is meant to reach")


def _keeping(subject: _Read, other: _Read, comparison: _Comparison) -> Iterator[Finding]:
    """One asks that content is kept and the other forbids it: callers under both get nothing."""
    mine, theirs = _kept(subject.rule), _kept(other.rule)
    if (BANNED in mine) is (BANNED in theirs) or not mine or not theirs:
        return
    if other.instrument is subject.instrument and other.rule.line < subject.rule.line:
        return  # told of the first of the two
    here, there = _holding(subject), _holding(other)
    if comparison.always([subject.body, other.body], lambda world: not (here(world) and there(world))):
        return
    asks, bans = (other, subject) if BANNED in mine else (subject, other)
    what = f'"{asks.id}" asks that content is kept ({", ".join(_kept(asks.rule))}), and "{bans.id}" forbids it'
    mend = "Calls of whoever is under both are refused; narrow one of the two, or let their authorities agree"
    yield warning("retention_conflict", what, subject.instrument.where(subject.rule.line), mend)


def _kept(rule: Rule) -> list[str]:
    return sorted({value for name, value in rule.duties if name == RETAIN})


def _holding(one: _Read) -> Callable[[World], bool]:
    """Where the duties of a rule are asked for."""
    return _catching(one.body) if one.rule.effect in _STRICT else _certain(one.body)


def _caught(forbid: _Read, exemptions: Sequence[_Read]) -> Callable[[World], bool]:
    body, excepted = forbid.body, [one.body for one in exemptions]
    return lambda world: judge(body, world) is not False and not any(judge(one, world) is True for one in excepted)


def _catching(body: Expr) -> Callable[[World], bool]:
    return lambda world: judge(body, world) is not False


def _certain(body: Expr) -> Callable[[World], bool]:
    return lambda world: judge(body, world) is True


def _meet(one: _Read, other: _Read) -> bool:
    return max(one.since, other.since) < min(one.until, other.until)


def _everything(comparison: _Comparison) -> Iterator[_Read]:
    """Rules of the instrument and of all others, active or not: an exemption may be entered before its requirement is active."""
    yield from comparison.rules
    for one in comparison.known.instruments:
        if one.id not in comparison.known.active and one.id != comparison.instrument.id:
            yield from _read(one, comparison.known)


def _read(instrument: Instrument, known: Known) -> Iterator[_Read]:
    for rule in instrument.rules:
        body = None if rule.effect is RuleEffect.LIFT else _body(rule.cohort, instrument, known)
        if body is not None:
            yield _Read(instrument, rule, body, _models(rule, known), instrument.effective, instrument.until)


def _body(cohort: str, instrument: Instrument, known: Known) -> Expr | None:
    """The condition with packs written out and annexes named for their instrument; None where it is not in order."""
    try:
        body, absent = readable(cohort, known)
    except ValueError:
        return None
    names = {annex.id: f"{instrument.id}/{annex.id}" for annex in instrument.annexes}
    found = scan(body)
    if absent or found.faults or not found.annexes <= names.keys():
        return None
    named: Expr = scoped(body, names)
    return named


def _models(rule: Rule, known: Known) -> frozenset[str]:
    names = set(rule.models)
    covered = {one.id for one in known.models if names & {one.id, f"tier:{one.tier}", f"family:{one.family}"}}
    return frozenset(covered or names)


def _enlist(instrument: Instrument, members: dict[str, _Member]) -> None:
    for annex in instrument.annexes:
        name = f"{instrument.id}/{annex.id}"
        for line in annex.lines:
            member = members.setdefault(line.organization or f"\x00{line.name}", _Member())
            member.listed.add(name)
            if line.scope is Scope.SUBSIDIARIES:
                member.subsidiaries.add(name)
            elif line.scope is Scope.CONTRACTORS:
                member.contractors.add(name)
