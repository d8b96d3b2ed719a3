"""Both vendors' lists are complete, labelled, and told apart."""

from __future__ import annotations

from safeconduct.upstreams.simulated import catalog


def test_lists_name_every_model_and_say_simulated() -> None:
    assert [entry["id"] for entry in catalog.claude_models()["data"]] == list(catalog.CLAUDE)
    assert all("(simulated)" in entry["display_name"] for entry in catalog.claude_models()["data"])
    assert [entry["id"] for entry in catalog.gpt_models()["data"]] == list(catalog.GPT)
    assert {entry["owned_by"] for entry in catalog.gpt_models()["data"]} == {"simulated"}


def test_a_vendor_offers_its_own_models_and_scripts_on_them() -> None:
    assert catalog.offers("claude-opus-4-8~torn:3", catalog.CLAUDE)
    assert not catalog.offers("claude-opus-4-8", catalog.GPT)
    assert not catalog.offers("claude-opus-4-80", catalog.CLAUDE)
    assert not catalog.offers("", catalog.GPT)
