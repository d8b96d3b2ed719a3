"""Rosters that are at hand whole: read, and brought into a test's world by the rules that every import goes by."""

from __future__ import annotations

import io
from dataclasses import dataclass

from safeconduct.office.rosters import Judging
from safeconduct.registry.changes import Change
from safeconduct.registry.roster import RosterReading, RosterRow
from safeconduct.terms.faults import Fault, Refused
from support.registry_world import World


@dataclass(frozen=True)
class Sifted:
    """A roster as read: rows whose ids are sound, and every fault."""

    rows: tuple[RosterRow, ...]
    faults: tuple[Fault, ...]


def sift_roster(name: str, data: bytes, organization: str = "") -> Sifted:
    reading = RosterReading(name, io.BytesIO(data), organization)
    rows = tuple(reading.rows())
    return Sifted(rows, reading.faults)


def read_roster(name: str, data: bytes, organization: str = "") -> list[RosterRow]:
    """Raises Refused with every fault."""
    sifted = sift_roster(name, data, organization)
    if sifted.faults:
        raise Refused(*sifted.faults)
    return list(sifted.rows)


def bring(world: World, text: str, *, replace: bool = False, actor: str = "officer") -> list[Change]:
    """Import a roster as the desk would. Raises Refused with every fault, and then nothing has changed."""
    rows = read_roster("r.csv", text.encode())
    judging = Judging("r.csv", replace, world.registry, actor, world.now)
    drafts = tuple(judging.drafts(rows))
    if judging.faults:
        raise Refused(*judging.faults)
    return world.take(drafts)
