"""``key``: shown once on stdout, kept nowhere, revoked by id."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import agent, key, org, person
from safeconduct.registry.keys import checksum_holds
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.run(org.app, "add", "sub", "--name", "Sub")
    made.run(person.app, "add", "ann", "--org", "acme")
    made.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann")
    return made


def test_a_key_is_the_only_thing_on_stdout_and_is_kept_nowhere(home: Home) -> None:
    issued = home.run(key.app, "issue", "--person", "ann", "--label", "laptop")
    text = issued.stdout.strip()
    assert checksum_holds(text)
    assert text not in issued.stderr
    kept = b"".join(path.read_bytes() for path in home.folder.rglob("*") if path.is_file())
    assert text.encode() not in kept
    (row,) = home.read(key.app, "list")
    assert (row["holder"], row["organization"], row["state"], row["label"]) == ("person ann", "acme", "active", "laptop")


def test_a_key_is_revoked_for_good(home: Home) -> None:
    issued = home.read(key.app, "issue", "--agent", "bot", "--ends", "2090-01-01T00:00:00Z")
    assert checksum_holds(issued["key"])
    home.run(key.app, "revoke", issued["id"], code=2)
    home.run(key.app, "revoke", issued["id"], "--yes")
    assert home.read(key.app, "list")[0]["state"] == "revoked"
    home.run(key.app, "revoke", issued["id"], "--yes", code=1)
    assert home.read(key.app, "list", "--org", "sub") == []


def test_the_organization_is_named_where_there_are_several(home: Home) -> None:
    home.run(person.app, "join", "ann", "--org", "sub")
    home.run(key.app, "issue", "--person", "ann", code=2)
    home.run(key.app, "issue", "--person", "ann", "--org", "sub")
    home.run(key.app, "issue", code=2)
    home.run(key.app, "issue", "--person", "ann", "--agent", "bot", code=2)
    home.run(key.app, "issue", "--person", "nobody", code=1)


def test_a_list_of_keys_is_narrowed_and_says_how_many_more(home: Home) -> None:
    for _ in range(3):
        home.run(key.app, "issue", "--person", "ann")
    home.run(key.app, "issue", "--agent", "bot")
    told = home.run(key.app, "list", "--limit", "1")
    assert len(told.stdout.splitlines()) == 2
    assert "3 more are not shown" in told.stderr
    assert len(home.read(key.app, "list", "--holder", "ann")) == 3
    assert "2 more" in home.run(key.app, "list", "--holder", "ann", "--limit", "1").stderr
    assert home.run(key.app, "list").stderr == ""
