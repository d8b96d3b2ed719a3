"""Which changes can happen to the registry, and what does each of them carry?

Every kind of change is listed here, once, with the shape of its body. A body is checked against its shape when it is
planned and again when it is folded, so a history that holds anything else cannot be read as if it held this.
What a change does to the state is told in ``fold``; who may ask for one is told by the office.

Moments in bodies are integers (microseconds UTC). An interval without an end carries ``FOREVER``: an open end is
always written, never left out.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import canaries, cases, erasures, evidence, held, letters, measures, officers, parties, rosters
from safeconduct.registry.bodies.body import Body
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

SALT_BYTES: Final = 16  # of one change
MOST_NAMED: Final = 64  # changes of one act whose hashes its entry holds one by one: some 4 KB
_BLOCK: Final = 64  # of SHA-256 (FIPS 180-4)
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_REST: Final = b"\x5c" * (_BLOCK - SALT_BYTES)
_INNER_REST: Final = b"\x36" * (_BLOCK - SALT_BYTES)
_encode: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is planned and not yet part of the history: it has no place in it (no ``seq``).

    It is planned with its body alone. Before it is recorded, ``sealed`` gives it the rest: ``words``, the body as sorted-key
    JSON, a ``salt`` of its own, and its ``hash`` (``row_hash``). One that waited on the disk comes back with the words alone.
    """

    at: Moment
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    salt: bytes = b""
    hash: str = ""
    words: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history. ``seq`` counts from 1 without gaps; ``at`` never runs backwards along it.

    ``salt`` is 16 random bytes of its own; empty where it was erased, and for changes of versions that had none.
    """

    seq: int
    at: Moment
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    salt: bytes = b""


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
    "officer.linked": officers.OfficerLinked,
    "officer.ended": officers.OfficerEnded,
    "request.opened": officers.RequestOpened,
    "request.approved": officers.RequestApproved,
    "request.declined": officers.RequestDeclined,
    "case.opened": cases.CaseOpened,
    "case.closed": cases.CaseClosed,
    "case.signaled": cases.CaseSignaled,
    "case.assigned": cases.CaseAssigned,
    "case.noted": cases.CaseNoted,
    "case.judged": cases.CaseJudged,
    "case.merged": cases.CaseMerged,
    "content.permitted": cases.ReadingPermitted,
    "content.read": cases.ContentRead,
    "content.flagged": cases.ContentFlagged,
    "hold.placed": cases.HoldPlaced,
    "hold.released": cases.HoldReleased,
    "measure.taken": measures.MeasureTaken,
    "measure.undone": measures.MeasureUndone,
    "measure.appealed": measures.MeasureAppealed,
    "risk.moved": measures.RiskMoved,
    "held.released": held.HeldReleased,
    "held.declined": held.HeldDeclined,
    "canaries.listed": canaries.CanariesListed,
    "canaries.removed": canaries.CanariesRemoved,
    "erasure.opened": erasures.ErasureOpened,
    "erasure.done": erasures.ErasureDone,
    "erased": erasures.Erased,
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
else, so whoever folds the changes of one subject knows all of it (``population``). All others but ``MARKS`` are structure."""

MARKS: Final = frozenset({"measure.taken", "measure.undone", "measure.appealed", "risk.moved"})
"""Changes about measures and risk. Their subject is ``KIND/ID``; about a person or a key they are of the population."""

_PEOPLE_AND_KEYS: Final = ("person/", "key/")


def of_population(kind: str, subject: str) -> bool:
    """Whether a change is about a person or a key, and about nothing else."""
    return kind in POPULATION or (kind in MARKS and subject.startswith(_PEOPLE_AND_KEYS))


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
        touched = frozenset(touched_by(each.kind, each.subject) for each in every if of_population(each.kind, each.subject))
        return cls(since, last.seq if last else since, last.at if last else 0, every, touched)


def touched_by(kind: str, subject: str) -> str:
    """How news name the person or the key that a change of the population is about; marks name it as they are."""
    return subject if kind in MARKS else f"key/{subject}" if kind.startswith("key.") else f"person/{subject}"


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
        what = f"the body is not one of {change.kind}: {wrong}"
        raise Refused(_fault(change, what, "restore the registry from a backup")) from wrong


def row_hash(salt: bytes, at: Moment, actor: str, kind: str, subject: str, body: bytes) -> str:
    """What proves one change: HMAC-SHA256 (RFC 2104) under its salt of the sorted-key JSON ``[actor, at, body, kind, subject]``.

    ``body`` is the sorted-key JSON as it lies in the store; ``salt`` has at most 64 bytes. 64 hex digits.
    Two plain hashes: at a million rows a keyed one of the library costs half as much again. A test holds the two equal.

    INVARIANT (P8): changes hold names and facts; without the salt, which stays in the registry, the hash tells nothing.
    """
    block = salt.ljust(_BLOCK, b"\0")
    said = _encode((actor, at, msgspec.Raw(body), kind, subject))
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + said).digest()).hexdigest()


