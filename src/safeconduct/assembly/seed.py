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
from safeconduct.office.enacting import steps_to_enact
from safeconduct.registry.catalog import read_model
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.standing import FactValue

ACTOR = "safeconduct-init"
SECOND_ACTOR = "safeconduct-init:second"  # whoever takes the ready program as it is stands for its approval; see ADR 0016
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
    Someone("ada", "Ada Example", "engineer", (("us_citizen", "yes"), ("vetting", "enhanced"))),
    Someone(
        "bo",
        "Bo Example",
        "analyst",
        (("us_citizen", "no"), ("permanent_residence", "none"), ("protected_individual", "none"), ("vetting", "enhanced")),
    ),
    Someone("chris", "Chris Example", "access officer"),
)
AGENT = "nightly-review"


def sow(desk: Desk, now: Moment, *, guarded: bool = True) -> None:
    """Enter the ready program. Raises Refused when the registry is not empty of it.

    Its safeguards ask for inline detectors only, which every installation has; ``guarded`` False leaves them out.
    """
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
    desk.perform(Batch(tuple(acts), why="ready program"), actor=ACTOR)
    for name in ("program-terms.toml", "safeguards.toml") if guarded else ("program-terms.toml",):
        paper = _text(name)
        for step in steps_to_enact(_instrument_id(paper), 1, paper, by=ACTOR, second=SECOND_ACTOR):
            desk.perform(step.act, actor=step.actor)
    letter = _text("letter-june-12.toml")
    desk.perform(EnterInstrument(_instrument_id(letter), letter), actor=ACTOR)


def _fact(person: str, fact: str, value: FactValue, now: Moment) -> RecordFact:
    where = ORGANIZATION if fact == "employed_there" else ""
    return RecordFact(person, fact, value, "ready program", ACTOR, "made up for a first try", now, now + YEAR, where)


def _models() -> list[dict[str, object]]:
    return list(tomllib.loads(_text("models.toml"))["model"])


def _instrument_id(text: str) -> str:
    return str(tomllib.loads(text)["instrument"]["id"])


def _text(name: str) -> str:
    return resources.files("safeconduct.assembly").joinpath("program", name).read_text("utf-8")
