"""What can be asked for around letters and the people who agree to them? Part of the vocabulary of ``acts``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class EnterInstrument:
    """The document as received, with its annexes by file name. Entering puts nothing in force."""

    act: ClassVar[str] = "instrument.enter"
    id: str
    text: str = field(repr=False)
    annexes: dict[str, str] = field(default_factory=dict, repr=False)
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TranscribeInstrument:
    """A second person wrote the same document off the original. Without ``version``: the version entered last."""

    act: ClassVar[str] = "instrument.transcribe"
    id: str
    text: str = field(repr=False)
    annexes: dict[str, str] = field(default_factory=dict, repr=False)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class MatchAnnex:
    """Say which organization a name in an annex is. It counts once a second person said the same."""

    act: ClassVar[str] = "annex.match"
    id: str
    annex: str
    name: str
    organization: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CheckInstrument:
    """Hold it against the registry as it is; what is only a warning is kept with it.

    ``held`` are those of the facts it asks for that anybody holds, and ``people`` were looked at to tell (``holders``). None:
    nobody looked, and nothing is said of it; judging an act reads nobody's facts for a letter that is not in force (P10).
    """

    act: ClassVar[str] = "instrument.check"
    id: str
    version: int | None = None
    held: tuple[str, ...] = ()
    people: int | None = None


@dataclass(frozen=True, slots=True)
class RecordPreview:
    """``digest`` (hex) stands for all that was shown, ``figures`` are its counts, ``guarded`` the authorities whose guarded
    callers would be cut. ``basis`` is the registry's version the preview was computed from; None when it is of this moment.
    """

    act: ClassVar[str] = "instrument.preview"
    id: str
    version: int | None
    digest: str
    figures: dict[str, int] = field(default_factory=dict)
    guarded: tuple[str, ...] = ()
    basis: int | None = None


@dataclass(frozen=True, slots=True)
class ApproveInstrument:
    """The actor read the text with this ``sha256`` and the preview with the digest ``preview`` (empty: the one on record)."""

    act: ClassVar[str] = "instrument.approve"
    id: str
    version: int | None
    sha256: str
    preview: str = ""


@dataclass(frozen=True, slots=True)
class ActivateInstrument:
    """Without ``version``: the one that is approved, or else the version entered last."""

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
class KeyAuthority:
    """The authority signs with another key from now on; empty: with none."""

    act: ClassVar[str] = "authority.key"
    id: str
    key: str


@dataclass(frozen=True, slots=True)
class AddOfficer:
    """``digest`` is what is kept of the first key (32 bytes). ``authority`` for an officer of an authority."""

    act: ClassVar[str] = "officer.add"
    id: str
    digest: bytes
    name: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class KeyOfficer:
    """The officer gets another key: by himself the one that counts, by somebody else a first one again."""

    act: ClassVar[str] = "officer.key"
    id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class LinkOfficer:
    """The officer is this person of the registry, too; an empty one: is nobody there."""

    act: ClassVar[str] = "officer.link"
    id: str
    person: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class EndOfficer:
    act: ClassVar[str] = "officer.end"
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """Agree to an act that waits. When nobody else has to agree, it is judged anew and done at this moment."""

    act: ClassVar[str] = "request.approve"
    id: str


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    act: ClassVar[str] = "request.decline"
    id: str
    why: str = ""
