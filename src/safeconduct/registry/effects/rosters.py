"""What do changes made by the rows of a roster do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from safeconduct.registry.bodies import rosters as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.records import FactRecord, Membership, Person
from safeconduct.terms.moments import FOREVER, Moment


def enrolled_person(name: str, at: Moment, body: c.PersonEnrolled, handle: bytes = b"") -> Person:
    """The person that the row of a roster makes. A membership that began earlier began with the person."""
    member = Membership(body.organization, body.role, body.starts, body.ends)
    return Person(name, body.name, body.email, min(at, body.starts), FOREVER, False, (member,), None, None, handle)


def enrolled_facts(seq: int, body: c.PersonEnrolled) -> tuple[FactRecord, ...]:
    """The records that the row of a roster makes; together they have one number, and each has its place."""
    return tuple(
        [
            FactRecord(
                seq,
                each.fact,
                each.value,
                each.source,
                each.verifier,
                each.method,
                each.verified_at,
                each.expires_at,
                each.organization,
                item,
            )
            for item, each in enumerate(body.facts, 1)
        ]
    )


def _enrolled(state: State, change: Change, body: c.PersonEnrolled) -> None:
    if change.subject in state.people:
        return
    state.people[change.subject] = enrolled_person(change.subject, change.at, body, change.salt)
    state.facts[change.subject] = (*state.facts.get(change.subject, ()), *enrolled_facts(change.seq, body))


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {"person.enrolled": _enrolled}
