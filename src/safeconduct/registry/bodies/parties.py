"""What do changes about authorities, organizations, projects, people, memberships and agents carry?"""

from __future__ import annotations

from typing import Literal

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class AuthorityRegistered(Body, frozen=True):
    name: str


class OrganizationRegistered(Body, frozen=True):
    """``parent`` is the organization above this one; empty for one that stands alone. ``relation``: what it is to it.

    A ``contractor`` is sponsored by its parent. A ``subsidiary`` belongs to it. An ``affiliate`` is near it and nothing more.
    """

    name: str
    starts: Moment
    ends: Moment
    parent: str = ""
    programs: tuple[str, ...] = ()
    relation: Literal["contractor", "subsidiary", "affiliate"] = "contractor"
    kind: Literal["company", "agency"] = "company"


class OrganizationAmended(Body, frozen=True):
    """Only what is given changes."""

    name: str | None = None
    ends: Moment | None = None
    programs: tuple[str, ...] | None = None


class ProjectRegistered(Body, frozen=True):
    """``hosts`` are the only hosts that a call of this project may ask a provider to contact.

    ``assets`` are what else it may be used on, each as ``kind:value``. ``tier`` is one of ``terms.programs``.
    """

    organization: str
    name: str
    purpose: str
    tier: str
    starts: Moment
    ends: Moment
    hosts: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()


class ProjectAmended(Body, frozen=True):
    """Only what is given changes. ``tier`` is here for histories written before ``project.tiered`` was."""

    name: str | None = None
    purpose: str | None = None
    tier: str | None = None
    hosts: tuple[str, ...] | None = None
    ends: Moment | None = None
    assets: tuple[str, ...] | None = None


class ProjectTiered(Body, frozen=True):
    """The project was judged anew: ``before`` it was another tier. ``why`` is never empty where the new one allows more."""

    before: str
    tier: str
    why: str = ""


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
