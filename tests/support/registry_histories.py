"""Random histories of people, facts and keys, for whatever must answer alike from memory and from a file."""

from __future__ import annotations

import random

from safeconduct.registry.bodies import evidence, measures, parties, rosters
from safeconduct.registry.bodies.body import Body
from safeconduct.registry.changes import Draft, draft
from safeconduct.terms.moments import FOREVER
from support.registry_world import DAY, T0, digest_number

NAMES = ("ann", "ben", "carl", "dora", "eve")
HOMES = ("acme", "sub")


def history(seed: int, length: int) -> list[Draft]:
    """So many changes, sound or odd: about people nobody registered, keys issued twice, records withdrawn that never were."""
    chance = random.Random(seed)
    drafts = [
        draft(T0, "officer", "organization.registered", home, parties.OrganizationRegistered(home, T0, FOREVER)) for home in HOMES
    ]
    for step in range(length):
        kind, subject, body = _change(chance, len(drafts))
        drafts.append(draft(T0 + step * DAY, "officer", kind, subject, body))
    return drafts


def _change(chance: random.Random, seq: int) -> tuple[str, str, Body]:
    name, home = chance.choice(NAMES), chance.choice(HOMES)
    key = f"key-{chance.randrange(4)}"
    until = T0 + chance.choice((20, 40, 60)) * DAY
    choices: list[tuple[str, str, Body]] = [
        ("person.registered", name, parties.PersonRegistered(T0, FOREVER, name.title())),
        ("person.enrolled", name, rosters.PersonEnrolled(home, T0, until, name.title(), facts=_facts(chance, home))),
        ("person.enrolled", name, rosters.PersonEnrolled(home, T0, FOREVER, facts=_facts(chance, home))),
        ("person.amended", name, parties.PersonAmended(email=f"{name}@example.org")),
        ("person.ended", name, parties.Ended(until)),
        ("person.suspended", name, parties.Suspended()),
        ("person.restored", name, parties.Restored()),
        ("membership.started", name, parties.MembershipStarted(home, T0, until, "engineer")),
        ("membership.ended", name, parties.MembershipEnded(home, T0 + 5 * DAY)),
        ("fact.recorded", name, evidence.FactRecorded(*_fact(chance, ""))),
        ("fact.withdrawn", name, evidence.FactWithdrawn(chance.randrange(1, seq + 1), item=chance.randrange(3))),
        ("key.issued", key, evidence.KeyIssued(digest_number(int(key[-1])).hex(), "person", name, home, T0, until)),
        ("key.revoked", key, evidence.KeyRevoked()),
        ("project.registered", f"p-{seq}", parties.ProjectRegistered(home, "P", "testing", "benign", T0, FOREVER)),
    ]
    if chance.random() < 0.25:
        return _mark(chance, seq, chance.choice((f"person/{name}", f"key/{key}", f"organization/{home}")), until)
    return chance.choice(choices)


def _mark(chance: random.Random, seq: int, who: str, until: int) -> tuple[str, str, Body]:
    called, other = f"M-{seq:012x}", f"M-{chance.randrange(seq + 1):012x}"
    choices: list[tuple[str, Body]] = [
        ("measure.taken", measures.MeasureTaken(called, chance.choice(("watch", "hold", "suspend")), until, "m", machine=True)),
        ("measure.taken", measures.MeasureTaken(called, "step_up", FOREVER, rehearsal=chance.random() < 0.3)),
        ("measure.undone", measures.MeasureUndone(other, "why")),
        ("measure.appealed", measures.MeasureAppealed(other, "words")),
        ("risk.moved", measures.RiskMoved(chance.choice(("none", "low", "severe")), until, ("part",))),
    ]
    kind, body = chance.choice(choices)
    return kind, who, body


def _fact(chance: random.Random, home: str) -> tuple[str, str | bool | tuple[str, ...], str, str, str, int, int, str]:
    if home:
        return ("employed_there", True, "hr", "v", "doc", T0, FOREVER, home)
    value = chance.choice((("US",), ("DE", "US"), ("FR",)))
    return ("nationality", value, "passport", "v", "doc", T0 + chance.randrange(9) * DAY, FOREVER, "")


def _facts(chance: random.Random, home: str) -> tuple[rosters.EnrolledFact, ...]:
    return tuple(rosters.EnrolledFact(*_fact(chance, each)) for each in ("", home)[: chance.randrange(3)])
