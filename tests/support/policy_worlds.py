"""Random sets of instruments and callers to put to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.force import Held
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.terms.standing import FactState, Standing
from support.policy_conditions import ORGANIZATIONS, Condition, conditions, fact_states
from support.policy_june import MODELS, held, instrument, standing

NOW = 1_800_000_000_000_000
_LISTS = {"list.csv": b"organization,scope\nacme,\nborealis,\n", "other.csv": b"organization,scope\ncobalt,\n"}
_ANNEXES = "".join(f'[[annex]]\nid = "{name}"\nfile = "{name}.csv"\nsha256 = "@{name}.csv@"\n' for name in ("list", "other"))
SELECTORS = ('["claude-mythos-5"]', '["tier:restricted"]', '["family:fable", "claude-mythos-5"]')


@dataclass(frozen=True)
class World:
    """Permissions, prohibitions and exemptions from the first prohibition, as instruments."""

    instruments: tuple[Held, ...]
    permits: tuple[Condition, ...]
    forbids: tuple[Condition, ...]
    exemptions: tuple[Condition, ...]

    def policy(self) -> Policy:
        return Policy(compile_rules(self.instruments, NOW), MODELS)

    def without_exemptions(self) -> World:
        return replace(self, instruments=tuple(one for one in self.instruments if one.instrument.kind != "exemption"))


def letter(kind: str, conditions_: tuple[Condition, ...], models: str = SELECTORS[0]) -> str:
    """One instrument of a kind with one rule per condition; exemptions are from the first rule of ``requirement``."""
    sort = {
        "authorization": 'effect = "permit"',
        "requirement": 'effect = "forbid"\nsay = "No."',
        "exemption": 'exempts = "requirement/r0"',
    }[kind]
    rules = "".join(
        f"[[rule]]\nid = \"r{index}\"\n{sort}\nmodels = {models}\ncohort = '''{condition.text}'''\n"
        for index, condition in enumerate(conditions_)
    )
    return f'[instrument]\nid = "{kind}"\nauthority = "a"\nkind = "{kind}"\neffective = 2026-01-01T00:00:00Z\n{rules}{_ANNEXES}'


def world(
    permits: tuple[Condition, ...], forbids: tuple[Condition, ...], exemptions: tuple[Condition, ...], models: str
) -> World:
    texts = [
        letter(kind, given, models)
        for kind, given in (("authorization", permits), ("requirement", forbids), ("exemption", exemptions))
        if given
    ]
    return World(tuple(held(instrument(text, _LISTS)) for text in texts), permits, forbids, exemptions)


def worlds() -> st.SearchStrategy[World]:
    def some(smallest: int) -> st.SearchStrategy[tuple[Condition, ...]]:
        return st.lists(conditions(), min_size=smallest, max_size=2).map(tuple)

    return st.builds(world, some(1), some(0), some(0), st.sampled_from(SELECTORS))


def callers() -> st.SearchStrategy[Standing]:
    def made(organization: str, project: str, facts: dict[str, FactState], agents: tuple[str, ...]) -> Standing:
        return replace(standing(organization), project=project, facts=facts, agents=agents)

    return st.builds(
        made,
        st.sampled_from(ORGANIZATIONS),
        st.sampled_from(("defense", "")),
        fact_states(),
        st.sampled_from(((), ("agent-1",))),
    )


CALL = Context(dialect="messages", operation="generate")
