"""The catalog of models: sound entries, and no two that people would take for one."""

from __future__ import annotations

from typing import Any

import pytest

from safeconduct.registry.catalog import collisions, read_model
from safeconduct.terms.faults import Refused
from safeconduct.terms.standing import Model
from support.registry_world import FABLE


def test_what_is_left_out_has_a_meaning() -> None:
    model = read_model({"id": "gpt-5.6", "upstream": "openai"}, "models.toml")
    assert model.served_as == model.family == model.display_name == "gpt-5.6"
    assert model.dialects == {"chat", "responses"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"id": "x"}, "model_malformed"),
        ({"id": "x", "upstream": "openai", "colour": 1}, "model_malformed"),
        ({"id": "x y", "upstream": "openai"}, "model_name"),
        ({"id": "x", "upstream": "openai", "aliases": ["ｘ"]}, "model_name"),  # noqa: RUF001
        ({"id": "x", "upstream": "Open AI", "dialects": ["chat"]}, "model_upstream"),
        ({"id": "x", "upstream": "anthropic", "dialects": ["chat"]}, "model_dialect"),
        ({"id": "x", "upstream": "elsewhere"}, "model_dialect"),
        ({"id": "x", "upstream": "elsewhere", "dialects": ["morse"]}, "model_dialect"),
        ({"id": "x", "upstream": "openai", "tier": "a b"}, "model_tier"),
        ({"id": "x", "upstream": "openai", "family": "a b"}, "model_family"),
        ({"id": "x", "upstream": "openai", "max_output_tokens": -1}, "model_tokens"),
        ({"id": "x", "upstream": "openai", "display_name": "a\nb"}, "model_display_name"),
        ({"id": "x", "upstream": "openai", "aliases": [f"a{n}" for n in range(33)]}, "model_aliases"),
    ],
)
def test_faulty_entries_are_refused(written: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_model(written, "models.toml")
    assert {fault.code for fault in refused.value.faults} >= {code}


def test_a_name_with_a_slash_needs_nothing_more() -> None:
    assert read_model({"id": "Org/Model", "upstream": "openai"}, "m").family == "Org/Model"


def test_another_upstream_speaks_what_the_entry_says() -> None:
    assert read_model({"id": "x", "upstream": "own", "dialects": ["chat"]}, "m").dialects == {"chat"}


@pytest.mark.parametrize("name", ["claude-fable-5", "fable", "FABLE", "Claude-Fable-5"])
def test_a_name_that_is_taken_in_any_case_is_refused(name: str) -> None:
    other = Model(name if name.islower() else "other", "anthropic", "x", frozenset({"messages"}), "t", "f", "X", (name,))
    if other.id == FABLE.id:
        assert not [fault for fault in collisions(other, [FABLE], "m") if fault.code == "model_name_taken"]
    else:
        assert any(fault.code == "model_name_taken" for fault in collisions(other, [FABLE], "m"))


def test_an_alias_may_not_repeat_the_id() -> None:
    model = Model("x", "openai", "x", frozenset({"chat"}), "t", "f", "X", ("X",))
    assert [fault.code for fault in collisions(model, [], "m")] == ["model_alias_repeats"]
