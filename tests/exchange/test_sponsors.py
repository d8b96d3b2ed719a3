"""An agent can never do more than the one who answers for it, and lives only while every link above it lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import read
from safeconduct.office import acts
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.changes import Change
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import Standing
from support.exchange_world import FABLE, forbid, instrument, permit
from support.policy_june import held
from support.registry_world import DAY, T0, World

CALL = Context(dialect="messages", operation="generate")
NOW: Moment = T0 + DAY
LIVES = {"alive": (0, FOREVER), "ended": (0, NOW), "not yet": (NOW + 1, FOREVER)}
ORGANIZATIONS, PROJECTS = ("acme", "unit"), ("red", "blue", "other")
COHORTS = (
    "true",
    'principal.vetting == "level-2"',
    'principal.project == "red"',
    'principal.tier == "benign" || principal.employed_there',
    'principal.location != "US"',
    'principal.organization == Organization::"acme" && principal.employed_there',
)


@dataclass(frozen=True)
class Link:
    """How one party lives. ``state`` is one of LIVES, or ``suspended``, or ``absent``."""

    state: str
    project: str = ""
    organization: str = "acme"


def links() -> st.SearchStrategy[Link]:
    states = st.sampled_from(["alive"] * 16 + ["ended", "not yet", "suspended", "absent"])
    projects = st.sampled_from([""] * 5 + [*PROJECTS])
    return st.builds(Link, states, projects, st.sampled_from(["acme"] * 9 + ["unit"]))


def policies() -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(st.sampled_from(COHORTS), st.sampled_from(("false", *COHORTS)))


def history(chain: tuple[Link, ...], person: Link, project: Link, head: str, facts: dict[str, Any]) -> Callable[[World], None]:
    """Put parties into the history, also such as the office would refuse: a bound that only the office holds is none."""

    def write(world: World) -> None:
        def change(kind: str, subject: str, **body: object) -> None:
            made = Change(len(world.changes) + 1, world.now, "officer", kind, subject, body)
            world.registry.apply(made)
            world.changes.append(made)

        def party(kind: str, subject: str, link: Link, **body: object) -> None:
            if link.state == "absent":
                return
            starts, ends = LIVES.get(link.state, LIVES["alive"])
            change(f"{kind}.registered", subject, starts=starts, ends=ends, **body)
            if link.state == "suspended":
                change(f"{kind}.suspended", subject)

        party("project", "red", project, organization="acme", name="", purpose="x", tier="benign")
        change("project.registered", "blue", organization="acme", name="", purpose="x", tier="benign", starts=0, ends=FOREVER)
        change("project.registered", "other", organization="unit", name="", purpose="x", tier="benign", starts=0, ends=FOREVER)
        party("person", "ann", person)
        change("membership.started", "ann", organization=person.organization, starts=0, ends=FOREVER)
        for name, value in facts.items():
            scope = {"organization": person.organization} if name == "employed_there" else {}
            evidence = {"source": "hr", "verifier": "v", "method": "m", "verified_at": 0, "expires_at": FOREVER}
            change("fact.recorded", "ann", fact=name, value=value, **evidence, **scope)
        kind, sponsor = ("person", "ann") if head == "person" else ("project", "red")
        for number, link in reversed(list(enumerate(chain))):
            body = {"organization": link.organization, "sponsor_kind": kind, "sponsor": sponsor, "project": link.project}
            party("agent", f"a{number}", link, **body)
            kind, sponsor = "agent", f"a{number}"

    return write


def decided(policy: Policy, standing: Standing) -> bool:
    return policy.decide(standing, FABLE, CALL, NOW).permits


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "vetting": st.sampled_from(("level-1", "level-2")),
        "location": st.sampled_from(("US", "FR")),
        "employed_there": st.booleans(),
    },
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(links(), min_size=1, max_size=4).map(tuple),
    links(),
    links(),
    st.sampled_from(("person", "person", "project")),
    FACTS,
    policies(),
    st.sampled_from(("", "", "red", "blue")),
)
@example((Link("alive", "", "unit"),), Link("alive"), Link("alive"), "person", {}, ("true", "false"), "")
@example((Link("alive"), Link("alive", "", "unit")), Link("alive"), Link("alive"), "person", {}, ("true", "false"), "")
@example((Link("alive", "blue"), Link("alive", "red")), Link("alive"), Link("alive"), "person", {}, ("true", "false"), "")
@example((Link("alive", "blue"),), Link("alive"), Link("alive"), "project", {}, ("true", "false"), "")
@example((Link("alive"),), Link("alive"), Link("alive"), "person", {}, ("true", "false"), "")
def test_p1_an_agent_is_never_allowed_what_the_one_who_answers_for_it_is_not(
    chain: tuple[Link, ...], person: Link, project: Link, head: str, facts: dict[str, Any], cohorts: tuple[str, str], asked: str
) -> None:
    world = parties()
    history(chain, person, project, head, facts)(world)
    registry = world.registry
    policy = policy_of(cohorts)
    agent = registry.standing_for(agent="a0", organization="acme", project=asked, now=NOW)
    event("permitted" if decided(policy, agent) else "refused")
    if not decided(policy, agent):
        return
    assert len(chain) <= 3
    assert all(link.state == "alive" and link.organization == "acme" for link in chain), "one dead link is a no"
    assert {link.project for link in chain if link.project} <= {agent.project}
    if agent.project == "red":
        assert project.state == "alive"
    if head == "person":
        assert person.state == "alive"
        sponsor = registry.standing_for(person="ann", organization="acme", project=agent.project, now=NOW)
        assert decided(policy, sponsor), "the agent may what its person may not"
    else:
        assert agent.project == "red"
        assert all(state.value is None for state in agent.facts.values()), "a project has no facts to lend"


def parties() -> World:
    """Two organizations and nobody in them."""
    world = World()
    for organization in ORGANIZATIONS:
        world.act(acts.RegisterOrganization(organization, organization))
    return world.at(NOW)


def policy_of(cohorts: tuple[str, str]) -> Policy:
    """One permission and one prohibition, also such as a check would call senseless."""
    rules = (permit("p", FABLE, cohort=cohorts[0]), forbid("f", FABLE, cohort=cohorts[1]))
    text = instrument("terms", *(rules if cohorts[1] != "false" else rules[:1]))
    return Policy(compile_rules([held(read(text, {}, "terms.toml"))], NOW), (FABLE,))


@pytest.mark.parametrize(
    ("kind", "name"), [("agent", "a0"), ("agent", "a1"), ("agent", "a2"), ("person", "ann"), ("project", "red")]
)
@pytest.mark.parametrize("how", ["end", "suspend"])
def test_p5_the_end_of_any_link_ends_the_agent_at_once(kind: str, name: str, how: str) -> None:
    world = parties()
    history((Link("alive"), Link("alive", "red"), Link("alive")), Link("alive"), Link("alive"), "person", {})(world)
    policy = policy_of(("true", "false"))
    assert decided(policy, world.registry.standing_for(agent="a0", organization="acme", now=NOW))
    world.act(acts.End(kind, name) if how == "end" else acts.Suspend(kind, name))
    after = world.registry.standing_for(agent="a0", organization="acme", now=NOW)
    assert [(lapse.kind, lapse.id) for lapse in after.lapses] == [(kind, name)]
    assert not decided(policy, after)
