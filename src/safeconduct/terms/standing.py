"""Standing: all facts in force for one caller at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from safeconduct.terms.measures import Measure
from safeconduct.terms.moments import FOREVER, Moment

FactValue = str | bool | tuple[str, ...]


class FactStatus(StrEnum):
    """Only KNOWN may satisfy a condition (P1)."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class FactState:
    status: FactStatus
    value: FactValue | None = None
    until: Moment = FOREVER


@dataclass(frozen=True, slots=True)
class Lapse:
    """A link of the caller's chain that is not alive: who, and why (``ended``, ``suspended``, ``not_yet``, ``unknown``)."""

    kind: str
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Who calls, for whom, and what is known about them now.

    ``person`` is the natural person at the head of the chain (empty for an agent sponsored by a project); rules about
    persons are judged on it. ``agents`` is the chain from the calling agent up to the head, empty for a person's own key.
    ``lapses`` must be empty for any permit. ``pseudonym`` is the stable per-person id that providers see (P11).
    ``leaf_pseudonym`` is the id that log entries carry (P8). ``hash`` identifies everything above (sha256 hex).
    ``handle`` is the secret of the person at the head that both derive from, and the salts of what is committed to about the
    caller; it is erased with the person. Empty where the head is a project, or was registered before there were handles.
    ``measures`` are those in force on any link of the chain, rehearsals too, strongest first; ``risk`` is the highest band of the
    person and the agents.
    """

    credential: str
    organization: str
    organizations_above: tuple[str, ...]
    project: str
    purpose: str
    tier: str
    project_hosts: frozenset[str]
    person: str
    agents: tuple[str, ...]
    facts: Mapping[str, FactState]
    lapses: tuple[Lapse, ...]
    pseudonym: str
    leaf_pseudonym: str
    programs: frozenset[str]
    hash: str
    next_change: Moment = FOREVER
    handle: bytes = field(default=b"", repr=False)
    relation: str = "contractor"  # what it is to the first of organizations_above: "contractor", "subsidiary" or "affiliate"
    measures: tuple[Measure, ...] = ()
    risk: str = "none"
    project_assets: frozenset[str] = frozenset()  # what the project may be used on besides hosts, each as kind:value

    @property
    def subject(self) -> str:
        """The id of the one who calls: the agent if there is one, else the person."""
        return self.agents[0] if self.agents else self.person


@dataclass(frozen=True, slots=True)
class Model:
    """A catalog entry. ``id`` is our canonical name, ``upstream`` the provider it lives at, ``served_as`` the name sent there."""

    id: str
    upstream: str
    served_as: str
    dialects: frozenset[str]
    tier: str
    family: str
    display_name: str
    aliases: tuple[str, ...] = ()
    max_output_tokens: int = 0
