"""P12: what a caller may not know looks like what does not exist, whatever the spelling and the dialect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.exchange.commands import RecordDecision, SendAnswer
from safeconduct.exchange.events import BodyArrived, Recorded
from safeconduct.office import acts
from safeconduct.policy.context import Context
from safeconduct.registry.changes import Change
from safeconduct.terms.call import Answer, Dialect
from support.exchange_play import head, play
from support.exchange_world import (
    GPT,
    MYTHOS,
    NAMED,
    OLD,
    Scene,
    read,
    request,
    scene,
)

MESSAGES = Dialect.MESSAGES


def _codes(at: Scene, dialect: Dialect = MESSAGES, digest: bytes | None = None, **fields: object) -> tuple[str, ...]:
    return at.view.decide(at.session(digest), read(dialect, **fields), at.now).reason_codes


LOOKALIKES = (
    "Claude-Fable-5",
    "CLAUDE-FABLE-5",
    "claude-fable-5 ",
    " claude-fable-5",
    "claude-fable-5\n",
    "claude\u2011fable\u20115",  # non-breaking hyphens
    "claude-fable-\uff15",
    "clau\u200bde-fable-5",
    "claude-fable-5\u200d",
    "cl\u0430ude-fable-5",  # a Cyrillic letter
    "claude-fable-5-latest",
    "claude-fable-5@latest",
    "claude-fable-5:free",
    "anthropic/claude-fable-5",
    "../claude-fable-5",
    "models/claude-fable-5",
    "claude-fable-5%20",
    "claude-fable-5\x00",
    "fable-served",  # the provider's own name for it
)


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_lookalike_names_nothing(name: str) -> None:
    at = scene()
    resolved = at.view.decide(at.session(), read(MESSAGES, model=name), at.now)
    assert (resolved.effect, resolved.model, resolved.reason_codes) == ("deny", None, ("model_not_found",))


@given(st.text(max_size=30))
def test_p1_only_a_name_of_the_catalog_means_anything(name: str) -> None:
    decision, model = _SHARED.view.answer(
        _SHARED.session().standing, name, Context(dialect="messages", operation="generate"), _SHARED.now
    )
    assert (model is None) == (name not in {"claude-fable-5", "fable"})
    assert decision.permits == (model is not None)


_SHARED = scene()


def test_a_withdrawn_model_says_so_to_those_who_could_use_it_and_to_nobody_else() -> None:
    at = scene()
    assert _codes(at, model=OLD.id) == ("model_withdrawn",)
    at.act(acts.WithdrawModel(MYTHOS.id))
    assert _codes(at, model=MYTHOS.id) == ("model_not_found",)


# What is hidden


def _answer(at: Scene, dialect: Dialect, *, name: str, stream: bool) -> tuple[Answer, bool]:
    conversation = play(at, dialect) >> head(at.ann) >> BodyArrived(request(dialect, model=name, stream=stream)) << RecordDecision
    conversation >> Recorded()
    said, _ = conversation.waiting
    assert isinstance(said, SendAnswer)
    return said.answer, said.close


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dialect", list(Dialect))
def test_p12_an_unknown_name_and_a_hidden_model_are_refused_alike(dialect: Dialect, stream: bool) -> None:
    at = scene()
    at.act(acts.CatalogModel(replace(GPT, id="gpt-hidden-1", served_as="gpt-hidden-1", aliases=("gpt-hidden",))))
    at.act(acts.CatalogModel(replace(MYTHOS, id="gpt-gone-1", served_as="gpt-gone-1", aliases=())))
    at.act(acts.WithdrawModel("gpt-gone-1"))
    expected = _answer(at, dialect, name="no-such-model", stream=stream)
    for hidden in (MYTHOS.id, "mythos", "gpt-hidden-1", "gpt-hidden", "gpt-gone-1"):
        assert _answer(at, dialect, name=hidden, stream=stream) == expected, hidden
    assert b"model_not_found" in repr(expected).encode()


@pytest.mark.parametrize("dialect", list(Dialect))
def test_p12_broken_rules_hide_what_is_hidden(dialect: Dialect) -> None:
    at = scene()
    at.view.apply([Change(at.view.version + 1, at.now, "officer", "person.enchanted", "ann", {})], at.now)
    expected = _answer(at, dialect, name="no-such-model", stream=False)
    assert _answer(at, dialect, name=MYTHOS.id, stream=False) == expected
    assert _answer(at, dialect, name=NAMED[dialect], stream=False) == expected
