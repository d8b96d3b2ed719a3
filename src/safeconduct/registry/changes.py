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
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import evidence, letters, officers, parties, rosters
from safeconduct.registry.bodies.body import Body
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


BODIES: Final[Mapping[str, type[Body]]] = {
    "authority.registered": parties.AuthorityRegistered,
    "organization.registered": parties.OrganizationRegistered,
    "organization.amended": parties.OrganizationAmended,
    "organization.ended": parties.Ended,
    "organization.suspended": parties.Suspended,
    "organization.restored": parties.Restored,
    "project.registered": parties.ProjectRegistered,
    "project.amended": parties.ProjectAmended,
    "project.tiered": parties.ProjectTiered,
    "project.ended": parties.Ended,
    "project.suspended": parties.Suspended,
    "project.restored": parties.Restored,
    "person.registered": parties.PersonRegistered,
    "person.enrolled": rosters.PersonEnrolled,
    "person.amended": parties.PersonAmended,
    "person.ended": parties.Ended,
    "person.suspended": parties.Suspended,
    "person.restored": parties.Restored,
    "membership.started": parties.MembershipStarted,
    "membership.ended": parties.MembershipEnded,
    "agent.registered": parties.AgentRegistered,
    "agent.ended": parties.Ended,
    "agent.suspended": parties.Suspended,
    "agent.restored": parties.Restored,
    "key.issued": evidence.KeyIssued,
    "key.revoked": evidence.KeyRevoked,
    "fact.recorded": evidence.FactRecorded,
    "fact.withdrawn": evidence.FactWithdrawn,
    "model.cataloged": letters.ModelCataloged,
    "model.withdrawn": letters.ModelWithdrawn,
    "resource.recorded": letters.ResourceRecorded,
    "instrument.entered": letters.InstrumentEntered,
    "instrument.transcribed": letters.InstrumentTranscribed,
    "instrument.checked": letters.InstrumentChecked,
    "instrument.previewed": letters.InstrumentPreviewed,
    "instrument.approved": letters.InstrumentApproved,
    "instrument.activated": letters.InstrumentActivated,
    "instrument.withdrawn": letters.InstrumentWithdrawn,
    "annex.matched": letters.AnnexMatched,
    "pack.entered": letters.PackEntered,
    "authority.keyed": officers.AuthorityKeyed,
    "officer.added": officers.OfficerAdded,
    "officer.keyed": officers.OfficerKeyed,
    "officer.ended": officers.OfficerEnded,
    "request.opened": officers.RequestOpened,
    "request.approved": officers.RequestApproved,
    "request.declined": officers.RequestDeclined,
}
"""Every kind of change and the shape of its body. The one list."""

POPULATION: Final = frozenset(
    {
        "person.registered",
        "person.enrolled",
        "person.amended",
        "person.ended",
        "person.suspended",
        "person.restored",
        "membership.started",
        "membership.ended",
        "fact.recorded",
        "fact.withdrawn",
        "key.issued",
        "key.revoked",
    }
)
"""Changes about people, their facts and keys: too many to hold. Every one of them bears on its own subject and on nothing
else, so whoever folds the changes of one subject knows all of it (``population``). All other changes are structure."""


@dataclass(frozen=True, slots=True)
class News:
    """What happened to the registry between two looks: the changes after ``since``, up to ``version``."""

    since: int
    version: int
    at: Moment  # of the last change; 0 when there is none
    changes: tuple[Change, ...]  # about structure, in order; of a history in memory: all of them
    touched: frozenset[str] | None  # "person/ID" and "key/ID" that changed; None: too many to name, think of everyone
    kinds: frozenset[str] = frozenset()  # of the changes that touched them, as far as ``changes`` leaves them out

    @classmethod
    def of(cls, changes: Iterable[Change], since: int) -> News:
        """The news that plain changes make. ``since`` is the version they follow."""
        every = tuple(changes)
        last = every[-1] if every else None
        touched = frozenset(touched_by(each.kind, each.subject) for each in every if each.kind in POPULATION)
        return cls(since, last.seq if last else since, last.at if last else 0, every, touched)


def touched_by(kind: str, subject: str) -> str:
    """How news name the person or the key that a change of the population is about."""
    return f"key/{subject}" if kind.startswith("key.") else f"person/{subject}"


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


class Digest:
    """What the log says about an act: HMAC-SHA256 of the sorted-key JSON of its drafts under a random salt, draft by draft.

    INVARIANT (P8): drafts hold names and facts; without the salt, which stays in the registry, the digest tells nothing.
    """

    __slots__ = ("_between", "_mac")

    def __init__(self, salt: bytes) -> None:
        self._mac = hmac.new(salt, b"[", "sha256")
        self._between = b""

    def add(self, draft: Draft) -> None:
        """Take in the next draft."""
        row = (draft.actor, draft.at, draft.body, draft.kind, draft.subject)
        self._mac.update(self._between + msgspec.json.encode(row, order="sorted"))
        self._between = b","

    def hex(self) -> str:
        """The digest of what was added so far."""
        whole = self._mac.copy()
        whole.update(b"]")
        return whole.hexdigest()


def digest_of(salt: bytes, drafts: Iterable[Draft]) -> str:
    """The ``Digest`` of drafts that are all at hand."""
    digest = Digest(salt)
    for each in drafts:
        digest.add(each)
    return digest.hex()


def _fault(change: Change | Draft, what: str, mend: str) -> Fault:
    where = f"change {change.seq}" if isinstance(change, Change) else f"draft of {change.kind}"
    return Fault("change_unreadable", what, where, mend)
