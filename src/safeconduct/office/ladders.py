"""Which ladders are in force, by the registry? Reads only instruments that have one."""

from __future__ import annotations

from typing import Final

from safeconduct.instruments.force import in_force
from safeconduct.mitigation.ladder import Ladder
from safeconduct.office import letters
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment

_MARK: Final = "ladder"


def ladder_of(registry: Registry, now: Moment) -> Ladder:
    """All rungs in force at ``now``. Raises Refused when an instrument that has a ladder cannot be read."""
    every = registry.instruments()
    having = {each.id for each in every if each.activated_at is not None and _MARK in each.text}
    if not having:
        return Ladder()
    # Every version of such an instrument counts: a newer one without a ladder ends the older one's.
    return Ladder.of(in_force(letters.held(registry, having), now).ladder)
