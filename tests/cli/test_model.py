"""``model``: one by one or from a file, all or none, withdrawn for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import model
from support.registry_cli import Home

CATALOG = """
[[model]]
id = "claude-fable-5"
upstream = "anthropic"
aliases = ["fable"]

[[model]]
id = "gpt-5.6"
upstream = "openai"
tier = "frontier"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write(home: Home, text: str) -> str:
    path = home.folder.parent / "models.toml"
    path.write_text(text)
    return str(path)


def test_a_file_of_models_is_cataloged_as_one_act(home: Home) -> None:
    done = home.read(model.app, "add", "--file", write(home, CATALOG))
    assert len(done["changes"]) == 2
    rows = home.read(model.app, "list")
    assert [(row["id"], row["tier"], row["state"]) for row in rows] == [
        ("claude-fable-5", "standard", "active"),
        ("gpt-5.6", "frontier", "active"),
    ]


def test_a_model_is_added_replaced_and_withdrawn(home: Home) -> None:
    home.run(model.app, "add", "--id", "gpt-5.6", "--upstream", "openai", "--dialect", "chat", "--alias", "gpt")
    home.run(model.app, "add", "--id", "gpt-5.6", "--upstream", "openai", code=1)
    home.run(model.app, "add", "--id", "gpt-5.6", "--upstream", "openai", "--replace")
    assert home.read(model.app, "list")[0]["dialects"] == ["chat", "responses"]
    home.run(model.app, "withdraw", "gpt-5.6", code=2)
    home.run(model.app, "withdraw", "gpt-5.6", "--yes")
    assert home.read(model.app, "list")[0]["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not toml", "not TOML"),
        ("model = 3", "[[model]]"),
        ("[other]\n", "[[model]]"),
        ('[[model]]\nid = "x"\n', "model 1"),
        (CATALOG + '[[model]]\nid = "FABLE"\nupstream = "anthropic"\n', "already means claude-fable-5"),
    ],
)
def test_a_faulty_file_adds_nothing(home: Home, text: str, told: str) -> None:
    assert told in home.run(model.app, "add", "--file", write(home, text), code=1).stderr
    assert home.read(model.app, "list") == []


def test_either_a_file_or_an_id(home: Home) -> None:
    home.run(model.app, "add", code=2)
    home.run(model.app, "add", "--id", "x", "--file", write(home, CATALOG), code=2)
