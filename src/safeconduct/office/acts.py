"""What can an officer ask for? The vocabulary of administrative acts; the rules about them are in the other modules.

In every act a start left out is the moment of the act, and an end left out is open. ``act`` is what the log calls it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from safeconduct.registry.roster import RosterRow
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactValue, Model


@dataclass(frozen=True, slots=True)
class RegisterAuthority:
    act: ClassVar[str] = "authority.register"
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RegisterOrganization:
    """``parent`` is the organization above this one: it lives only while all above it live. ``relation`` is what it is to the
    parent (a sponsored contractor where it is left out): annexes of instruments tell them apart. A contractor has an end.
    """

    act: ClassVar[str] = "organization.register"
    id: str
    name: str
    parent: str = ""
    starts: Moment | None = None
    ends: Moment = FOREVER
    programs: tuple[str, ...] = ()
    relation: Literal["", "contractor", "subsidiary", "affiliate"] = ""
    kind: Literal["company", "agency"] = "company"


@dataclass(frozen=True, slots=True)
class AmendOrganization:
    act: ClassVar[str] = "organization.amend"
    id: str
    name: str | None = None
    ends: Moment | None = None
    programs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RegisterProject:
    """``tier`` is one of ``terms.programs``; ``assets`` are what it may be used on besides hosts, each as ``kind:value``."""

    act: ClassVar[str] = "project.register"
    id: str
    organization: str
    name: str
    purpose: str
    tier: str
    hosts: tuple[str, ...] = ()
    starts: Moment | None = None
    ends: Moment = FOREVER
    assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AmendProject:
    """Only what is given changes. A tier that allows more than the present one needs a reason (``why``)."""

    act: ClassVar[str] = "project.amend"
    id: str
    name: str | None = None
    purpose: str | None = None
    tier: str | None = None
    hosts: tuple[str, ...] | None = None
    ends: Moment | None = None
    assets: tuple[str, ...] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person and the membership in the first organization."""

    act: ClassVar[str] = "person.register"
    id: str
    organization: str
    name: str = ""
    email: str = ""
    role: str = ""
    starts: Moment | None = None
    ends: Moment = FOREVER


@dataclass(frozen=True, slots=True)
class JoinOrganization:
    """A known person becomes a member, or an existing membership gets new dates or a new role."""

    act: ClassVar[str] = "membership.start"
    person: str
    organization: str
    role: str = ""
    starts: Moment | None = None
    ends: Moment = FOREVER


@dataclass(frozen=True, slots=True)
class LeaveOrganization:
    act: ClassVar[str] = "membership.end"
    person: str
    organization: str
    at: Moment | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RegisterAgent:
    """``sponsor_kind`` is ``person``, ``project`` or ``agent``."""

    act: ClassVar[str] = "agent.register"
    id: str
    organization: str
    sponsor_kind: str
    sponsor: str
    name: str = ""
    project: str = ""
    starts: Moment | None = None
    ends: Moment = FOREVER


@dataclass(frozen=True, slots=True)
class End:
    """``kind`` is ``organization``, ``project``, ``person`` or ``agent``. No ``at`` means now."""

    act: ClassVar[str] = "party.end"
    kind: str
    id: str
    at: Moment | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Suspend:
    act: ClassVar[str] = "party.suspend"
    kind: str
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    act: ClassVar[str] = "party.restore"
    kind: str
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class IssueKey:
    """``digest`` is what is kept of the key (32 bytes); the key itself never comes here."""

    act: ClassVar[str] = "key.issue"
    id: str
    digest: bytes
    holder_kind: str
    holder: str
    organization: str
    project: str = ""
    label: str = ""
    starts: Moment | None = None
    ends: Moment = FOREVER


@dataclass(frozen=True, slots=True)
class RevokeKey:
    act: ClassVar[str] = "key.revoke"
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Evidence about a person. ``replaces`` withdraws earlier records (by number) in the same act."""

    act: ClassVar[str] = "fact.record"
    person: str
    fact: str
    value: FactValue
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str = ""
    replaces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WithdrawFact:
    act: ClassVar[str] = "fact.withdraw"
    person: str
    record: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class ImportRoster:
    """``replace`` lets rows correct what is recorded differently; without it a difference is a fault."""

    act: ClassVar[str] = "roster.import"
    file: str
    rows: tuple[RosterRow, ...] = field(repr=False)
    replace: bool = False


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """``replace`` lets the entry take the place of the one with the same id."""

    act: ClassVar[str] = "model.catalog"
    model: Model
    replace: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawModel:
    act: ClassVar[str] = "model.withdraw"
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordResource:
    act: ClassVar[str] = "resource.record"
    id: str
    organization: str
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class EnterInstrument:
    """The document as received, with its annexes by file name. Entering puts nothing in force."""

    act: ClassVar[str] = "instrument.enter"
    id: str
    text: str = field(repr=False)
    annexes: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ActivateInstrument:
    """Without ``version``: the version entered last."""

    act: ClassVar[str] = "instrument.activate"
    id: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class WithdrawInstrument:
    """Without ``version``: the active one, or else the one entered last."""

    act: ClassVar[str] = "instrument.withdraw"
    id: str
    version: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Several acts as one: all happen or none. Later ones may build on earlier ones."""

    act: ClassVar[str] = "batch"
    acts: tuple[Act, ...]
    why: str = ""


Party = RegisterOrganization | AmendOrganization | RegisterProject | AmendProject | RegisterPerson | RegisterAgent
Life = JoinOrganization | LeaveOrganization | End | Suspend | Restore
Evidence = IssueKey | RevokeKey | RecordFact | WithdrawFact | ImportRoster
Holding = CatalogModel | WithdrawModel | RecordResource | EnterInstrument | ActivateInstrument | WithdrawInstrument
Act = RegisterAuthority | Party | Life | Evidence | Holding | Batch
