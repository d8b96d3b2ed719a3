"""Who is who, and what is known about them? The registry as one value, folded from its history.

Reading is here; what a change does is in ``fold``, how a standing is put together in ``standing``, where people, facts and
keys come from in ``population``. The registry holds no clock: every question about life or facts takes the moment it is
asked for. ``Registry.fold(history, until=T)`` is the registry as it was known at T; asked for T it gives the one answer to
"what was so at T" (P6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile
from types import MappingProxyType

from safeconduct.registry import marked
from safeconduct.registry import standing as chains
from safeconduct.registry.canaries import CanaryList
from safeconduct.registry.cases import Case, Hold, Permission, Reading
from safeconduct.registry.changes import Change, News, of_population
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in, take_in
from safeconduct.registry.held import Release
from safeconduct.registry.measures import Marks, MeasureRecord
from safeconduct.registry.papers import Erasure, Officer, PackRecord, Request
from safeconduct.registry.population import Base, Everybody, Gathered, Lookup, Population
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
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model, Standing


class Registry:
    """The fold of a history. Only ``apply`` and ``hear`` change it; every mapping handed out is read-only and live.

    With a ``base``, people, facts and keys are not folded but asked of it, at the version of the state; then whatever reads
    them raises OSError when the base cannot answer. INVARIANT (P6): an answer is that of one version, ``version``.
    """

    __slots__ = ("_base", "_population", "_pseudonym_key", "_state")

    def __init__(self, pseudonym_key: bytes, state: State | None = None, base: Base | None = None) -> None:
        if len(pseudonym_key) < 16:
            raise ValueError("the pseudonym key has fewer than 16 bytes; short keys can be guessed")
        self._pseudonym_key = pseudonym_key
        self._state = state if state is not None else State()
        self._base = base
        self._population = Gathered(self._state, base)

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
        if of_population(change.kind, change.subject):
            self._population.bring(change)
        fold_in(self._state, change)

    def hear(self, news: News) -> None:
        """Let news take effect: what they leave out is read from the base when somebody asks for it.

        Raises ValueError when they do not follow this version (a change was lost: ask again for news since ``version``), and
        Refused for a change that cannot be read; then everything before that change has taken effect.
        """
        if news.since != self.version:
            raise ValueError(f"news since version {news.since} cannot follow version {self.version}")
        if self._base is None:
            for change in news.changes:
                self.apply(change)
            if news.version != self.version:
                raise ValueError(f"the news lead to version {news.version}, their changes to {self.version}")
            return
        for change in news.changes:
            if of_population(change.kind, change.subject):
                continue
            try:
                take_in(self._state, change)
            except Refused:
                self._state.version = change.seq - 1
                self._population.move(self.version, None)
                raise
        if news.version != news.since:
            self._state.version, self._state.at = news.version, news.at
            self._population.move(news.version, news.touched)

    def copy(self) -> Registry:
        """A registry that can go on by itself, for trying things out; where there is a base, until the base moves."""
        return Registry(self._pseudonym_key, self._state.copy(), self._base)

    def supposing(self, *records: InstrumentRecord) -> Registry:
        """A copy in which these versions of instruments stand as given; for previews, never for deciding about a call."""
        twin = self.copy()
        twin._state.instruments.update({(each.id, each.version): each for each in records})  # noqa: SLF001 - of this very class
        return twin

    @property
    def version(self) -> int:  # ``seq`` of the last change; 0 for an empty history
        return self._state.version

    @property
    def changed_at(self) -> Moment:  # the moment of the last change; 0 for an empty history
        return self._state.at

    # Standing -------------------------------------------------------------------------------------------------------

    def standing(self, credential_digest: bytes, now: Moment, wanted: Collection[str] | None = None) -> Standing | None:
        """The standing of whoever presents the key with this digest; None when there is no such key.

        ``wanted`` names the facts that may be read at all (P10), None all; the others are absent from the standing. Raises
        OSError when people cannot be looked up: nobody may pass then.
        """
        key = self._population.key_of(credential_digest)
        if key is None:
            return None
        return chains.of_key(self._state, self._population, key, self._pseudonym_key, now, wanted)

    def standing_for(
        self,
        *,
        organization: str,
        now: Moment,
        person: str = "",
        agent: str = "",
        project: str = "",
        wanted: Collection[str] | None = None,
    ) -> Standing:
        """The standing a person or an agent would have in an organization. What does not exist shows as a lapse.

        ``wanted`` as in ``standing``. Raises ValueError unless exactly one of ``person`` and ``agent`` is given.
        """
        if bool(person) == bool(agent):
            raise ValueError("name either a person or an agent")
        caller = (person, agent, organization, project)
        return chains.of_caller(self._state, self._population, caller, self._pseudonym_key, now, wanted)

    def leaf_pseudonym(self, organization: str, person: str, handle: bytes | None = None) -> str:
        """The id that log entries carry for a person in an organization (P8).

        ``handle`` is that of the person's record, for whoever has it at hand; else the person is looked up. Raises OSError then.
        """
        return chains.leaf_pseudonym(self._pseudonym_key, organization, person, self.handle(person) if handle is None else handle)

    def handle(self, person: str) -> bytes:
        """The secret that pseudonyms of this person and salts of what is committed to about calls derive from.

        Empty for one who is not registered, or was before there were handles. Raises OSError.
        """
        found = self._population.person(person)
        return b"" if found is None else found.handle

    def person_called(self, organization: str, leaf: str) -> Person | None:
        """The person whom log entries of an organization call so; None when it is nobody's pseudonym, or not any more.

        Nothing is kept that leads from a pseudonym to a person: everybody is walked through. Raises OSError.
        """
        for person, _ in self._population.everyone():
            home = any(each.organization == organization for each in person.memberships)
            if home and self.leaf_pseudonym(organization, person.id, person.handle) == leaf:
                return person
        return None

    def backup_subject(self, person: str) -> str:
        """What the store of backup keys calls a person, whatever organization; derived as pseudonyms are. Raises OSError."""
        return chains.backup_subject(self._pseudonym_key, person, self.handle(person))

    # People and keys ------------------------------------------------------------------------------------------------

    @property
    def population(self) -> Population:  # people, facts and keys at this version; live
        return self._population

    @property
    def people(self) -> Mapping[str, Person]:  # by id; walking through it walks through everyone
        everyone = self._population.everyone
        return Lookup(self._population.person, lambda: ((each.id, each) for each, _ in everyone()), self._population.count_people)

    @property
    def keys(self) -> Mapping[str, Key]:  # by id; walking through it walks through every key
        every = self._population.every_key
        return Lookup(self._population.key, lambda: ((each.id, each) for each in every()), self._population.count_keys)

    def everyone(self, part: int = 0, parts: int = 1) -> Iterator[Everybody]:
        """Every person with the facts, once, in order of id; a stream. Several walkers take a part each."""
        return self._population.everyone(part, parts)

    def every_key(self, part: int = 0, parts: int = 1) -> Iterator[Key]:
        """Every key ever issued, once; a stream."""
        return self._population.every_key(part, parts)

    def has_digest(self, credential_digest: bytes) -> bool:
        """Whether a key with this digest was ever issued."""
        return self._population.key_of(credential_digest) is not None

    def facts_of(self, person: str) -> tuple[FactRecord, ...]:
        """Every record about a person that was not withdrawn, in order of recording, expired ones too."""
        return self._population.facts(person)

    # What was held --------------------------------------------------------------------------------------------------

    @property
    def releases(self) -> Mapping[str, Release]:  # the last word about each held thing decided lately, oldest first
        return MappingProxyType(self._state.released)

    def released(self, held: str, now: Moment) -> bool:
        """Whether this held thing may pass at this moment."""
        found = self._state.released.get(held)
        return found is not None and found.passes(now)

    @property
    def canaries(self) -> Mapping[str, CanaryList]:  # by ORGANIZATION/NAME, of ended ones too; ``canaries.in_force``
        return MappingProxyType(self._state.canaries)

    def marks(self, who: str) -> Marks:
        """The measures taken about ``KIND/ID``, and its risk; none for what is not known. Raises OSError."""
        return marked.marks_of(self._state, self._population, who)

    def measure(self, name: str) -> MeasureRecord | None:
        """The measure of this id; None when there is none, or it is long over. Raises OSError."""
        return marked.measure_of(self._state, self._population, name)

    def marked(self) -> Iterator[tuple[str, Marks]]:
        """Everything that measures were taken about or that has a risk, as ``KIND/ID``: a stream. Raises OSError."""
        return marked.everything(self._state, self._population)

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

    @property
    def force_changed(self) -> int:  # ``seq`` of the last change to what can be in force, letters and packs; 0: none
        return self._state.marks.get("force", 0)

    def packs(self) -> list[PackRecord]:
        """The rule packs in force, one version of each, by id."""
        return [self._state.packs[name][-1] for name in sorted(self._state.packs)]

    def pack_versions(self, pack: str) -> tuple[PackRecord, ...]:
        """Every version of one rule pack, oldest first."""
        return self._state.packs.get(pack, ())

    # Officers -------------------------------------------------------------------------------------------------------

    @property
    def officers(self) -> Mapping[str, Officer]:
        return MappingProxyType(self._state.officers)

    def officer_of(self, key_digest: bytes) -> Officer | None:
        """The officer whose key has this digest, ended ones too; None when no officer has such a key."""
        name = self._state.officer_digests.get(key_digest)
        return None if name is None else self._state.officers[name]

    @property
    def requests(self) -> Mapping[str, Request]:
        return MappingProxyType(self._state.requests)

    @property
    def erasures(self) -> Mapping[str, Erasure]:  # of people, by name; those under way have no ``done_at``
        return MappingProxyType(self._state.erasures)

    # Cases and content ----------------------------------------------------------------------------------------------

    @property
    def cases(self) -> Mapping[str, Case]:
        return MappingProxyType(self._state.cases)

    @property
    def permissions(self) -> Mapping[int, Permission]:
        return MappingProxyType(self._state.permissions)

    @property
    def reads(self) -> Mapping[int, Reading]:
        return MappingProxyType(self._state.reads)

    @property
    def flagged(self) -> Mapping[str, str]:  # calls whose content passed into another class, and that class
        return MappingProxyType(self._state.flagged)

    @property
    def holds(self) -> Mapping[str, Hold]:
        return MappingProxyType(self._state.holds)

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
    def agents(self) -> Mapping[str, Agent]:
        return MappingProxyType(self._state.agents)

    @property
    def resources(self) -> Mapping[str, Resource]:
        return MappingProxyType(self._state.resources)
