"""What decided, what did it read, and what is the least that would change the answer? For officers, not for callers.

Tries small changes one by one, then in pairs, by deciding again; so what it promises is what would happen. It proposes
evidence for facts that are not known, never another value for a known status or nationality; for a derived status it names the
evidence that it follows from. Bounded in work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.schema import fact_state
from safeconduct.policy.slices import Slice
from safeconduct.terms.conditions import BY_FACT, Shape
from safeconduct.terms.decision import Decision, Effect
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactState, FactStatus, FactValue, Model, Standing

TRIALS = 600  # decisions tried for one explanation: well below a second
SHOWN = 8  # more ways out than this help nobody

# What a person can acquire; everything else about a person is found out, not changed.
_ACQUIRED = {"training", "vetting", "assurance", "employed_there"}


@dataclass(frozen=True, slots=True)
class RuleRead:
    """One rule in force about the model. ``facts`` pairs each fact it reads with its state."""

    id: str
    effect: str
    decided: bool
    say: str
    facts: tuple[tuple[str, FactStatus], ...]
    exemptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """``changes`` are ways to a permit, each a list of steps that together would do; empty for a permit."""

    decision: Decision
    rules: tuple[RuleRead, ...]
    changes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class World:
    """What a decision depends on, and what a step changes."""

    policy: Policy
    standing: Standing
    context: Context


Step = tuple[str, str, Callable[[World], World]]  # subject (two steps of one subject exclude each other), words, change


def explain(policy: Policy, standing: Standing, model: Model, context: Context, now: Moment) -> Explanation:
    """Decide, and tell why and what would change it."""
    decision = policy.decide(standing, model, context, now)
    part = policy.slice_of(model.id)
    if part is None:
        return Explanation(decision, (), ())
    rules = tuple(
        RuleRead(
            id=rule.id,
            effect=rule.effect,
            decided=rule.id in decision.rules,
            say=rule.say,
            facts=tuple((fact, fact_state(standing, fact, now)) for fact in sorted(rule.facts)),
            exemptions=tuple(one.id for one in rule.exemptions),
        )
        for rule in part.rules.values()
    )
    if decision.permits:
        return Explanation(decision, rules, ())
    world = World(policy, standing, context)
    return Explanation(decision, rules, tuple(_ways(world, list(_steps(part, world, now)), model, now)))


def _ways(world: World, steps: list[Step], model: Model, now: Moment) -> list[tuple[str, ...]]:
    trials = 0
    for size in (1, 2, 3):
        found: list[tuple[str, ...]] = []
        for chosen in combinations(steps, size):
            if len({subject for subject, _, _ in chosen}) < size:
                continue
            if trials >= TRIALS or len(found) >= SHOWN:
                return found
            trials += 1
            tried = world
            for _, _, change in chosen:
                tried = change(tried)
            decision = tried.policy.decide(tried.standing, model, tried.context, now)
            if decision.effect is Effect.PERMIT:
                found.append(tuple(words for _, words, _ in chosen))
        if found:
            return found
    return []


def _steps(part: Slice, world: World, now: Moment) -> Iterator[Step]:
    standing = world.standing
    if standing.lapses:
        links = ", ".join(sorted({f"{lapse.kind} {lapse.id} ({lapse.why})" for lapse in standing.lapses}))
        yield "lapses", f"put in order: {links}", lambda one: replace(one, standing=replace(one.standing, lapses=()))
    outside = sorted(world.context.hosts - standing.project_hosts)
    if outside:
        words = f"drop the hosts outside the project's scope, or add them to it: {', '.join(outside)}"
        yield "hosts", words, lambda one: replace(one, context=replace(one.context, hosts=frozenset()))
    if world.context.foreign_resources:
        words = "use only stored things of the caller's own organization"
        yield "resources", words, lambda one: replace(one, context=replace(one.context, foreign_resources=frozenset()))
    if part.model.dialects and world.context.dialect not in part.model.dialects:
        dialect = min(part.model.dialects)
        words = f"call the model over {' or '.join(sorted(part.model.dialects))}"
        yield "dialect", words, lambda one: replace(one, context=replace(one.context, dialect=dialect))
    yield from _fact_steps(part, standing, now)
    yield from _annex_steps(part, standing)
    yield from _project_steps(part, standing)


def _fact_steps(part: Slice, standing: Standing, now: Moment) -> Iterator[Step]:
    for fact in part.facts:
        state = fact_state(standing, fact, now)
        if state is FactStatus.KNOWN and fact not in _ACQUIRED:
            continue
        for value in _plausible(part, fact):
            if state is FactStatus.KNOWN and standing.facts[fact].value == value:
                continue
            shown = ", ".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else value
            yield fact, _evidence_words(fact, shown, state), _recording(fact, value)


def _evidence_words(fact: str, shown: str, state: FactStatus) -> str:
    """What to record. A derived status is never recorded itself: what it follows from is."""
    attribute = BY_FACT[fact]
    if not attribute.evidence:
        return f"record valid evidence that {attribute.label} ({fact}) is {shown}; now {state.value}"
    facts = ", ".join(attribute.evidence)
    said = f"{attribute.label} ({fact}) follows as {shown}"
    return f"record valid evidence ({facts}) from which {said}; now {state.value}"


def _project_steps(part: Slice, standing: Standing) -> Iterator[Step]:
    asked: tuple[tuple[str, str, Callable[[World, str], Standing]], ...] = (
        ("project", standing.project, lambda one, text: replace(one.standing, project=text)),
        ("purpose", standing.purpose, lambda one, text: replace(one.standing, purpose=text)),
        ("tier", standing.tier, lambda one, text: replace(one.standing, tier=text)),
    )
    for path, now_is, change in asked:
        for text in _named(part, path)[:SHOWN]:
            if text != now_is:
                words = f"call for project {text}" if path == "project" else f"call for a project whose {path} is {text}"
                yield path, words, _calling(change, text)


def _calling(change: Callable[[World, str], Standing], text: str) -> Callable[[World], World]:
    return lambda one: replace(one, standing=change(one, text))


def _recording(fact: str, value: FactValue) -> Callable[[World], World]:
    def change(one: World) -> World:
        facts = {**one.standing.facts, fact: FactState(FactStatus.KNOWN, value)}
        return replace(one, standing=replace(one.standing, facts=facts))

    return change


def _plausible(part: Slice, fact: str) -> list[FactValue]:
    """Values that could matter: those the rules name, and for lists all of them together."""
    named = _named(part, fact)
    match BY_FACT[fact].shape:
        case Shape.YES_NO:
            return ["yes", "no"]
        case Shape.FLAG:
            return [True, False]
        case Shape.TEXTS:
            return [tuple(named)] if named else []
        case Shape.COUNTRIES:
            return [(text,) for text in named[:SHOWN]]
        case _:
            return list(named[:SHOWN])


def _named(part: Slice, key: str) -> list[str]:
    return sorted({text for rule in part.rules.values() for text in rule.literals.get(key, ())})


def _annex_steps(part: Slice, standing: Standing) -> Iterator[Step]:
    listed: dict[str, str] = {}
    for rule in part.rules.values():
        if rule.effect == "permit":
            listed.update(dict.fromkeys(rule.annexes, rule.id))
        for exemption in rule.exemptions:
            listed.update(dict.fromkeys(exemption.annexes, exemption.id))
    for annex, rule_id in sorted(listed.items()):
        instrument, _, name = annex.partition("/")
        words = f'an amended {instrument.partition("@")[0]} that lists {standing.organization} in "{name}" ({rule_id})'
        yield annex, words, _listing(standing.organization, annex)


def _listing(organization: str, annex: str) -> Callable[[World], World]:
    return lambda one: replace(one, policy=one.policy.supposing(organization, annex))
