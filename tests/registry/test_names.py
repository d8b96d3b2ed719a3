"""Ids and names: nothing that looks like another id is an id."""

from __future__ import annotations

import pytest

from safeconduct.registry.names import is_host, is_id, is_model_name, is_resource_id, is_text


@pytest.mark.parametrize("text", ["acme", "a", "0", "ann@example.org", "a" * 64, "x.y-z_1"])
def test_good_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "Acme", "-a", ".a", "a b", "a" * 65, "\u0430cme", "a\u200b", "acme\n", "a:b", "a/b"])
def test_lookalikes_and_separators_are_no_ids(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("text", ["claude-fable-5", "gpt-5.6", "Org/Model:tag", "claude-fable-5[1m]"])
def test_good_model_names(text: str) -> None:
    assert is_model_name(text)


@pytest.mark.parametrize("text", ["", "claude fable", "claude\u200b-5", "ｃlaude", "-x", "x" * 129])  # noqa: RUF001
def test_bad_model_names(text: str) -> None:
    assert not is_model_name(text)


def test_hosts_are_lower_case_labels() -> None:
    assert is_host("files.example")
    assert not any(is_host(text) for text in ("", "Files.example", "a..b", "https://a", "a:1", "a" * 64 + ".b"))


def test_resources_and_texts() -> None:
    assert is_resource_id("file_01AbC")
    assert not is_resource_id("file 1")
    assert not is_resource_id("f" * 257)
    assert is_text("Ann Østergård")
    assert not is_text("two\nlines")
    assert not is_text("x" * 201)
