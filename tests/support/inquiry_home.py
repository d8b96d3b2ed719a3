"""A home on disk that holds one of the random towns, for commands and processes that read it."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.home import find
from safeconduct.office import acts
from safeconduct.registry.changes import Change, Draft
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import FOREVER
from support.inquiry_worlds import MODELS, Town, letter
from support.registry_cli import Home
from support.registry_world import T0

FABLE, MYTHOS = (model.id for model in MODELS)


def keep(home: Home, changes: list[Change]) -> None:
    """Put a history into the home's registry."""
    with ChangeStore.open(find(home.environ).registry) as store:
        fresh = changes[store.head() :]
        store.append([Draft(each.at, each.actor, each.kind, each.subject, each.body) for each in fresh])


def cobalt() -> Town:
    """Three people in one organization: ann a citizen, ben with nothing on record, cat whose evidence has expired; and terms."""
    town = Town(1, people=0)
    for name in ("ann", "ben", "cat"):
        town.world.act(acts.RegisterPerson(name, "cobalt"))
    for name, until in (("ann", FOREVER), ("cat", T0 + 1_000_000)):
        town.world.act(acts.RecordFact(name, "us_citizen", "yes", "hr", "v", "paper", T0, until))
    town.enact(letter("terms", "authorization", [("true", [FABLE])]))
    return town


STOP = letter("stop", "requirement", [('principal.us_person.ear != "yes"', [FABLE])])


def cobalt_home(folder: Path) -> tuple[Home, Town]:
    home, town = Home(folder), cobalt()
    keep(home, town.world.changes)
    return home, town
