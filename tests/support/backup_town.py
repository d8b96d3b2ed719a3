"""A home with two officers that is carried away and brought back, with somebody in it who is to be erased."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.home import find
from safeconduct.cli import main
from safeconduct.storage.sqlite.backing import BackingStore, Row
from support.officers import two
from support.registry_cli import Home

ID, NAME, EMAIL = "telltale.person", "Telltale Personname", "telltale@person.example"


class Town:
    """A home with two officers, somebody to be erased, and somebody who stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder)
        self.mira, self.noor = two(self.home)
        run = self.mira.run
        run(main.app, "org", "add", "acme", "--name", "Acme")
        run(main.app, "person", "add", ID, "--org", "acme", "--name", NAME, "--email", EMAIL)
        run(main.app, "person", "add", "ben", "--org", "acme", "--name", "Ben Example")
        run(main.app, "agent", "add", "telltale-bot", "--org", "acme", "--person", ID)
        run(main.app, "key", "issue", "--person", ID, "--label", "telltale laptop")
        run(main.app, "key", "issue", "--person", "ben", "--label", "ben's laptop")
        run(main.app, "person", "suspend", "ben", "--why", f"mistaken for {NAME}", "--yes")
        self.paths = find(self.home.environ)
        self.apart = self.paths.apart(self.home.environ)
        self.away = folder / "away"
        self.sealing = folder / "sealing.key"
        self.keys = folder / "keys.sealed"

    def carry(self) -> backup.Made:
        made = backup.make(self.paths, self.away, self.home.environ)
        keys_backup.make(self.paths, self.keys, self.sealing, environ=self.home.environ)
        return made

    def erase(self) -> None:
        self.mira.run(main.app, "person", "erase", ID, "--ground", "gdpr-17", "--yes")
        self.noor.run(main.app, "request", "approve", "--yes")

    def lose(self, *, apart: bool = False) -> None:
        self.paths.path.rename(self.folder / "lost")
        if apart:
            self.apart.rename(self.folder / "lost.apart")

    def restore(self) -> restoring.Restored:
        return restoring.restore(self.paths, self.away, self.home.environ)

    def rows(self) -> list[Row]:
        with BackingStore.open(self.paths.registry) as store:
            return list(store.rows())

    def texts(self) -> list[Path]:
        """Files of home, folder apart and backup in which the person stands."""
        paths = [path for root in (self.paths.path, self.apart, self.away) if root.exists() for path in root.rglob("*")]
        return [path for path in paths if path.is_file() and b"telltale" in path.read_bytes().lower()]
