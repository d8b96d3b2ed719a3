"""What is an instrument checked against, and what does a check find?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from safeconduct.instruments.document import Instrument
from safeconduct.instruments.packs import Packs
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model


class Severity(StrEnum):
    """A fault keeps an instrument out. A warning is told, and an officer who goes on has read it."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    fault: Fault

    def __str__(self) -> str:
        return f"{self.severity}: {self.fault}"


@dataclass(frozen=True, slots=True)
class Known:
    """The catalog, the organizations, and every instrument entered before, each in its newest version.

    ``active`` names those instruments that are activated and not withdrawn; only with them can rules come into conflict.
    What is None was not asked for, and is not checked: ``authorities`` registered, ``held`` (the facts that anybody has verified
    and in force, of those asked for; ``people`` were looked at to tell) and ``now``. ``packs`` are the packs in force, by id.
    """

    models: tuple[Model, ...] = ()
    organizations: frozenset[str] = frozenset()
    instruments: tuple[Instrument, ...] = field(default=())
    packs: Packs = field(default_factory=dict)
    authorities: frozenset[str] | None = None
    active: frozenset[str] = frozenset()
    held: Collection[str] | None = None
    people: int = 0
    now: Moment | None = None


def fault(code: str, what: str, where: str, mend: str) -> Finding:
    return Finding(Severity.FAULT, Fault(code, what, where, mend))


def warning(code: str, what: str, where: str, mend: str) -> Finding:
    return Finding(Severity.WARNING, Fault(code, what, where, mend))
