"""``project``: approved uses are added, amended and listed."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.cli import org, project
from safeconduct.office.acts import ApproveRequest
from support.registry_cli import Home


def agree(home: Home) -> None:
    """A second officer agrees to whatever waits."""
    with open_desk(home.environ) as desk:
        for request in list(desk.registry.requests):
            desk.perform(ApproveRequest(request), actor="officer-b")


def test_a_project_is_added_amended_and_listed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(org.app, "add", "acme", "--name", "Acme")
    home.run(project.app, "add", "red", "--org", "acme", "--purpose", "testing", "--host", "a.example", "--host", "b.example")
    assert home.read(project.app, "list")[0]["tier"] == "benign"
    told = home.run(project.app, "amend", "red", "--tier", "cyber", code=1).stderr
    assert "benign, low-risk-dual-use, high-risk-dual-use, prohibited" in " ".join(told.split())
    assert "say why" in home.run(project.app, "amend", "red", "--tier", "high-risk-dual-use", code=1).stderr
    raised = ("--tier", "high-risk-dual-use", "--why", "reviewed")
    told = home.run(project.app, "amend", "red", *raised, "--host", "c.example", "--ends", "2090-01-01T00:00:00Z").stderr
    assert "waits" in told
    assert home.read(project.app, "list")[0]["tier"] == "benign", "one officer alone lets no project do more"
    agree(home)
    (row,) = home.read(project.app, "list", "--org", "acme")
    assert (row["purpose"], row["tier"], row["hosts"]) == ("testing", "high-risk-dual-use", ["c.example"])
    assert (row["organization"], row["ends"]) == ("acme", "2090-01-01T00:00:00Z")
    assert home.read(project.app, "list", "--org", "other") == []
    home.run(project.app, "add", "blue", "--org", "none", "--purpose", "x", code=1)
    home.run(project.app, "add", "blue", "--org", "acme", code=2)


def test_scope_is_declared_and_every_change_of_tier_is_shown(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(org.app, "add", "acme", "--name", "Acme")
    scope = [word for asset in ("host:a.example", "repository:acme/radio", "verb:read") for word in ("--asset", asset)]
    home.run(project.app, "add", "red", "--org", "acme", "--purpose", "testing", *scope)
    home.run(project.app, "amend", "red", "--tier", "low-risk-dual-use", "--why", "reviewed")
    agree(home)
    home.run(project.app, "amend", "red", "--tier", "prohibited")
    shown = home.read(project.app, "show", "red")
    assert (shown["hosts"], shown["assets"]) == (["a.example"], ["repository:acme/radio", "verb:read"])
    assert [(each["before"], each["after"], each["why"]) for each in shown["tierings"]] == [
        ("benign", "low-risk-dual-use", "reviewed"),
        ("low-risk-dual-use", "prohibited", ""),
    ]
    assert all(each["actor"].startswith("os:") for each in shown["tierings"])
    assert "never unlocked" in home.run(project.app, "amend", "red", "--tier", "benign", "--why", "please", code=1).stderr
    assert "project list" in home.run(project.app, "show", "none", code=1).stderr
    assert "kind:value" in home.run(project.app, "amend", "red", "--asset", "planet:earth", code=1).stderr
