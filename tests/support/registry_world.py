"""A small world for tests: one builder that writes a history through the office's own rules, and a few ready parties."""

from __future__ import annotations

from hashlib import sha256

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.registry.changes import Change, Draft
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER, SECOND, Moment, parse
from safeconduct.terms.standing import FactValue, Model, Standing

T0: Moment = parse("2026-06-01T00:00:00Z")
DAY: Moment = 86_400 * SECOND
CONTRACT_ENDS: Moment = T0 + 3650 * DAY
PSEUDONYM_KEY = b"pseudonym-key-of-the-tests-32byt"
FABLE = Model(
    "claude-fable-5", "anthropic", "claude-fable-5", frozenset({"messages"}), "frontier", "fable", "Fable 5", ("fable",)
)


class World:
    """A history that grows act by act. ``now`` moves only when told."""

    def __init__(self) -> None:
        self.now = T0
        self.registry = Registry(PSEUDONYM_KEY)
        self.changes: list[Change] = []

    def act(self, act: acts.Act, actor: str = "officer") -> list[Change]:
        """Plan an act and let it take effect. Raises Refused like the office."""
        return self.take(plan(act, self.registry, actor, self.now).changes)

    def take(self, drafts: tuple[Draft, ...]) -> list[Change]:
        """Let planned changes take effect."""
        first = len(self.changes) + 1
        fresh = [Change(seq, d.at, d.actor, d.kind, d.subject, d.body, seq.to_bytes(16)) for seq, d in enumerate(drafts, first)]
        for change in fresh:
            self.registry.apply(change)
        self.changes += fresh
        return fresh

    def at(self, moment: Moment) -> World:
        self.now = moment
        return self

    def fact(self, person: str, name: str, value: FactValue, since: Moment = T0, until: Moment = FOREVER, org: str = "") -> int:
        """Record a fact; returns its number."""
        act = acts.RecordFact(person, name, value, "hr", "verifier", "document", since, until, org)
        return self.act(act)[-1].seq

    def standing(self, person: str = "ann", organization: str = "acme", at: Moment | None = None) -> Standing:
        return self.registry.standing_for(person=person, organization=organization, now=self.now if at is None else at)


def small_world() -> World:
    """Organizations acme and sub (sponsored by acme until CONTRACT_ENDS), project red, persons ann and ben.

    Agents are bot (ann answers for it) and robo (red does).
    """
    world = World()
    world.act(acts.RegisterOrganization("acme", "Acme", programs=("glass",)))
    world.act(acts.RegisterOrganization("sub", "Sub", parent="acme", ends=CONTRACT_ENDS))
    world.act(acts.RegisterProject("red", "acme", "Red", "testing", "high-risk-dual-use", ("files.example",)))
    world.act(acts.RegisterPerson("ann", "acme", "Ann Example", "ann@example.org", "engineer"))
    world.act(acts.RegisterPerson("ben", "sub"))
    world.act(acts.RegisterAgent("bot", "acme", "person", "ann"))
    world.act(acts.RegisterAgent("robo", "acme", "project", "red"))
    return world


def digest_number(number: int) -> bytes:
    """A made-up key digest."""
    return number.to_bytes(32)


def issue(world: World, kind: str, holder: str, org: str = "acme", project: str = "", until: Moment = FOREVER) -> bytes:
    """Issue a key; returns its digest."""
    digest = digest_number(len(world.changes) + 1)
    world.act(acts.IssueKey(f"key-{len(world.changes) + 1}", digest, kind, holder, org, project, "", None, until))
    return digest


def letter(rule: str, *, annex: str = "") -> str:
    """A sound instrument called ``letter`` about everybody; ``annex`` is the text of a.csv, listed when given."""
    text = f"""[instrument]
id = "letter"
authority = "provider"
kind = "requirement"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "{rule}"
effect = "forbid"
models = ["claude-fable-5"]
cohort = 'true'
say = "No."
"""
    if annex:
        text += f'\n[[annex]]\nid = "a"\nfile = "a.csv"\nsha256 = "{sha256(annex.encode()).hexdigest()}"\n'
    return text
