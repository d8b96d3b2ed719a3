"""Where do a home's kept content and its keys lie, and whose key opens which? Paths, public halves, and private ones on demand.

Content lies in the home, its wrapped keys in the folder apart (``keys.db``), and so do the keys of organizations (``kek/``),
unless the settings say that an organization's lies elsewhere. Workers get the public halves only.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safeconduct.assembly.home import Home
from safeconduct.settings.load import Settings
from safeconduct.settings.sections import VaultKeySettings
from safeconduct.settings.vaults import FILE, TOKEN, read_token
from safeconduct.storage.files.disk import Disk, read_bounded
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.storage.vault.privates import FileKey, TokenKey, make_key
from safeconduct.storage.vault.publics import HOME, MAX_PEM_BYTES, PRIVATE_SUFFIX, PublicKeys, read_public
from safeconduct.storage.vault.token import Pkcs11Token
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.faults import Fault, Refused
from safeconduct.upstreams.provider import read_credential
from safeconduct.vault.classes import Classes
from safeconduct.vault.hpke import NAME_BYTES, Private, Unopened, info, name_of, unwrap

VAULT: Final = "vault"
KEYS: Final = "keys.db"
KEK: Final = "kek"


def classes_of(settings: Settings) -> Classes:
    """The retention classes in force: those that are always there, and those of the settings."""
    told = settings.vault.class_
    return Classes({name: each.days for name, each in told.items()}, (name for name, each in told.items() if each.protected))


@dataclass(frozen=True, slots=True)
class HomeVault:
    """The vault of one home."""

    home: Home
    settings: Settings
    environ: Mapping[str, str]

    @classmethod
    def of(cls, home: Home, environ: Mapping[str, str] | None = None) -> HomeVault:
        """With the settings in force. Raises Refused."""
        env = os.environ if environ is None else environ
        return cls(home, home.settings(env), env)

    @property
    def folder(self) -> Path:
        return self.home.path / VAULT

    @property
    def keys_file(self) -> Path:
        return self.home.apart(self.environ) / KEYS

    @property
    def kek(self) -> Path:
        return self.home.apart(self.environ) / KEK

    @property
    def classes(self) -> Classes:
        """The retention classes in force."""
        return classes_of(self.settings)

    def store(self) -> VaultStore:
        """The content."""
        return VaultStore(self.folder)

    def open_keys(self) -> KeyStore:
        """The wrapped keys. Raises Refused or OSError; also when there is content, and the store of its keys is not there."""
        if not self.keys_file.exists() and next(self.store().files(), None) is not None:
            what = "content lies in the vault, and the store of its keys is not where it should be"
            raise Refused(Fault("keys_missing", what, str(self.keys_file), "mount it, or set SAFECONDUCT_APART to where it is"))
        return KeyStore.open(self.keys_file, self.folder)

    def publics(self) -> PublicKeys:
        """The public halves that content is sealed for."""
        elsewhere = {name: Path(each.public.removeprefix(FILE)) for name, each in self.settings.vault.key.items()}
        return PublicKeys(self.kek, elsewhere)

    def prepare(self, disk: Disk | None = None) -> None:
        """Make the folder apart and the home's own key in it, where they are not there yet. Raises Refused or OSError."""
        apart = self.home.apart(self.environ)
        apart.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_key(self.kek, HOME, disk)

    def new_key(self, organization: str) -> bool:
        """Make an organization's own key; what is kept from now on is sealed for it. False when it has one. Raises Refused."""
        if organization in self.settings.vault.key:
            what = f"the settings say where the key of {organization} lies"
            raise Refused(Fault("key_elsewhere", what, f"vault.key.{organization}", "make it there"))
        self.prepare()
        return make_key(self.kek, organization)

    def writer(self, boot: str, loop: asyncio.AbstractEventLoop) -> VaultWriter:
        """The writing end, for the worker of this boot. Raises Refused or OSError."""
        self.open_keys().close()
        return VaultWriter.open(self.folder, self.keys_file, self.publics(), boot, loop)

    # Opening --------------------------------------------------------------------------------------------------------

    def data_key(self, dek: Dek) -> bytes:
        """A data key, unwrapped with the private half it was wrapped for. Raises Refused, naming no key."""
        bound = info(dek.organization, dek.subject, dek.kept_class, dek.month, dek.id)
        with self._private(dek) as private:
            try:
                return unwrap(dek.wrapped, private, bound)
            except Unopened as wrong:
                mend = "restore the store of keys, or the organization's key, from a backup"
                raise Refused(Fault("key_unopened", str(wrong), f"key of {dek.organization or HOME}", mend)) from None

    @contextmanager
    def _private(self, dek: Dek) -> Iterator[Private]:
        """The private half that a data key was wrapped for: the organization's own, or the home's."""
        own = self.settings.vault.key.get(dek.organization)
        if own is not None and self._named(own) == dek.wrapped[:NAME_BYTES]:
            with self._elsewhere(own, dek.organization) as private:
                yield private
            return
        for name in dict.fromkeys((dek.organization, HOME)):
            path = self.kek / f"{name}{PRIVATE_SUFFIX}"
            if name and path.exists():
                key = FileKey.read(path)
                if name_of(key.point) == dek.wrapped[:NAME_BYTES]:
                    yield key
                    return
        what = "the private key that this content was sealed for is not here"
        mend = "read it where the organization's private key is"
        raise Refused(Fault("no_private_key", what, f"key of {dek.organization or HOME}", mend))

    def _named(self, key: VaultKeySettings) -> bytes:
        path = Path(key.public.removeprefix(FILE))
        return read_public(read_bounded(path, MAX_PEM_BYTES), str(path)).name

    @contextmanager
    def _elsewhere(self, key: VaultKeySettings, organization: str) -> Iterator[Private]:
        if key.private.startswith(TOKEN):
            named = read_token(key.private)
            pin = read_credential(f"the key of {organization}", key.pin, self.environ)
            path = Path(key.public.removeprefix(FILE))
            with Pkcs11Token(Path(key.module), named["token"], pin) as token:
                yield TokenKey(token, named["object"], read_public(read_bounded(path, MAX_PEM_BYTES), str(path)))
        elif key.private:
            yield FileKey.read(Path(key.private.removeprefix(FILE)))
        else:
            what = f"the settings name no private key of {organization}"
            mend = "read it where that key is"
            raise Refused(Fault("no_private_key", what, f"vault.key.{organization}.private", mend))
