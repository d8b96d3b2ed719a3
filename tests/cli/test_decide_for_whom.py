"""``decide`` about somebody of two organizations: it asks for which of them, as a key would say."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.cli.decide import app
from safeconduct.office.acts import JoinOrganization
from support.letters import put_in_force_at
from support.policy_home import peopled, write_letters
from support.policy_june import FILES
from support.registry_cli import Home


def test_a_person_of_two_organizations_needs_one_named(tmp_path: Path) -> None:
    home: Home = peopled(tmp_path)
    letters = write_letters(tmp_path / "letters")
    put_in_force_at(home, letters["glasswing"].read_text(), {name: data.decode() for name, data in FILES.items()})
    question = ("--person", "bo", "--model", "claude-mythos-5")
    assert home.read(app, *question)["organization"] == "acme", "of one organization it needs no name"
    with open_desk(home.environ) as desk:
        desk.perform(JoinOrganization("bo", "zeta"))
    told = home.run(app, *question, code=1).stderr
    assert "bo belongs to acme, zeta" in " ".join(told.split())
    assert "--org" in told
    assert home.read(app, *question, "--org", "acme")["decision"] == "permit"
    assert home.read(app, *question, "--org", "zeta", code=3)["decision"] == "deny", "what acme may do is not zeta's"
