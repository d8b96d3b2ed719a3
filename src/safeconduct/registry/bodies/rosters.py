"""What does a change made by a row of a roster carry?"""

from __future__ import annotations

import msgspec

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class EnrolledFact(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One piece of evidence of an enrolled person, written as a list: rosters have millions, and every byte counts."""

    fact: str
    value: str | bool | tuple[str, ...]
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str = ""


class PersonEnrolled(Body, frozen=True):
    """A new person, one membership and the evidence of one row. ``starts`` and ``ends`` are those of the membership.

    The person begins with the change and has no end. The facts are named by their place, counted from 1.
    """

    organization: str
    starts: Moment
    ends: Moment
    name: str = ""
    email: str = ""
    role: str = ""
    facts: tuple[EnrolledFact, ...] = ()
