"""A small installation in memory for tests of the call: registry, rules, view, and requests in every dialect."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import PolicyMaker, Session, View
from safeconduct.office import acts
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.safeguards.ports import Enabled, Process, Remote
from safeconduct.terms.blocks import Origin
from safeconduct.terms.call import CallView, Dialect, Operation
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model
from safeconduct.wire.dialect import of
from support.fake_detectors import NAME, FakeDetectors
from support.letters import put_in_force
from support.registry_world import PSEUDONYM_KEY, T0, World, digest_number, issue, small_world

COMMITMENT_KEY = b"commitment-key-of-the-tests-32by"
NOON: Moment = T0 + 12 * 3_600 * 1_000_000

FABLE = Model(
    "claude-fable-5", "anthropic", "fable-served", frozenset({"messages"}), "frontier", "fable", "Fable 5", ("fable",), 64_000
)
GPT = Model("gpt-5.6", "openai", "gpt-5.6", frozenset({"chat", "responses"}), "frontier", "gpt", "GPT 5.6")
MYTHOS = replace(
    FABLE, id="claude-mythos-5", served_as="mythos-served", family="mythos", aliases=("mythos",)
)  # hidden: nobody may
OLD = replace(FABLE, id="claude-old-1", served_as="old-served", family="old", aliases=())  # permitted and withdrawn
CAPPED = replace(FABLE, id="claude-capped-1", served_as="claude-capped-1", family="capped", aliases=())
HELD = replace(FABLE, id="claude-held-1", served_as="claude-held-1", family="held", aliases=())
KEPT = replace(FABLE, id="claude-kept-1", served_as="claude-kept-1", family="kept", aliases=())
KEPT_GPT = replace(GPT, id="gpt-kept-1", served_as="gpt-kept-1", family="kept")
KEPT_IN = {Dialect.MESSAGES: KEPT.id, Dialect.CHAT: KEPT_GPT.id, Dialect.RESPONSES: KEPT_GPT.id}
MASKED = replace(FABLE, id="claude-masked-1", served_as="claude-masked-1", family="masked", aliases=())  # on a duty beyond us
SCANNED = replace(FABLE, id="claude-scanned-1", served_as="claude-scanned-1", family="scanned", aliases=())
SCANNED_GPT = replace(GPT, id="gpt-scanned-1", served_as="gpt-scanned-1", family="scanned")
SCANNED_IN = {Dialect.MESSAGES: SCANNED.id, Dialect.CHAT: SCANNED_GPT.id, Dialect.RESPONSES: SCANNED_GPT.id}
GUARDED = replace(FABLE, id="claude-guarded-1", served_as="claude-guarded-1", family="guarded", aliases=())
GUARDED_GPT = replace(GPT, id="gpt-guarded-1", served_as="gpt-guarded-1", family="guarded")
GUARDED_IN = {Dialect.MESSAGES: GUARDED.id, Dialect.CHAT: GUARDED_GPT.id, Dialect.RESPONSES: GUARDED_GPT.id}
NAMED = {Dialect.MESSAGES: FABLE.id, Dialect.CHAT: GPT.id, Dialect.RESPONSES: GPT.id}


def instrument(
    name: str, *rules: str, kind: str = "program_terms", effective: str = "2026-06-01T00:00:00Z", more: str = ""
) -> str:
    """An instrument's text; every rule is the inside of one ``[[rule]]``."""
    head = f'[instrument]\nid = "{name}"\nauthority = "provider"\nkind = "{kind}"\neffective = {effective}\n{more}'
    return head + "".join(f"[[rule]]\n{rule}\n" for rule in rules)


def permit(name: str, *models: Model, cohort: str = "true", more: str = "") -> str:
    """A permission for these models."""
    ids = json.dumps([model.id for model in models])
    return f'id = "{name}"\neffect = "permit"\nmodels = {ids}\ncohort = \'{cohort}\'\n{more}'


def forbid(name: str, *models: Model, cohort: str = "true") -> str:
    """A prohibition of these models."""
    ids = json.dumps([model.id for model in models])
    return f'id = "{name}"\neffect = "forbid"\nmodels = {ids}\ncohort = \'{cohort}\'\nsay = "A license is required."\n'


