"""How does the population come to be recorded? As one officer's act: everybody or nobody; then keys for the cast."""

from __future__ import annotations

from dataclasses import dataclass, field

from safeconduct.assembly.demo.letters import Letter
from safeconduct.assembly.demo.population import Member, Population, roster
from safeconduct.assembly.demo.verdicts import FABLE, MYTHOS
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    Batch,
    CatalogModel,
    EnterInstrument,
    ImportRoster,
    RegisterAgent,
    RegisterAuthority,
    RegisterOrganization,
)
from safeconduct.office.letters import sound
from safeconduct.registry.catalog import read_model
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody of the cast who calls: the person, or the person's agent. ``key`` is never shown."""

    member: Member
    is_agent: bool
    key: str = field(repr=False)

    @property
    def kind(self) -> str:
        return f"agent of: {self.member.kind}" if self.is_agent else self.member.kind


def enroll(desk: Desk, population: Population, now: Moment) -> Done:
    """Record the whole population in one act. Raises Refused."""
    models = (("fable", FABLE, "Claude Fable 5", "public"), ("mythos", MYTHOS, "Claude Mythos 5", "restricted"))
    acts: list[Act] = [
        RegisterAuthority("provider", "The provider of the models"),
        RegisterAuthority("us-bis", "U.S. Bureau of Industry and Security"),
        *(RegisterOrganization(each.id, f"Example {each.id}", each.sponsor) for each in population.organizations),
        ImportRoster("population.csv", roster(population, now)),
        *(RegisterAgent(each.agent, each.person.organization.id, "person", each.person.id) for each in population.cast),
    ]
    for family, name, shown, tier in models:
        entry = {"id": name, "upstream": "anthropic", "tier": tier, "family": family, "display_name": shown}
        acts.append(CatalogModel(read_model(entry, name)))
    return desk.perform(Batch(tuple(acts), "population of the demonstration"))


def issue_keys(desk: Desk, population: Population) -> tuple[Caller, ...]:
    """A key for everybody of the cast, and for the agent of each."""
    callers = []
    for member in population.cast:
        for kind, holder in (("person", member.person.id), ("agent", member.agent)):
            issued = desk.issue_key(holder_kind=kind, holder=holder, organization=member.person.organization.id)
            callers.append(Caller(member, kind == "agent", issued.text))
    return tuple(callers)


def enter(desk: Desk, letters: tuple[Letter, ...]) -> None:
    """Check and enter documents; nothing is in force yet. Raises Refused."""
    for letter in letters:
        sound(letter.text, letter.annexes, f"{letter.id}.toml", desk.registry)
        desk.perform(EnterInstrument(letter.id, letter.text, letter.annexes))


def activate(desk: Desk, letters: tuple[Letter, ...]) -> Done:
    """Put documents in force, all in one act."""
    return desk.perform(Batch(tuple(ActivateInstrument(letter.id) for letter in letters), "a letter arrives"))
