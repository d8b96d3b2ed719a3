"""``safeconduct signal add``: events of identities, all of them or none."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.cli import signal
from safeconduct.office import acts
from safeconduct.storage.files.signals import SpoolReader
from safeconduct.terms.signals import IdentitySignal
from support.registry_cli import Home


def test_events_are_put_down_for_the_watch(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with open_desk(home.environ) as desk:
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
        desk.perform(acts.RegisterPerson("ann", "acme"))
    file = tmp_path / "events.jsonl"
    file.write_text('{"at": 5, "person": "ann", "kind": "login", "country": "FR"}\n{"at": 6, "person": "eve", "kind": "login"}\n')
    assert "eve" in home.run(signal.app, str(file), code=1).output
    assert list(SpoolReader(home.folder / "run" / "signals").read()) == []
    file.write_text(file.read_text().splitlines()[0])
    assert "1 events added" in home.run(signal.app, str(file)).output
    assert list(SpoolReader(home.folder / "run" / "signals").read()) == [IdentitySignal(5, "ann", "login", country="FR")]