def duty(name: str, value: str) -> str:
    return f'duties = [{{ name = "{name}", value = "{value}" }}]'


TERMS = instrument(
    "terms",
    permit("everyone", FABLE, GPT, OLD),
    permit("capped", CAPPED, more=duty("cap", "max_output_tokens=1000")),
    permit("held", HELD, more=duty("approve", "lead")),
    permit("kept", KEPT, KEPT_GPT, more=duty("retain", "standard")),
    permit("masked", MASKED, more=duty("redact", "names")),
    permit("scanned", SCANNED, SCANNED_GPT, more=duty("safeguard", "misuse request block")),
    permit("guarded", GUARDED, GUARDED_GPT, more=duty("safeguard", f"{NAME} answer cut")),
)
STOP = instrument("stop", forbid("all", FABLE, GPT), kind="requirement")


@dataclass
class Scene:
    """A world, the view a worker has of it, and the keys of ann (acme) and ben (sub). ``now`` moves only when told."""

    world: World
    view: View
    ann: bytes
    ben: bytes
    owned: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> Moment:
        return self.world.now

    def at(self, moment: Moment) -> Scene:
        self.world.at(moment)
        return self

    def act(self, act: acts.Act, actor: str = "officer") -> list[Change]:
        """An officer's act, which the view hears of at once."""
        changes = self.world.act(act, actor)
        self.view.apply(changes, self.now)
        return changes

    def enter(self, name: str, text: str) -> None:
        """Put an instrument called ``name`` in force."""
        put_in_force(self, text)
        assert self.world.registry.instrument_versions(name)

    def session(self, digest: bytes | None = None) -> Session:
        session = self.view.session(self.ann if digest is None else digest, self.now)
        assert session is not None
        return session


def peopled() -> tuple[World, bytes, bytes]:
    """The world of every scene: two organizations, catalog and terms in force; the keys of ann and ben."""
    world = small_world().at(NOON)
    world.act(acts.RegisterAuthority("provider", "Provider"))
    for model in (FABLE, GPT, MYTHOS, OLD, CAPPED, HELD, KEPT, KEPT_GPT, MASKED, SCANNED, SCANNED_GPT, GUARDED, GUARDED_GPT):
        world.act(acts.CatalogModel(model))
    put_in_force(world, TERMS)
    world.act(acts.WithdrawModel(OLD.id))
    return world, issue(world, "person", "ann"), issue(world, "person", "ben", "sub")


SORTER = Process("sorter", (Remote("misuse", "1", frozenset({Origin.USER})),))
FAR = Enabled(FakeDetectors(), {NAME: "1"}, processes=(SORTER,))


def scene(
    make_policy: PolicyMaker | None = None, unrestricted: tuple[str, ...] = (), safeguards: Enabled = Enabled.NONE
) -> Scene:
    """A fresh scene. The view has a registry of its own, folded from the same history."""
    world, ann, ben = peopled()
    owned: dict[str, str] = {}
    view = View(
        Registry.fold(world.changes, PSEUDONYM_KEY),
        make_policy or Rules(unrestricted=unrestricted),
        COMMITMENT_KEY,
        lambda name: owned.get(name),
        world.now,
        unrestricted,
        safeguards,
    )
    return Scene(world, view, ann, ben, owned)


def request(dialect: Dialect, **fields: Any) -> bytes:
    """A small request body, compact as clients send it. ``fields`` replace or add members; None takes one out."""
    message = [{"role": "user", "content": "Grüße"}]
    tree: dict[str, Any] = {"model": NAMED[dialect]}
    tree |= {"input": message} if dialect is Dialect.RESPONSES else {"messages": message}
    if dialect is Dialect.MESSAGES:
        tree["max_tokens"] = 500
    tree |= fields
    kept = {name: value for name, value in tree.items() if value is not None}
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode()


def read(dialect: Dialect, operation: Operation = Operation.GENERATE, **fields: Any) -> CallView:
    """The same request, as the machine reads it."""
    return of(dialect).read(request(dialect, **fields), operation)


STRANGER = digest_number(999_999)
