"""A home with the June population, filled through the desk, for the command line's tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.office.acts import (
    Act,
    Batch,
    CatalogModel,
    RecordFact,
    RegisterAgent,
    RegisterAuthority,
    RegisterOrganization,
    RegisterPerson,
)
from safeconduct.terms.moments import FOREVER
from support.evidence import CITIZEN, FOREIGN
from support.policy_june import FILES, GLASSWING, LETTER_12, LETTER_26, LETTER_30, MODELS
from support.registry_cli import Home

LETTERS = {"glasswing": GLASSWING, "letter-12": LETTER_12, "letter-26": LETTER_26, "letter-30": LETTER_30}


def peopled(folder: Path) -> Home:
    """Organizations acme, borealis, cobalt, zeta; at acme a U.S. person, a foreign person and one without evidence; an agent."""
    home = Home(folder)
    acts: list[Act] = [RegisterAuthority("us-bis", "BIS"), RegisterAuthority("anthropic", "Anthropic")]
    acts += [RegisterOrganization(name, name.title()) for name in ("acme", "borealis", "cobalt", "zeta")]
    acts += [CatalogModel(model) for model in MODELS]
    acts += [RegisterPerson(name, "acme", name.title(), "", "") for name in ("ada", "bo", "chris")]
    acts.append(RegisterPerson("zoe", "zeta", "Zoe", "", ""))
    with open_desk(home.environ) as desk:
        now = desk.now()
        for person, evidence in (("ada", CITIZEN), ("bo", FOREIGN), ("zoe", CITIZEN)):
            for fact, value in evidence:
                acts.append(RecordFact(person, fact, value, "passport", "hr", "seen", now, FOREVER, ""))
        acts.append(RecordFact("bo", "employed_there", True, "contract", "hr", "seen", now, FOREVER, "acme"))
        acts.append(RegisterAgent("nightly", "acme", "person", "bo", "Nightly"))
        desk.perform(Batch(tuple(acts), why="test"))
    return home


def write_letters(folder: Path) -> dict[str, Path]:
    """The four instruments as files, annexes beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    paths = {}
    for name, text in LETTERS.items():
        for file, data in FILES.items():
            text = text.replace(f"@{file}@", hashlib.sha256(data).hexdigest())
        paths[name] = folder / f"{name}.toml"
        paths[name].write_text(text, encoding="utf-8")
    return paths
