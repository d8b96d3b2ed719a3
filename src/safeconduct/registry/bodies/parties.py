"""What do changes about authorities, organizations, projects, people, memberships and agents carry?"""

from __future__ import annotations

from typing import Literal

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class AuthorityRegistered(Body, frozen=True):
    name: str


class OrganizationRegistered(Body, frozen=True):
    """``parent`` is the organization that sponsors this one; empty for one that stands alone. ``relation``: what it is to it."""

    name: str
    starts: Moment
    ends: Moment
    parent: str = ""
    programs: tuple[str, ...] = ()
    relation: Literal["contractor", "subsidiary"] = "contractor"


class OrganizationAmended(Body, frozen=True):
    """Only what is given changes."""

    name: str | None = None
    ends: Moment | None = None
    programs: tuple[str, ...] | None = None


class ProjectRegistered(Body, frozen=True):
    """``hosts`` are the only hosts that a call of this project may ask a provider to contact."""

    organization: str
    name: str
    purpose: str
    tier: str
    starts: Moment
    ends: Moment
    hosts: tuple[str, ...] = ()


class ProjectAmended(Body, frozen=True):
    """Only what is given changes."""

    name: str | None = None
    purpose: str | None = None
    tier: str | None = None
    hosts: tuple[str, ...] | None = None
    ends: Moment | None = None


class PersonRegistered(Body, frozen=True):
    """Name and e-mail stay here, in the private registry; they never reach the log (P8)."""

    starts: Moment
    ends: Moment
    name: str = ""
    email: str = ""


class PersonAmended(Body, frozen=True):
    """Only what is given changes."""

    name: str | None = None
    email: str | None = None
    ends: Moment | None = None


class MembershipStarted(Body, frozen=True):
    """The subject (a person) belongs to ``organization``. A later start of the same membership replaces the earlier one."""

    organization: str
    starts: Moment
    ends: Moment
    role: str = ""


class MembershipEnded(Body, frozen=True):
    organization: str
    ends: Moment
    why: str = ""


class AgentRegistered(Body, frozen=True):
    """``sponsor_kind`` is ``person``, ``project`` or ``agent``; ``sponsor`` is its id."""

    organization: str
    sponsor_kind: str
    sponsor: str
    starts: Moment
    ends: Moment
    name: str = ""
    project: str = ""


class Ended(Body, frozen=True):
    """The subject ends at ``ends``; an end can only move forward in this way, never back."""

    ends: Moment
    why: str = ""


class Suspended(Body, frozen=True):
    why: str = ""


class Restored(Body, frozen=True):
    why: str = ""
