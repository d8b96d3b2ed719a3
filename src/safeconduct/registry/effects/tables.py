"""What is kept of a history? The tables that changes put their records into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from safeconduct.registry.canaries import CanaryList
from safeconduct.registry.cases import Case, Hold, Permission, Reading
from safeconduct.registry.held import Release
from safeconduct.registry.measures import Marks
from safeconduct.registry.papers import Erasure, Officer, PackRecord, Request
from safeconduct.registry.records import (
    Agent,
    Authority,
    FactRecord,
    InstrumentRecord,
    Key,
    Organization,
    Person,
    Project,
    Resource,
)
from safeconduct.terms.standing import Model


@dataclass(slots=True)
class State:
    """Everything that is known, by id. Keys are found by digest; facts are kept per person, in order of recording."""

    version: int = 0
    at: int = 0
    authorities: dict[str, Authority] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    digests: dict[bytes, str] = field(default_factory=dict)
    facts: dict[str, tuple[FactRecord, ...]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    withdrawn_models: dict[str, Model] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    instruments: dict[tuple[str, int], InstrumentRecord] = field(default_factory=dict)
    packs: dict[str, tuple[PackRecord, ...]] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)
    officer_digests: dict[bytes, str] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    erasures: dict[str, Erasure] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    permissions: dict[int, Permission] = field(default_factory=dict)
    reads: dict[int, Reading] = field(default_factory=dict)
    flagged: dict[str, str] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    released: dict[str, Release] = field(default_factory=dict)  # the last word about what was held, oldest first
    canaries: dict[str, CanaryList] = field(default_factory=dict)  # by ORGANIZATION/NAME
    model_marks: dict[str, Marks] = field(default_factory=dict)
    measured: dict[str, str] = field(default_factory=dict)  # whom each measure is about, by the measure's id
    # "force": seq of the last change to what can be in force (letters, packs, models)
    marks: dict[str, int] = field(default_factory=dict)

    def copy(self) -> State:
        """A state that can be folded further without touching this one."""
        twin = State(self.version, self.at)
        for name in _TABLES:
            setattr(twin, name, getattr(self, name).copy())
        return twin


_TABLES: Final = tuple(name for name in State.__slots__ if name not in {"version", "at"})
