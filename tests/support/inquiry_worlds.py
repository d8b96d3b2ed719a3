"""Random small worlds for questions over everybody, and the plain way to answer them: seat by seat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from random import Random

from safeconduct.exchange.rules import Rules
from safeconduct.inquiry.rulings import Ruling, ruling_of
from safeconduct.inquiry.seats import Side
from safeconduct.office import acts
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER, Moment, show
from safeconduct.terms.standing import Model
from support.letters import put_in_force
from support.registry_world import DAY, T0, World, digest_number

NOON: Moment = T0 + DAY // 2
MODELS = tuple(
    Model(name, "anthropic", name, frozenset({"messages"}), tier, name.split("-")[1], name)
    for name, tier in (("claude-fable-5", "frontier"), ("claude-mythos-5", "restricted"))
)
COUNTRIES = ("US", "FR", "IN", "KP")
COHORTS = (
    "true",
    'principal.us_person.ear == "yes"',
    'principal.us_person.ear != "yes"',
    'principal.nationality.contains("KP")',
    'principal.organization == Organization::"acme"',
    'principal.organization in Annex::"list"',
    'principal.organization in Annex::"list" && principal.employed_there',
    'principal.project == "red"',
    'principal.vetting == "level-2"',
)
ANNEX = "organization,scope\nacme,and contractors\ncobalt,\n"


def letter(name: str, kind: str, rules: list[tuple[str, list[str]]], target: str = "", *, effective: Moment = T0) -> str:
    """An instrument of a kind, one rule for each cohort and its models. An ``obligation`` is a requirement that only obliges."""
    sort = {
        "authorization": 'effect = "permit"',
        "requirement": 'effect = "forbid"\nsay = "No."',
        "exemption": f'exempts = "{target}"',
        "obligation": 'effect = "oblige"\nsay = "Kept."\nduties = [{ name = "retain", value = "flagged" }]',
    }
    paper = "requirement" if kind == "obligation" else kind
    text = f'[instrument]\nid = "{name}"\nauthority = "provider"\nkind = "{paper}"\neffective = {show(effective)}\n'
    for number, (cohort, models) in enumerate(rules):
        text += f"[[rule]]\nid = \"r{number}\"\n{sort[kind]}\nmodels = {json.dumps(models)}\ncohort = '{cohort}'\n"
    if any("Annex" in cohort for cohort, _ in rules):
        text += f'[[annex]]\nid = "list"\nfile = "list.csv"\nsha256 = "{sha256(ANNEX.encode()).hexdigest()}"\n'
    return text


class Town:
    """A world made from a seed: organizations, people in one or two of them, agents, keys for projects, facts and letters."""

    def __init__(self, seed: int, people: int = 14) -> None:
        self.chance = Random(seed)
        self.world = World()
        self.world.act(acts.RegisterAuthority("provider", "Provider"))
        for model in MODELS:
            self.world.act(acts.CatalogModel(model))
        self.organizations = ("acme", "sub", "cobalt", "dune")
        for name in self.organizations:
            ends = T0 + 3 * DAY if name == "sub" else FOREVER
            self.world.act(acts.RegisterOrganization(name, name, parent="acme" if name == "sub" else "", ends=ends))
        self.world.act(acts.RegisterProject("red", "acme", "Red", "testing", "benign"))
        for number in range(people):
            self._person(f"p{number:02}", number)
        self._agents()
        self.letters = 0

    def _person(self, name: str, number: int) -> None:
        chance, act = self.chance, self.world.act
        home = chance.choice(self.organizations)
        ends = T0 + 3 * DAY if home == "sub" else FOREVER
        act(acts.RegisterPerson(name, home, ends=chance.choice((ends, min(ends, T0 + DAY)))))
        homes = [home]
        if chance.random() < 0.3:
            second = chance.choice([each for each in self.organizations if each not in (home, "sub")])
            act(acts.JoinOrganization(name, second, ends=chance.choice((FOREVER, T0 + DAY))))
            homes.append(second)
        if "acme" in homes and chance.random() < 0.5:
            act(acts.IssueKey(f"k-{name}", digest_number(number + 1), "person", name, "acme", "red"))
        for fact in ("us_citizen", "nationality", "permanent_residence", "protected_individual", "vetting"):
            for _ in range(chance.choice((0, 1, 1, 2))):
                self._fact(name, fact, homes)
        for each in homes:
            if chance.random() < 0.7:
                self._fact(name, "employed_there", [each])

    def _fact(self, name: str, fact: str, homes: list[str]) -> None:
        chance = self.chance
        since = T0 - chance.choice((0, DAY, 4 * DAY))
        until = chance.choice((FOREVER, T0 + 2 * DAY, T0 - DAY))
        if until <= since:
            until = T0 + DAY // 4
        value = {
            "us_citizen": chance.choice(("yes", "no")),
            "nationality": tuple(sorted(chance.sample(COUNTRIES, chance.choice((1, 2))))),
            "permanent_residence": chance.choice(("none", ("US",), ("FR",))),
            "protected_individual": chance.choice(("none", "refugee")),
            "vetting": chance.choice(("level-1", "level-2")),
            "employed_there": chance.random() < 0.8,
        }[fact]
        scope = homes[0] if fact == "employed_there" else ""
        self.world.act(acts.RecordFact(name, fact, value, "hr", "v", "paper", since, until, scope))  # type: ignore[arg-type]

    def _agents(self) -> None:
        act = self.world.act
        sponsors = [(each.id, each.memberships[0].organization) for each, _ in self.world.registry.everyone()]
        for number, (person, home) in enumerate(sponsors[:4]):
            ends = T0 + DAY if home == "sub" else FOREVER
            act(acts.RegisterAgent(f"a{number}", home, "person", person, ends=min(ends, T0 + DAY) if number == 0 else ends))
        act(acts.RegisterAgent("robo", "acme", "project", "red"))
        act(acts.RegisterAgent("under", "acme", "agent", "robo"))

    def suspend_some(self) -> None:
        """Somebody, some agent, and perhaps an organization."""
        self.world.act(acts.Suspend("person", "p01"))
        self.world.act(acts.Suspend("agent", "a1"))
        if self.chance.random() < 0.3:
            self.world.act(acts.Suspend("organization", "cobalt"))

    def text(self, kind: str, target: str = "", *, effective: Moment = T0, rules: int = 2) -> str:
        """A random letter that was not entered yet."""
        self.letters += 1
        chance = self.chance
        names = [model.id for model in MODELS]
        some = 1 if kind == "authorization" else 2  # an exemption has to be about the models of the rule it names
        made = [(cohort, chance.sample(names, chance.choice((some, 2)))) for cohort in chance.sample(COHORTS, rules)]
        return letter(f"{kind}-{self.letters}", kind, made, target, effective=effective)

    def enact(self, text: str) -> None:
        put_in_force(self.world, text, annexes_of(text))

    @property
    def registry(self) -> Registry:
        return self.world.registry

    def standing_rules(self) -> None:
        """Two authorizations, a prohibition, an exemption from it, and an obligation."""
        self.enact(self.text("authorization"))
        self.enact(self.text("authorization"))
        self.enact(self.text("requirement"))
        with suppress(Refused):  # a random exemption may be from a rule that catches none of its callers; the office says so
            self.enact(self.text("exemption", f"requirement-{self.letters}/r0", rules=1))
        self.enact(self.text("obligation"))


def annexes_of(text: str) -> dict[str, str]:
    return {"list.csv": ANNEX} if "[[annex]]" in text else {}


def policy_at(registry: Registry, now: Moment) -> Policy:
    return Rules()(registry, now)


def side(registry: Registry, now: Moment, *policies: Policy) -> Side:
    return Side(registry, now, frozenset().union(*(policy.facts for policy in policies)))


def seats(registry: Registry, now: Moment) -> Iterator[tuple[str, str, str, str]]:
    """Kind, id, organization and project of every seat, found the plain way."""
    keys = list(registry.every_key())
    for person, _ in registry.everyone():
        for member in person.memberships:
            yield "person", person.id, member.organization, ""
            bound = {
                key.project
                for key in keys
                if key.holder == person.id
                and key.holder_kind == "person"
                and key.project
                and key.organization == member.organization
                and key.revoked_at is None
                and key.starts <= now < key.ends
            }
            for project in sorted(bound):
                yield "person", person.id, member.organization, project
    for agent in registry.agents.values():
        yield "agent", agent.id, agent.organization, ""


def plainly(registry: Registry, policy: Policy, now: Moment, seat: tuple[str, str, str, str], model: Model) -> Ruling:
    """The answer for one seat, with every fact in view and nothing remembered."""
    kind, name, organization, project = seat
    standing = registry.standing_for(organization=organization, now=now, project=project, **{kind: name})  # type: ignore[arg-type]
    context = Context(dialect=min(model.dialects), operation="generate")
    return ruling_of(policy.decide(standing, model, context, now))
