"""What do pure rooms ask of detectors, and which detectors does an installation have? Faces only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

import msgspec

from safeconduct.safeguards.plan import Plan
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.scans import Part, Place


class DetectorFailed(Exception):
    """A detector erred. ``detector`` names it; what it was reading is not told."""

    def __init__(self, detector: str) -> None:
        super().__init__(f"the detector {detector} failed")
        self.detector = detector


class Detectors(Protocol):
    """The inline detectors as one. All methods raise :class:`DetectorFailed`, and nothing else."""

    @property
    def version(self) -> str:
        """Changes whenever the same text could give other findings."""

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:
        """What the wanted detectors find in the blocks of one request or answer."""

    def scan_text(self, path: str, text: str, origin: Origin, /) -> list[Finding]:
        """What all of them find in one text."""

    def open(self, text: str, /) -> int:
        """The offset from which on the text could still grow into a finding; its length when nothing is open."""


class Nothing:
    """No inline detectors: finds nothing, and holds nothing back."""

    version = ""

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:  # noqa: ARG002
        return []

    def scan_text(self, path: str, text: str, origin: Origin, /) -> list[Finding]:  # noqa: ARG002
        return []

    def open(self, text: str, /) -> int:
        return len(text)


class Remote(msgspec.Struct, frozen=True):
    """A detector in a process of its own: which texts it reads, by who wrote them, and what its failure means."""

    name: str
    version: str
    origins: frozenset[Origin]
    on_failure: str = "refuse"


class Process(msgspec.Struct, frozen=True):
    """A process that detectors live in. ``deadline_ms`` is how long it may go without saying anything of a text it was asked.

    ``shortest``: it is not asked about texts of fewer characters. ``placed``: it is asked only where a rule asks for it, and told
    where a text stands, on which its answer depends.
    """

    name: str
    detectors: tuple[Remote, ...]
    deadline_ms: int = 2_000
    shortest: int = 1
    placed: bool = False

    @property
    def version(self) -> str:
        """Changes whenever one of its detectors does."""
        return ",".join(f"{each.name}=={each.version}" for each in self.detectors)


class About(msgspec.Struct, frozen=True):
    """What the judge is told of a text's call: its id, for the record, and the purpose of the caller's project.

    ``place`` is there where a detector that a rule asks for has to know where the call stands.
    """

    call: str = ""
    purpose: str = ""
    place: Place | None = None


class Wanted(msgspec.Struct, frozen=True):
    """One text that a process is asked about; ``key`` is what the answer is remembered by.

    ``if_gray``: only where the models, which are asked about it at the same time, find it doubtful.
    """

    key: bytes
    process: str
    origin: Origin
    text: str
    about: About | None = None
    if_gray: bool = False
    part: Part = Part.LOOK


class Bounds(msgspec.Struct, frozen=True):
    """What may wait of an answer that is looked at while it streams.

    ``hold_bytes`` of text, in sixteen times as many bytes of events; what no detector can object to any more, no longer than
    ``hold_ms``.
    """

    hold_bytes: int = 16 * 1024
    hold_ms: int = 400


class Enabled:
    """The detectors of one installation: the inline ones, those in processes of their own, and what every call is under.

    ``versions`` maps each enabled detector to its version; ``missing`` each one that could be enabled to what has to be done.
    ``gray``: texts as rare as this share of benign ones are doubtful, so that a judge may be asked.
    """

    __slots__ = ("_asked", "base", "bounds", "gray", "inline", "missing", "processes", "remote", "versions")

    NONE: ClassVar[Enabled]

    def __init__(
        self,
        inline: Detectors,
        versions: Mapping[str, str],
        *,
        processes: Sequence[Process] = (),
        base: Plan = Plan.EMPTY,
        missing: Mapping[str, str] | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        gray: float = 0.0,
    ) -> None:
        self.inline = inline
        self.bounds = bounds
        self.gray = gray
        self.processes = tuple(processes)
        self.remote = frozenset(each.name for process in processes for each in process.detectors)
        afar = {each.name: each.version for process in processes for each in process.detectors}
        self.versions: Mapping[str, str] = {**versions, **afar}
        self.base = base
        self.missing: Mapping[str, str] = missing or {}
        self._asked: dict[frozenset[str], tuple[str, ...]] = {}  # as many as there are plans

    def renew(self, versions: Mapping[str, str]) -> None:
        """From now on these detectors have other versions."""
        self.versions = {**self.versions, **versions}
        self._asked = {}

    def absent(self, plan: Plan) -> str:
        """A detector that a plan asks and nobody enabled; empty when there is none."""
        if plan.everyone <= self.versions.keys():
            return ""
        return min(plan.everyone - self.versions.keys())

    def asked(self, names: frozenset[str]) -> tuple[str, ...]:
        """``name==version`` of these detectors, sorted."""
        known = self._asked.get(names)
        if known is None:
            known = self._asked[names] = tuple(f"{name}=={self.versions[name]}" for name in sorted(names))
        return known


Enabled.NONE = Enabled(Nothing(), {})
