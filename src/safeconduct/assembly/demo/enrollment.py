"""How does the population come to be recorded? As officers do it: the structure, the rosters, then what no roster can say.

Letters take every step of their life: one officer enters, checks and previews them, another approves and activates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safeconduct.assembly.demo.letters import Letter
from safeconduct.assembly.demo.population import Fate, Member, Population
from safeconduct.assembly.demo.tables import METHOD, SOURCE, VERIFIER, Files
from safeconduct.assembly.demo.verdicts import FABLE, MYTHOS
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    ApproveInstrument,
    Batch,
    CatalogModel,
    End,
    RecordFact,
    RecordPreview,
    RegisterAgent,
    RegisterAuthority,
    RegisterOrganization,
    RegisterProject,
    Suspend,
)
from safeconduct.office.enacting import Step, steps_to_enact
from safeconduct.registry.catalog import read_model
from safeconduct.registry.facts import read_value
from safeconduct.registry.roster import RosterReading
from safeconduct.terms.moments import FOREVER, parse

OFFICER: Final = "access-officer"
SECOND: Final = "second-officer"
WHY: Final = "as the demonstration has it"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody of the cast who calls: the person, or the person's agent. ``key`` is never shown."""

    member: Member
    is_agent: bool
    key: str = field(repr=False)

    @property
    def kind(self) -> str:
        return f"agent of: {self.member.kind}" if self.is_agent else self.member.kind

    @property
    def who(self) -> str:
        """The name of the seat, as the verdicts write it."""
        return f"agent/{self.member.agent}" if self.is_agent else f"person/{self.member.person.id}"


def enroll(desk: Desk, files: Files, heard: Callable[[str], None] = lambda _: None) -> int:
    """Record everything that the files say, and return the number of changes. Raises Refused; each act is whole or not at all."""
    world = json.loads(files.world.read_text(encoding="utf-8"))
    changes = len(desk.perform(Batch(_structure(world), "structure of the demonstration"), actor=OFFICER).changes)
    for path in files.rosters:
        heard(path.name)
        changes += _import(desk, path)
    heard("what no roster can say")
    return changes + len(desk.perform(Batch(_rest(world), "what no roster can say"), actor=OFFICER).changes)


def _import(desk: Desk, path: Path) -> int:
    with path.open("rb") as lines:
        return desk.import_roster(RosterReading(path.name, lines), file=path.name, actor=OFFICER).changes


def _structure(world: dict[str, Any]) -> tuple[Act, ...]:
    acts: list[Act] = [
        RegisterAuthority("provider", "The provider of the models"),
        RegisterAuthority("us-bis", "U.S. Bureau of Industry and Security"),
    ]
    for row in world["organizations"]:
        ends = FOREVER if row["ends"] == "open" else parse(row["ends"])
        acts.append(RegisterOrganization(row["id"], f"Example {row['id']}", row["parent"], ends=ends, relation=row["relation"]))
    acts += [RegisterProject(row["id"], row["organization"], row["id"], "research", "benign") for row in world["projects"]]
    models = (("fable", FABLE, "Claude Fable 5", "public"), ("mythos", MYTHOS, "Claude Mythos 5", "restricted"))
    for family, name, shown, tier in models:
        entry = {"id": name, "upstream": "anthropic", "tier": tier, "family": family, "display_name": shown}
        acts.append(CatalogModel(read_model(entry, name)))
    return tuple(acts)


def _rest(world: dict[str, Any]) -> tuple[Act, ...]:
    acts: list[Act] = [
        RegisterAgent(row["id"], row["organization"], row["sponsor_kind"], row["sponsor"]) for row in world["agents"]
    ]
    for row in world["evidence"]:
        value = read_value(row["fact"], row["value"])
        dates = parse(row["verified_at"]), parse(row["expires_at"])
        acts.append(RecordFact(row["person"], row["fact"], value, SOURCE, VERIFIER, METHOD, *dates))
    for kind, rows, name in (
        ("person", world["fates"], "person"),
        ("agent", world["agents"], "id"),
        ("organization", world["organizations"], "id"),
    ):
        acts += [_fate(kind, row[name], Fate(row["fate"])) for row in rows if row["fate"]]
    return tuple(acts)


def _fate(kind: str, name: str, fate: Fate) -> Act:
    return Suspend(kind, name, WHY) if fate is Fate.SUSPENDED else End(kind, name, why=WHY)


def issue_keys(desk: Desk, population: Population) -> tuple[Caller, ...]:
    """A key for everybody of the cast, and for the agent of each."""
    callers = []
    for member in population.cast:
        for kind, holder in (("person", member.person.id), ("agent", member.agent)):
            issued = desk.issue_key(holder_kind=kind, holder=holder, organization=member.organization)
            callers.append(Caller(member, kind == "agent", issued.text))
    return tuple(callers)


def steps(letter: Letter) -> tuple[Step, ...]:
    """Every step of a letter's life up to its activation, which is the last."""
    return steps_to_enact(letter.id, 1, letter.text, letter.annexes, by=OFFICER, second=SECOND)


def enter(desk: Desk, letters: tuple[Letter, ...]) -> None:
    """Take documents up to their approval, on a preview that looked at nobody; nothing is in force yet. Raises Refused."""
    for letter in letters:
        for step in steps(letter)[:-1]:
            desk.perform(step.act, actor=step.actor)


def write_up(desk: Desk, letter: Letter) -> None:
    """Enter, transcribe and check a document, up to its preview. Raises Refused."""
    for step in steps(letter):
        if isinstance(step.act, RecordPreview):
            return
        desk.perform(step.act, actor=step.actor)


def agree(desk: Desk, letter: Letter, preview: str) -> None:
    """The second officer approves the text and the preview with this digest. Raises Refused."""
    digest = hashlib.sha256(letter.text.encode()).hexdigest()
    desk.perform(ApproveInstrument(letter.id, 1, digest, preview), actor=SECOND)


def activate(desk: Desk, letters: tuple[Letter, ...]) -> Done:
    """Put documents in force, all in one act."""
    acts = tuple(ActivateInstrument(letter.id, 1) for letter in letters)
    return desk.perform(Batch(acts, "a letter arrives"), actor=SECOND)
