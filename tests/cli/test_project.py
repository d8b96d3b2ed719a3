"""``project``: approved uses are added, amended and listed."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import org, project
from support.registry_cli import Home


def test_a_project_is_added_amended_and_listed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(org.app, "add", "acme", "--name", "Acme")
    home.run(project.app, "add", "red", "--org", "acme", "--purpose", "testing", "--host", "a.example", "--host", "b.example")
    home.run(project.app, "amend", "red", "--tier", "cyber", "--host", "c.example")
    (row,) = home.read(project.app, "list", "--org", "acme")
    assert (row["purpose"], row["tier"], row["hosts"], row["organization"]) == ("testing", "cyber", ["c.example"], "acme")
    assert home.read(project.app, "list", "--org", "other") == []
    home.run(project.app, "add", "blue", "--org", "none", "--purpose", "x", code=1)
    home.run(project.app, "add", "blue", "--org", "acme", code=2)
