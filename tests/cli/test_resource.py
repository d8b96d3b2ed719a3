"""``resource``: a stored thing belongs to one organization for good."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import org, resource
from support.registry_cli import Home


def test_a_thing_is_recorded_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(org.app, "add", "acme", "--name", "Acme")
    home.run(resource.app, "add", "file-1", "--org", "acme", "--upstream", "openai")
    home.run(resource.app, "add", "file-1", "--org", "acme", code=1)
    home.run(resource.app, "add", "file-2", "--org", "none", code=1)
    assert home.read(resource.app, "list") == [{"id": "file-1", "organization": "acme", "upstream": "openai"}]
    assert home.read(resource.app, "list", "--org", "none") == []
