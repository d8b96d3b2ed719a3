"""Does anybody hold the facts that a letter asks for? Looks at people only until each fact was seen known once.

The worst case is a fact that nobody holds: then everybody is looked at, once, and nothing is kept. Only the facts asked for are
read (P10), and of them only whether they are known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from safeconduct.registry.facts import evidence_of, states_at
from safeconduct.registry.records import why_not_alive
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactStatus

TELL_EVERY: Final = 5_000  # people between two words about progress


@dataclass(frozen=True, slots=True)
class Held:
    """Those of the facts asked for that somebody holds, and how many people were looked at to tell."""

    facts: frozenset[str]
    people: int


def held_of(registry: Registry, facts: Collection[str], now: Moment, tell: Callable[[int], None] = lambda _: None) -> Held:
    """Which of these facts at least one living member of an organization holds at ``now``: verified, in force, uncontradicted.

    ``tell`` hears how many people were looked at. Raises OSError when people cannot be read.
    """
    missing = set(facts)
    read = evidence_of(missing)
    people = 0
    for person, records in registry.everyone() if missing else ():
        people += 1
        if people % TELL_EVERY == 0:
            tell(people)
        if not any(each.name in read for each in records) or why_not_alive(person, now):
            continue
        for member in person.memberships:
            if why_not_alive(member, now):
                continue
            states, _ = states_at(records, member.organization, now, missing)
            known = {name for name, state in states.items() if state.status is FactStatus.KNOWN}
            if known:
                missing -= known
                read = evidence_of(missing)
        if not missing:
            break
    return Held(frozenset(facts) - missing, people)
