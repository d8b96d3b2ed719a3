"""What does a new home begin with? A small ready program: one organization, a few people, an agent, models of both vendors.

Everything goes through the desk like any officer's act, so the log tells how the program came to be.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from safeconduct.desk.desk import Desk
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    Batch,
    CatalogModel,
    EnterInstrument,
    RecordFact,
    RegisterAgent,
    RegisterAuthority,
    RegisterOrganization,
    RegisterPerson,
    RegisterProject,
)
from safeconduct.registry.catalog import read_model
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.standing import FactValue

ACTOR = "safeconduct-init"
ORGANIZATION = "acme-research"
PROJECT = "red-lantern"
YEAR = 365 * 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the ready program; ``facts`` beyond employment."""

    id: str
    name: str
    role: str
    facts: tuple[tuple[str, FactValue], ...] = ()


PEOPLE = (
    Someone("ada", "Ada Example", "engineer", (("us_person.ear", "yes"), ("vetting", "enhanced"))),
    Someone("bo", "Bo Example", "analyst", (("us_person.ear", "no"), ("vetting", "enhanced"))),
    Someone("chris", "Chris Example", "access officer"),
)
AGENT = "nightly-review"


def sow(desk: Desk, now: Moment) -> None:
    """Enter the ready program. Raises Refused when the registry is not empty of it."""
    acts: list[Act] = [
        RegisterAuthority("acme-platform", "Acme AI platform"),
        RegisterAuthority("us-bis", "U.S. Bureau of Industry and Security"),
        RegisterOrganization(ORGANIZATION, "Acme Research"),
        RegisterProject(PROJECT, ORGANIZATION, "Red Lantern", "defensive security research", "high-risk-dual-use"),
        *(CatalogModel(read_model(entry, f"models.toml: {entry.get('id', '?')}")) for entry in _models()),
    ]
    for someone in PEOPLE:
        acts.append(RegisterPerson(someone.id, ORGANIZATION, someone.name, "", someone.role))
        for fact, value in (("employed_there", True), *someone.facts):
            acts.append(_fact(someone.id, fact, value, now))
    acts.append(RegisterAgent(AGENT, ORGANIZATION, "person", "ada", "Nightly review"))
    for name in ("program-terms", "letter-june-12"):
        text = _text(f"{name}.toml")
        acts.append(EnterInstrument(_instrument_id(text), text))
    acts.append(ActivateInstrument("program-terms-2026"))
    desk.perform(Batch(tuple(acts), why="ready program"), actor=ACTOR)


def _fact(person: str, fact: str, value: FactValue, now: Moment) -> RecordFact:
    where = ORGANIZATION if fact == "employed_there" else ""
    return RecordFact(person, fact, value, "ready program", ACTOR, "made up for a first try", now, now + YEAR, where)


def _models() -> list[dict[str, object]]:
    return list(tomllib.loads(_text("models.toml"))["model"])


def _instrument_id(text: str) -> str:
    return str(tomllib.loads(text)["instrument"]["id"])


def _text(name: str) -> str:
    return resources.files("safeconduct.assembly").joinpath("program", name).read_text("utf-8")
