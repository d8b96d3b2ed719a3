"""How does the population come to be recorded? As one officer's act: everybody or nobody; then keys for the cast."""

from __future__ import annotations

from dataclasses import dataclass, field

from safeconduct.assembly.demo.letters import Letter
from safeconduct.assembly.demo.population import YEAR, Member, Organization, Population, roster
from safeconduct.assembly.demo.verdicts import FABLE, MYTHOS
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    Batch,
    CatalogModel,
    ImportRoster,
    RegisterAgent,
    RegisterAuthority,
    RegisterOrganization,
)
from safeconduct.office.enacting import steps_to_enact
from safeconduct.office.letters import sound
from safeconduct.registry.catalog import read_model
from safeconduct.terms.moments import FOREVER, Moment


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
        *(_organization(each, now) for each in population.organizations),
        ImportRoster("population.csv", roster(population, now)),
        *(RegisterAgent(each.agent, each.person.organization.id, "person", each.person.id) for each in population.cast),
    ]
    for family, name, shown, tier in models:
        entry = {"id": name, "upstream": "anthropic", "tier": tier, "family": family, "display_name": shown}
        acts.append(CatalogModel(read_model(entry, name)))
    return desk.perform(Batch(tuple(acts), "population of the demonstration"))


def _organization(organization: Organization, now: Moment) -> RegisterOrganization:
    """A contractor firm works under a contract, and a contract ends."""
    ends = now + YEAR if organization.sponsor else FOREVER
    return RegisterOrganization(organization.id, f"Example {organization.id}", organization.sponsor, ends=ends)


def issue_keys(desk: Desk, population: Population) -> tuple[Caller, ...]:
    """A key for everybody of the cast, and for the agent of each."""
    callers = []
    for member in population.cast:
        for kind, holder in (("person", member.person.id), ("agent", member.agent)):
            issued = desk.issue_key(holder_kind=kind, holder=holder, organization=member.person.organization.id)
            callers.append(Caller(member, kind == "agent", issued.text))
    return tuple(callers)


def enter(desk: Desk, letters: tuple[Letter, ...]) -> None:
    """Check, enter and approve documents; nothing is in force yet. Raises Refused."""
    for letter in letters:
        sound(letter.text, letter.annexes, f"{letter.id}.toml", desk.registry)
        steps = steps_to_enact(letter.id, 1, letter.text, letter.annexes, by="access-officer", second="second-officer")
        for step in steps[:-1]:
            desk.perform(step.act, actor=step.actor)


def activate(desk: Desk, letters: tuple[Letter, ...]) -> Done:
    """Put documents in force, all in one act."""
    return desk.perform(Batch(tuple(ActivateInstrument(letter.id, 1) for letter in letters), "a letter arrives"))
