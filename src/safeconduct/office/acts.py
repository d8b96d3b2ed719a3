"""What can an officer ask for? The vocabulary of administrative acts; the rules about them are in the other modules.

In every act a start left out is the moment of the act, and an end left out is open. ``act`` is what the log calls it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from safeconduct.office.canary_acts import ListCanaries as ListCanaries
from safeconduct.office.canary_acts import RemoveCanaries as RemoveCanaries
from safeconduct.office.case_acts import AssignCase as AssignCase
from safeconduct.office.case_acts import CloseCase as CloseCase
from safeconduct.office.case_acts import JudgeCase as JudgeCase
from safeconduct.office.case_acts import MergeCase as MergeCase
from safeconduct.office.case_acts import NoteCase as NoteCase
from safeconduct.office.case_acts import OpenCase as OpenCase
from safeconduct.office.case_acts import RaiseCase as RaiseCase
from safeconduct.office.content_acts import AskReading as AskReading
from safeconduct.office.content_acts import FlagContent as FlagContent
from safeconduct.office.content_acts import PlaceHold as PlaceHold
from safeconduct.office.content_acts import ReadContent as ReadContent
from safeconduct.office.content_acts import ReleaseHold as ReleaseHold
from safeconduct.office.erasure_acts import ErasePerson as ErasePerson
from safeconduct.office.erasure_acts import FinishErasure as FinishErasure
from safeconduct.office.erasure_acts import WithholdErased as WithholdErased
from safeconduct.office.held_acts import DeclineHeld as DeclineHeld
from safeconduct.office.held_acts import ReleaseHeld as ReleaseHeld
from safeconduct.office.letter_acts import ActivateInstrument as ActivateInstrument
from safeconduct.office.letter_acts import AddOfficer as AddOfficer
from safeconduct.office.letter_acts import ApproveInstrument as ApproveInstrument
from safeconduct.office.letter_acts import ApproveRequest as ApproveRequest
from safeconduct.office.letter_acts import CheckInstrument as CheckInstrument
from safeconduct.office.letter_acts import DeclineRequest as DeclineRequest
from safeconduct.office.letter_acts import EndOfficer as EndOfficer
from safeconduct.office.letter_acts import EnterInstrument as EnterInstrument
from safeconduct.office.letter_acts import KeyAuthority as KeyAuthority
from safeconduct.office.letter_acts import KeyOfficer as KeyOfficer
from safeconduct.office.letter_acts import LinkOfficer as LinkOfficer
from safeconduct.office.letter_acts import MatchAnnex as MatchAnnex
from safeconduct.office.letter_acts import RecordPreview as RecordPreview
from safeconduct.office.letter_acts import TranscribeInstrument as TranscribeInstrument
from safeconduct.office.letter_acts import WithdrawInstrument as WithdrawInstrument
from safeconduct.office.measure_acts import AppealMeasure as AppealMeasure
from safeconduct.office.measure_acts import MoveRisk as MoveRisk
from safeconduct.office.measure_acts import TakeMeasure as TakeMeasure
from safeconduct.office.measure_acts import UndoMeasure as UndoMeasure
from safeconduct.office.pruning import PruneLog as PruneLog
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactValue, Model


@dataclass(frozen=True, slots=True)
class RegisterAuthority:
    """``key`` is the authority's Ed25519 public key (base64 of 32 bytes), if it signs its letters."""

    act: ClassVar[str] = "authority.register"
    id: str
    name: str
    key: str = ""


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
    """Only what is given changes. A tier that allows more than the present one needs a reason and a second officer."""

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
    """Evidence about a person. ``replaces`` withdraws earlier records (by name) in the same act, for the reason ``why``."""

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
    replaces: tuple[int | str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawFact:
    """``record`` names one record: ``17``, or ``"17.2"`` for the second that one row of a roster recorded. It takes a reason."""

    act: ClassVar[str] = "fact.withdraw"
    person: str
    record: int | str
    why: str = ""


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
class EnterPack:
    """A rule pack as published. Its lists count from the moment a second officer agreed."""

    act: ClassVar[str] = "pack.enter"
    id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several acts as one: all happen or none. Later ones may build on earlier ones."""

    act: ClassVar[str] = "batch"
    acts: tuple[Act, ...]
    why: str = ""


Party = RegisterOrganization | AmendOrganization | RegisterProject | AmendProject | RegisterPerson | RegisterAgent
Life = JoinOrganization | LeaveOrganization | End | Suspend | Restore | ErasePerson | FinishErasure | WithholdErased
Evidence = IssueKey | RevokeKey | RecordFact | WithdrawFact
Case = OpenCase | RaiseCase | CloseCase | AssignCase | NoteCase | JudgeCase | MergeCase
Content = AskReading | ReadContent | FlagContent | PlaceHold | ReleaseHold
Holding = CatalogModel | WithdrawModel | RecordResource | EnterPack
Measuring = ListCanaries | RemoveCanaries | ReleaseHeld | DeclineHeld | TakeMeasure | UndoMeasure | AppealMeasure | MoveRisk
Letter = (
    EnterInstrument
    | TranscribeInstrument
    | MatchAnnex
    | CheckInstrument
    | RecordPreview
    | ApproveInstrument
    | ActivateInstrument
    | WithdrawInstrument
)
Office = RegisterAuthority | KeyAuthority | AddOfficer | KeyOfficer | LinkOfficer | EndOfficer | ApproveRequest | DeclineRequest
Act = Office | Letter | Party | Life | Evidence | Holding | Case | Content | Measuring | PruneLog | Batch
