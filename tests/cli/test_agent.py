"""``agent``: exactly one sponsor, shown with every agent."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import agent, org, person, project
from support.registry_cli import Home


def test_agents_have_exactly_one_sponsor(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(org.app, "add", "acme", "--name", "Acme")
    home.run(project.app, "add", "red", "--org", "acme", "--purpose", "x")
    home.run(person.app, "add", "ann", "--org", "acme")
    home.run(agent.app, "add", "bot", "--org", "acme", code=2)
    home.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann", "--by-project", "red", code=2)
    home.run(agent.app, "add", "bot", "--org", "acme", "--person", "nobody", code=1)
    home.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann", "--project", "red")
    home.run(agent.app, "add", "robo", "--org", "acme", "--by-project", "red")
    home.run(agent.app, "add", "helper", "--org", "acme", "--by-agent", "bot")
    rows = {row["id"]: row["sponsor"] for row in home.read(agent.app, "list")}
    assert rows == {"bot": "person ann", "helper": "agent bot", "robo": "project red"}
    assert home.read(agent.app, "list", "--org", "other") == []
