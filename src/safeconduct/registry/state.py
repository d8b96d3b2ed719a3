"""Who is who, and what is known about them? The registry as one value, folded from its history.

Reading is here; what a change does is in ``fold``, how a standing is put together in ``standing``. The registry holds no
clock: every question about life or facts takes the moment it is asked for. ``Registry.fold(history, until=T)`` is the
registry as it was known at T; asked for T it gives the one answer to "what was so at T" (P6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from types import MappingProxyType

from safeconduct.registry import standing as chains
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in
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
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model, Standing


class Registry:
    """The fold of a history. Only ``apply`` changes it; every mapping handed out is read-only and live."""

    __slots__ = ("_pseudonym_key", "_state")

    def __init__(self, pseudonym_key: bytes, state: State | None = None) -> None:
        if len(pseudonym_key) < 16:
            raise ValueError("the pseudonym key has fewer than 16 bytes; short keys can be guessed")
        self._pseudonym_key = pseudonym_key
        self._state = state if state is not None else State()

    @classmethod
    def fold(cls, changes: Iterable[Change], pseudonym_key: bytes, until: Moment | None = None) -> Registry:
        """The registry after every change, or after those recorded at or before ``until``.

        Raises Refused for a change that cannot be read, ValueError when the sequence has a gap.
        """
        registry = cls(pseudonym_key)
        # INVARIANT (P6): moments never run backwards along the history, so a prefix of it is all that was known at `until`.
        for change in changes if until is None else takewhile(lambda change: change.at <= until, changes):
            registry.apply(change)
        return registry

    def apply(self, change: Change) -> None:
        """Let the next change take effect. Raises Refused when it cannot be read, ValueError when it is out of turn."""
        fold_in(self._state, change)

    def copy(self) -> Registry:
        """A registry that can go on by itself, for trying things out."""
        return Registry(self._pseudonym_key, self._state.copy())

    @property
    def version(self) -> int:
        """``seq`` of the last change; 0 for an empty history."""
        return self._state.version

    @property
    def changed_at(self) -> Moment:
        """The moment of the last change; 0 for an empty history."""
        return self._state.at

    # Standing -------------------------------------------------------------------------------------------------------

    def standing(self, credential_digest: bytes, now: Moment) -> Standing | None:
        """The standing of whoever presents the key with this digest; None when there is no such key."""
        name = self._state.digests.get(credential_digest)
        if name is None:
            return None
        return chains.of_key(self._state, self._state.keys[name], self._pseudonym_key, now)

    def standing_for(self, *, organization: str, now: Moment, person: str = "", agent: str = "", project: str = "") -> Standing:
        """The standing a person or an agent would have in an organization. What does not exist shows as a lapse.

        Raises ValueError unless exactly one of ``person`` and ``agent`` is given.
        """
        if bool(person) == bool(agent):
            raise ValueError("name either a person or an agent")
        return chains.of_caller(self._state, (person, agent, organization, project), self._pseudonym_key, now)

    # Models and resources -------------------------------------------------------------------------------------------

    def resolve_model(self, name: str) -> Model | None:
        """The model that this exact name means, canonical or alias. Withdrawn models mean nothing here."""
        canonical = self._state.names.get(name)
        return None if canonical is None else self._state.models[canonical]

    def resolve_withdrawn(self, name: str) -> Model | None:
        """The withdrawn model that last had this canonical name, so that a no can say so to those who could use it."""
        return self._state.withdrawn_models.get(name)

    def models(self) -> list[Model]:
        """Every model that can be called, by id."""
        return [self._state.models[name] for name in sorted(self._state.models)]

    def withdrawn_models(self) -> list[Model]:
        """Every model that was withdrawn and not cataloged again, by id."""
        return [self._state.withdrawn_models[name] for name in sorted(self._state.withdrawn_models)]

    def resource_owner(self, resource: str) -> str | None:
        """The organization that a thing stored at a provider belongs to; None when we never saw it."""
        found = self._state.resources.get(resource)
        return None if found is None else found.organization

    # Instruments ----------------------------------------------------------------------------------------------------

    def instruments(self) -> list[InstrumentRecord]:
        """Every version of every instrument ever entered, in the order of entering."""
        return list(self._state.instruments.values())

    def instrument_versions(self, instrument: str) -> list[InstrumentRecord]:
        """Every version of one instrument, oldest first."""
        return [each for each in self._state.instruments.values() if each.id == instrument]

    # Everything by id -----------------------------------------------------------------------------------------------

    @property
    def authorities(self) -> Mapping[str, Authority]:
        return MappingProxyType(self._state.authorities)

    @property
    def organizations(self) -> Mapping[str, Organization]:
        return MappingProxyType(self._state.organizations)

    @property
    def projects(self) -> Mapping[str, Project]:
        return MappingProxyType(self._state.projects)

    @property
    def people(self) -> Mapping[str, Person]:
        return MappingProxyType(self._state.people)

    @property
    def agents(self) -> Mapping[str, Agent]:
        return MappingProxyType(self._state.agents)

    @property
    def keys(self) -> Mapping[str, Key]:
        return MappingProxyType(self._state.keys)

    @property
    def resources(self) -> Mapping[str, Resource]:
        return MappingProxyType(self._state.resources)

    def has_digest(self, credential_digest: bytes) -> bool:
        """Whether a key with this digest was ever issued."""
        return credential_digest in self._state.digests

    def facts_of(self, person: str) -> tuple[FactRecord, ...]:
        """Every record about a person that was not withdrawn, in order of recording, expired ones too."""
        return self._state.facts.get(person, ())