class RowHashes:
    """``row_hash`` for the many changes of one act: all of one actor and moment. A test holds both equal."""

    __slots__ = ("_before", "_kinds")

    def __init__(self, actor: str, at: Moment) -> None:
        self._before = _encode((actor, at))[:-1] + b","
        self._kinds: dict[str, bytes] = {}

    def of(self, salt: bytes, kind: str, subject: bytes, body: bytes) -> bytes:
        """The hash, 32 bytes. ``subject`` is a JSON string, ``salt`` has 16 bytes."""
        between = self._kinds.get(kind)
        if between is None:
            between = self._kinds[kind] = b"," + _encode(kind) + b","
        said = b"%b%b%b%b%b]" % (salt.translate(_INNER) + _INNER_REST, self._before, body, between, subject)
        return sha256(salt.translate(_OUTER) + _OUTER_REST + sha256(said).digest()).digest()


def sealed(draft: Draft, salt: bytes) -> Draft:
    """The draft as it will be recorded: with its salt, and the hash that the act's digest is made from."""
    words = _encode(draft.body)
    proof = row_hash(salt, draft.at, draft.actor, draft.kind, draft.subject, words)
    return Draft(draft.at, draft.actor, draft.kind, draft.subject, draft.body, salt, proof, words)


def seal(drafts: Iterable[Draft], salts: bytes) -> Iterator[Draft]:
    """Each draft sealed with the next 16 bytes of ``salts``. Raises ValueError when they do not suffice."""
    for number, each in enumerate(drafts):
        salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
        if len(salt) != SALT_BYTES:
            raise ValueError("there are more drafts than salts")
        yield sealed(each, salt)


def salt_proof(salt: bytes) -> str:
    """What proves the salt of an act, and tells nothing of its 32 random bytes: a SHA-256, 64 hex digits."""
    return sha256(b"salt of an act: " + salt).hexdigest()


class Digest:
    """What the log says about an act: SHA-256 over the hashes (32 bytes each) of its changes, in their order, and over the
    ``salt_proof`` of the act's own salt behind them.

    So the words of one change can be erased, with its salt and the act's, and the hashes go on proving the digest. Acts of
    versions that did not prove their salt have the hashes of their changes alone.
    """

    __slots__ = ("_over",)

    def __init__(self) -> None:
        self._over = sha256()

    def add(self, row: str) -> None:
        """Take in the hash of the next change, or last the act's ``salt_proof``: 64 hex digits. Raises ValueError."""
        self._over.update(bytes.fromhex(row))

    def take(self, row: bytes) -> None:
        """As ``add``, of the 32 bytes themselves."""
        self._over.update(row)

    def hex(self) -> str:
        """The digest of what was added so far."""
        return self._over.hexdigest()


def digest_of(drafts: Iterable[Draft], salt: bytes) -> str:
    """The ``Digest`` of sealed drafts that are all at hand, and of the act's salt."""
    digest = Digest()
    for each in drafts:
        digest.add(each.hash)
    digest.add(salt_proof(salt))
    return digest.hex()


def left_salt(salt: bytes, name: str) -> bytes:
    """The salt of what is left of a change after the erasure ``name`` took its free words, made from the one that goes.

    Whoever goes on after a crash makes the same; and nobody gets back from it to the salt of the words that are gone.
    """
    return hmac.digest(salt, b"what is left after " + name.encode(), "sha256")[:SALT_BYTES]


class FirstDigest:
    """The digest of acts recorded before changes had salts: HMAC-SHA256 under the act's salt over the words of all changes.

    Their JSON is that of ``row_hash``, as the members of one list. Acts made since have a ``Digest``.
    """

    __slots__ = ("_between", "_mac")

    def __init__(self, salt: bytes) -> None:
        self._mac = hmac.new(salt, b"[", "sha256")
        self._between = b""

    def add(self, at: Moment, actor: str, kind: str, subject: str, body: bytes) -> None:
        """Take in the next change; ``body`` as it lies in the store."""
        self._mac.update(self._between + _encode((actor, at, msgspec.Raw(body), kind, subject)))
        self._between = b","

    def hex(self) -> str:
        """The digest of what was added so far."""
        whole = self._mac.copy()
        whole.update(b"]")
        return whole.hexdigest()


def _fault(change: Change | Draft, what: str, mend: str) -> Fault:
    where = f"change {change.seq}" if isinstance(change, Change) else f"draft of {change.kind}"
    return Fault("change_unreadable", what, where, mend)
