"""What holds for everybody in any world: asked over random towns, through the office, the letters' whole life and the view.

1. Removing, expiring or blanking any fact never turns a no into a yes (P1).
2. An exemption takes access from nobody.
3. The order of entry does not matter for the same effective times (P6).
4. An agent never may more than the head of its chain.
5. Withdrawing a letter restores exactly what was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.policy.context import Context
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.terms.decision import Decision
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from support.inquiry_worlds import MODELS, NOON, Town, annexes_of, letter, seats
from support.letters import put_in_force, take_back
from support.registry_world import PSEUDONYM_KEY

Asked = tuple[str, str, str, str, str]
SEEDS = st.integers(0, 2**32)
CONTEXT = Context(dialect="messages", operation="generate")
ONE_BASIS = ("us_citizen", "nationality")  # both speak of citizenship: alone each could contradict the other


def _view(registry: Registry, now: Moment = NOON) -> View:
    view = View(registry, Rules(), bytes(32), lambda _: None, now)
    assert not view.fault
    return view


def _decisions(registry: Registry, now: Moment = NOON) -> dict[Asked, Decision]:
    """What every seat is told about every model, one by one."""
    view = _view(registry, now)
    found: dict[Asked, Decision] = {}
    for kind, name, organization, project in seats(registry, now):
        person, agent = (name, "") if kind == "person" else ("", name)
        standing = registry.standing_for(organization=organization, now=now, person=person, agent=agent, project=project)
        for model in MODELS:
            found[kind, name, organization, project, model.id] = view.answer(standing, model.id, CONTEXT, now)[0]
    return found


def _permitted(registry: Registry, now: Moment = NOON) -> set[Asked]:
    return {asked for asked, decision in _decisions(registry, now).items() if decision.permits}


def _told(registry: Registry) -> dict[Asked, tuple[object, ...]]:
    """Everything that a caller is told."""
    return {asked: (each.effect, each.reasons, each.duties, each.fallback) for asked, each in _decisions(registry).items()}


def _folded(changes: Iterable[Change]) -> Registry:
    numbered = [replace(change, seq=seq) for seq, change in enumerate(changes, 1)]
    return Registry.fold(numbered, PSEUDONYM_KEY)


def _town(seed: int) -> Town:
    """A small town under two authorizations, two prohibitions and, where it exempts anybody, an exemption."""
    town = Town(seed, people=7)
    for text in _texts(seed):
        _enact(town, text)
    return town


def _enact(town: Town, text: str) -> str:
    """Put a letter in force. The id of it, or empty where the office would not have it: an exemption that exempts nobody."""
    try:
        put_in_force(town.world, text, annexes_of(text))
    except Refused:
        if "exempts = " not in text:
            raise
        return ""
    return town.registry.instruments()[-1].id


def _group(change: Change) -> tuple[str, str, str]:
    """What a record is evidence of: everything of one group can contradict each other, and nothing else can."""
    fact = str(change.body["fact"])
    return change.subject, "citizenship" if fact in ONE_BASIS else fact, str(change.body.get("organization", ""))


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_p1_losing_any_fact_never_turns_a_no_into_a_yes(seed: int) -> None:
    town = _town(seed)
    town.suspend_some()
    changes = town.world.changes
    before = _permitted(town.registry)
    facts = [change for change in changes if change.kind == "fact.recorded"]
    groups: dict[tuple[str, str, str], list[Change]] = {}
    for change in facts:
        groups.setdefault(_group(change), []).append(change)
    for group in Random(seed).sample(sorted(groups), min(6, len(groups))):
        lost = {change.seq for change in groups[group]}
        removed = _folded(change for change in changes if change.seq not in lost)
        assert _permitted(removed) <= before, f"removing {group}"
        expired = _folded(_ended(change) if change.seq in lost else change for change in changes)
        assert _permitted(expired) <= before, f"expiring {group}"


def _ended(change: Change) -> Change:
    """The same evidence, out of force at the moment of the question: half-open, so its last moment is the one before."""
    ends = min(int(change.body["expires_at"]), NOON)
    return replace(change, body={**change.body, "expires_at": max(ends, int(change.body["verified_at"]) + 1)})


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_p1_blanking_everything_about_somebody_leaves_at_most_what_everybody_may(seed: int) -> None:
    town = _town(seed)
    before = _permitted(town.registry)
    bare = _permitted(_folded(change for change in town.world.changes if change.kind != "fact.recorded"))
    assert bare <= before


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_an_exemption_takes_access_from_nobody(seed: int) -> None:
    town = _town(seed)
    before = _permitted(town.registry)
    town.letters = 10
    for rule in ("requirement-3/r0", "requirement-3/r1", "requirement-4/r0"):
        if not _enact(town, town.text("exemption", rule, rules=1)):
            continue
        after = _permitted(town.registry)
        assert before <= after
        before = after


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_p6_the_order_of_entry_does_not_matter_for_the_same_effective_times(seed: int) -> None:
    texts = _texts(seed)
    told = []
    for order in (texts, _other_order(texts, seed)):
        town = Town(seed, people=5)
        for text in order:
            _enact(town, text)
        told.append(_told(town.registry))
        mixed = _told(_folded(_facts_mixed(town.world.changes, Random(seed))))
        assert mixed == told[-1], "evidence in another order says the same"
    assert told[0] == told[1]


def _texts(seed: int) -> list[str]:
    town = Town(seed, people=1)
    texts = [town.text("authorization"), town.text("authorization"), town.text("requirement"), town.text("requirement")]
    return [*texts, town.text("exemption", "requirement-3/r0", rules=1), town.text("exemption", "requirement-4/r1", rules=1)]


def _other_order(texts: Sequence[str], seed: int) -> list[str]:
    """Permissions, prohibitions and exemptions each the other way round; an exemption can only follow what it names."""
    chance = Random(seed)
    first, rest = list(texts[:4]), list(texts[4:])
    chance.shuffle(first)
    return [*first, *reversed(rest)]


def _facts_mixed(changes: Sequence[Change], chance: Random) -> list[Change]:
    """The history with the evidence about each person in another order; everything else stays where it is."""
    by_person: dict[str, list[int]] = {}
    for place, change in enumerate(changes):
        if change.kind == "fact.recorded":
            by_person.setdefault(change.subject, []).append(place)
    mixed = list(changes)
    for own in by_person.values():
        other = own[:]
        chance.shuffle(other)
        for place, source in zip(own, other, strict=True):
            mixed[place] = changes[source]
    return mixed


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_an_agent_never_may_more_than_its_head(seed: int) -> None:
    town = _town(seed)
    town.suspend_some()
    registry, view = town.registry, _view(town.registry)
    asked = 0
    for agent in registry.agents.values():
        standing = registry.standing_for(organization=agent.organization, agent=agent.id, now=NOON)
        if not standing.person:
            continue
        head = registry.standing_for(organization=agent.organization, person=standing.person, project=standing.project, now=NOON)
        for model in MODELS:
            asked += 1
            if view.answer(standing, model.id, CONTEXT, NOON)[0].permits:
                assert view.answer(head, model.id, CONTEXT, NOON)[0].permits
    assert asked


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, kind=st.sampled_from(("requirement", "exemption")))
def test_withdrawing_a_letter_restores_exactly_what_was_before(seed: int, kind: str) -> None:
    town = _town(seed)
    before = _told(town.registry)
    town.letters = 10
    name = _enact(town, town.text(kind, "requirement-3/r1", rules=1))
    if name:
        take_back(town.world, name)
    assert _told(town.registry) == before


def test_a_letter_that_is_taken_back_did_something_while_it_was_there() -> None:
    """The properties above are not empty: this one letter cuts everybody, and taking it back lets them in again."""
    town = Town(7, people=5)
    put_in_force(town.world, letter("everybody", "authorization", [("true", [model.id for model in MODELS])]))
    before = _permitted(town.registry)
    assert before
    put_in_force(town.world, letter("nobody", "requirement", [("true", [model.id for model in MODELS])]))
    assert not _permitted(town.registry)
    take_back(town.world, "nobody")
    assert _permitted(town.registry) == before
