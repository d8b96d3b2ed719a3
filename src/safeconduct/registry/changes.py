"""Which changes can happen to the registry, and what does each of them carry?

Every kind of change is listed here, once, with the shape of its body. A body is checked against its shape when it is
planned and again when it is folded, so a history that holds anything else cannot be read as if it held this.
What a change does to the state is told in ``fold``; who may ask for one is told by the office.

Moments in bodies are integers (microseconds UTC). An interval without an end carries ``FOREVER``: an open end is
always written, never left out.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is planned and not yet part of the history: it has no place in it (no ``seq``)."""

    at: Moment
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history. ``seq`` counts from 1 without gaps; ``at`` never runs backwards along it."""

    seq: int
    at: Moment
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Intent:
    """An act between its entry in the log and the commit of its changes. ``actor`` and ``subject`` as the log holds them."""

    name: str
    actor: str
    subject: str
    digest: str


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a change carries. Unknown keys are refused: a change that we do not understand is never half-understood."""


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


class KeyIssued(Body, frozen=True):
    """``digest`` is the hex HMAC-SHA256 of the key; the key itself is stored nowhere.

    ``holder_kind`` is ``person`` or ``agent``.
    """

    digest: str
    holder_kind: str
    holder: str
    organization: str
    starts: Moment
    ends: Moment
    project: str = ""
    label: str = ""


class KeyRevoked(Body, frozen=True):
    why: str = ""


class FactRecorded(Body, frozen=True):
    """One piece of evidence about the subject (a person). ``organization`` only for facts that hold in one organization."""

    fact: str
    value: str | bool | tuple[str, ...]
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str = ""


class FactWithdrawn(Body, frozen=True):
    """``record`` is the ``seq`` of the change that recorded the fact."""

    record: int
    why: str = ""


class ModelCataloged(Body, frozen=True):
    """The subject is the canonical id. A later entry for the same id replaces the earlier one."""

    upstream: str
    served_as: str
    dialects: tuple[str, ...]
    tier: str
    family: str
    display_name: str
    aliases: tuple[str, ...] = ()
    max_output_tokens: int = 0


class ModelWithdrawn(Body, frozen=True):
    why: str = ""


class ResourceRecorded(Body, frozen=True):
    """The subject is the id of a thing stored at a provider (a file, a response); it belongs to ``organization``."""

    organization: str
    upstream: str = ""


class InstrumentEntered(Body, frozen=True):
    """The document itself, whole. ``annexes`` maps file names to their text; ``sha256`` is that of ``text`` (hex)."""

    version: int
    text: str
    sha256: str
    annexes: dict[str, str] = {}


class InstrumentActivated(Body, frozen=True):
    version: int


class InstrumentWithdrawn(Body, frozen=True):
    version: int
    why: str = ""


BODIES: Final[Mapping[str, type[Body]]] = {
    "authority.registered": AuthorityRegistered,
    "organization.registered": OrganizationRegistered,
    "organization.amended": OrganizationAmended,
    "organization.ended": Ended,
    "organization.suspended": Suspended,
    "organization.restored": Restored,
    "project.registered": ProjectRegistered,
    "project.amended": ProjectAmended,
    "project.ended": Ended,
    "project.suspended": Suspended,
    "project.restored": Restored,
    "person.registered": PersonRegistered,
    "person.amended": PersonAmended,
    "person.ended": Ended,
    "person.suspended": Suspended,
    "person.restored": Restored,
    "membership.started": MembershipStarted,
    "membership.ended": MembershipEnded,
    "agent.registered": AgentRegistered,
    "agent.ended": Ended,
    "agent.suspended": Suspended,
    "agent.restored": Restored,
    "key.issued": KeyIssued,
    "key.revoked": KeyRevoked,
    "fact.recorded": FactRecorded,
    "fact.withdrawn": FactWithdrawn,
    "model.cataloged": ModelCataloged,
    "model.withdrawn": ModelWithdrawn,
    "resource.recorded": ResourceRecorded,
    "instrument.entered": InstrumentEntered,
    "instrument.activated": InstrumentActivated,
    "instrument.withdrawn": InstrumentWithdrawn,
}
"""Every kind of change and the shape of its body. The one list."""


def draft(at: Moment, actor: str, kind: str, subject: str, body: Body) -> Draft:
    """Make a draft from a typed body. Raises ValueError when the body is not the one that ``kind`` carries."""
    if type(body) is not BODIES.get(kind):
        raise ValueError(f"a change of kind {kind} does not carry {type(body).__name__}")
    return Draft(at, actor, kind, subject, msgspec.to_builtins(body))


def read_body(change: Change | Draft) -> Body:
    """The typed body of a change. Raises Refused when the kind is unknown or the body does not have its shape."""
    shape = BODIES.get(change.kind)
    if shape is None:
        raise Refused(_fault(change, f"no change is called {change.kind}", "run a version of Safeconduct that knows this kind"))
    try:
        return msgspec.convert(change.body, shape)
    except msgspec.ValidationError as wrong:
        raise Refused(
            _fault(change, f"the body is not one of {change.kind}: {wrong}", "restore the registry from a backup")
        ) from wrong


def digest_of(salt: bytes, drafts: Iterable[Draft]) -> str:
    """What the log says about an act: HMAC-SHA256, hex, of the sorted-key JSON of its drafts under a random salt.

    INVARIANT (P8): drafts hold names and facts; without the salt, which stays in the registry, the digest tells nothing.
    """
    rows = [(each.actor, each.at, each.body, each.kind, each.subject) for each in drafts]
    return hmac.digest(salt, msgspec.json.encode(rows, order="sorted"), "sha256").hex()


def _fault(change: Change | Draft, what: str, mend: str) -> Fault:
    where = f"change {change.seq}" if isinstance(change, Change) else f"draft of {change.kind}"
    return Fault("change_unreadable", what, where, mend)
