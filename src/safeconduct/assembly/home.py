"""Where does everything of one installation lie? The home folder, its secrets, and how each part is opened from it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from safeconduct.settings.load import FILE_NAME, Settings, home_path, load
from safeconduct.storage.files.keystore import load_or_create, read_secret
from safeconduct.storage.files.shards import Gate, first_year
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment

SECRET_NAMES = ("pepper", "pseudonym.key", "commitment.key")
SECRET_BYTES = 32
APART = "SAFECONDUCT_APART"
ROOT_SHARD = "root"


@dataclass(frozen=True, slots=True)
class Shard:
    """One tree of the log: its folder under the log's (empty for the first shard), its origin, and where its writers write."""

    name: str
    origin: str
    log: Path
    journal: Path


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one home folder (SAFECONDUCT_HOME). ``held`` are settings read once, by a process that lives long."""

    path: Path
    held: Settings | None = field(default=None, compare=False, repr=False)

    def holding(self, settings: Settings) -> Home:
        """The home as it was when its settings were read: what the file says later counts from the next start on."""
        return replace(self, held=settings)

    @property
    def settings_file(self) -> Path:
        return self.path / FILE_NAME

    @property
    def registry(self) -> Path:
        return self.path / "registry.db"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def signals(self) -> Path:
        return self.run / "signals"

    @property
    def watch(self) -> Path:
        return self.path / "watch"

    @property
    def owners(self) -> Path:
        return self.path / "owners"

    @property
    def exists(self) -> bool:
        return self.registry.exists() and self.secrets.is_dir()

    def secret(self, name: str) -> bytes:
        """One 32-byte secret. Raises Refused when it is missing, of the wrong size, or open to others."""
        path = self.secrets / name
        value = read_secret(path)
        if len(value) != SECRET_BYTES:
            raise Refused(Fault("secret_damaged", "a secret does not have 32 bytes", str(path), "restore it from your backup"))
        return value

    def apart(self, environ: Mapping[str, str] | None = None) -> Path:
        """The folder beside this home for what must not travel with a copy of it: signed heads, keys that erasing destroys.

        SAFECONDUCT_APART, or the home's own name with ``.apart`` behind it. It may not exist yet.
        """
        chosen = (os.environ if environ is None else environ).get(APART)
        return Path(chosen).expanduser() if chosen else self.path.with_name(f"{self.path.name}.apart")

    def shard(self, moment: Moment) -> Shard:
        """The shard that a writer belongs to which begins at ``moment``, for all its life. Raises Refused, OSError.

        It is that of the year (UTC), or the next one that is not closed: a clock that was set back reopens nothing.
        """
        origin = self.settings().log.origin
        year = datetime.fromtimestamp(moment // SECOND, UTC).year
        first = first_year(self.journal, year, self._years())
        year = max(year, first)
        while Gate((shard := self._shard(origin, year, first)).journal).closed:
            year += 1
        return shard

    def shards(self) -> list[Shard]:
        """All shards there are, oldest first; the root log over them is not one of them. Raises Refused."""
        origin = self.settings().log.origin
        return [self._first(origin), *(self._later(origin, year) for year in self._years())]

    def root_shard(self) -> Shard:
        """The log over the shards: which were opened, and where each ended. Raises Refused."""
        origin = self.settings().log.origin
        return Shard(ROOT_SHARD, f"{origin}/{ROOT_SHARD}", self.log / ROOT_SHARD, self.path / f"journal-{ROOT_SHARD}")

    def _shard(self, origin: str, year: int, first: int) -> Shard:
        return self._first(origin) if year <= first else self._later(origin, year)

    def _first(self, origin: str) -> Shard:
        return Shard("", origin, self.log, self.journal)

    def _later(self, origin: str, year: int) -> Shard:
        return Shard(f"{year:04}", f"{origin}/{year:04}", self.log / f"{year:04}", self.path / f"journal-{year:04}")

    def _years(self) -> list[int]:
        """Years with a shard of their own, by folders of journals and of tiles."""
        found = {path.name for path in self.log.glob("[0-9][0-9][0-9][0-9]")}
        found |= {path.name.removeprefix("journal-") for path in self.path.glob("journal-[0-9][0-9][0-9][0-9]")}
        return sorted(int(name) for name in found)

    def settings(self, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings in force: those held, where this process read them before, else what the file says. Raises Refused."""
        return self.held or load(self.path, environ)


def find(environ: Mapping[str, str] | None = None) -> Home:
    """The home the environment names; it may not exist yet."""
    return Home(home_path(os.environ if environ is None else environ))


def existing(environ: Mapping[str, str] | None = None) -> Home:
    """The home the environment names. Raises Refused when it was never initialized."""
    home = find(environ)
    if not home.exists:
        raise Refused(
            Fault(
                "no_home", "there is no Safeconduct home here", str(home.path), "run: safeconduct init, or set SAFECONDUCT_HOME"
            )
        )
    return home


def create(home: Home) -> None:
    """Make the folders and secrets of a home; what is already there stays. The registry is the store's to make."""
    for folder in (home.path, home.secrets, home.log, home.journal, home.owners, home.run):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRET_NAMES:
        load_or_create(home.secrets / name, secrets.token_bytes, SECRET_BYTES)
