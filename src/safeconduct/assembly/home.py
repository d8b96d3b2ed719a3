"""Where does everything of one installation lie? The home folder, its secrets, and how each part is opened from it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safeconduct.settings.load import FILE_NAME, Settings, home_path, load
from safeconduct.storage.files.keystore import load_or_create, read_secret
from safeconduct.terms.faults import Fault, Refused

SECRET_NAMES = ("pepper", "pseudonym.key", "commitment.key")
SECRET_BYTES = 32
APART = "SAFECONDUCT_APART"


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one home folder (SAFECONDUCT_HOME)."""

    path: Path

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

    def settings(self, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings in force. Raises Refused."""
        return load(self.path, environ)


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
