"""A vault for tests: folders, an organization's key, a writer whose loop runs as long as something is awaited."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.storage.vault.publics import PublicKeys
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.content import Kept
from safeconduct.terms.moments import Moment, parse
from safeconduct.vault.hpke import info, point_of, unwrap
from safeconduct.vault.sealing import unseal

JUNE: Moment = parse("2026-06-12T12:00:00Z")
BOOT = "a1b2c3d4e5f6"
CALL = f"call_{BOOT}_1"


class SoftKey:
    """The private half of a key, as the vault asks for it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())

    @property
    def point(self) -> bytes:
        return point_of(self.key.public_key())

    @property
    def pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def shared(self, point: bytes) -> bytes:
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))


class Kit:
    """One vault in a folder: the home's key, and one of the organization ``acme``."""

    def __init__(self, folder: Path) -> None:
        self.blobs = folder / "home" / "vault"
        self.keys = folder / "apart" / "keys.db"
        self.kek = folder / "apart" / "kek"
        self.kek.mkdir(parents=True)
        self.own, self.acme = SoftKey(), SoftKey()
        (self.kek / "home.pub.pem").write_bytes(self.own.pem)
        (self.kek / "acme.pub.pem").write_bytes(self.acme.pem)
        self.publics = PublicKeys(self.kek)
        self.store = VaultStore(self.blobs)

    def open_keys(self) -> KeyStore:
        return KeyStore.open(self.keys, self.blobs)

    def keep(self, *words: bytes, kept_class: str = "standard", subject: str = "sc_ann", at: Moment = JUNE) -> list[Kept]:
        """Keep each as the request of a call of its own, until all are on the disk."""
        return [kept for kept, durable in self.kept(*words, kept_class=kept_class, subject=subject, at=at) if kept and durable]

    def kept(
        self,
        *words: bytes,
        kept_class: str = "standard",
        subject: str = "sc_ann",
        organization: str = "acme",
        at: Moment = JUNE,
        disk: Disk | None = None,
        boot: str = BOOT,
    ) -> list[tuple[Kept | None, bool]]:
        """What each ``keep`` gave, and what ``then`` heard (False when nothing)."""

        async def run() -> list[tuple[Kept | None, bool]]:
            loop = asyncio.get_running_loop()
            writer = VaultWriter.open(self.blobs, self.keys, self.publics, boot, loop, disk=disk)
            told: list[bool | None] = [None] * len(words)
            given: list[Kept | None] = []
            done = asyncio.Event()

            def heard(number: int, durable: bool) -> None:
                told[number] = durable
                done.set()

            for number, data in enumerate(words):
                given.append(
                    writer.keep(
                        call=f"call_{boot}_{number + 1:x}",
                        part="request",
                        subject=subject,
                        organization=organization,
                        kept_class=kept_class,
                        at=at,
                        data=data,
                        then=lambda durable, number=number: heard(number, durable),  # type: ignore[misc]
                    )
                )
            async with asyncio.timeout(30):
                while any(one is None for one, kept in zip(told, given, strict=True) if kept is not None):
                    await done.wait()
                    done.clear()
            writer.close()
            return [(kept, bool(one)) for kept, one in zip(given, told, strict=True)]

        return asyncio.run(run())

    def read(self, place: str, key: SoftKey | None = None) -> bytes:
        """The content at a place, in the few steps that reading takes."""
        record = self.store.record(place)
        assert record is not None
        with self.open_keys() as keys:
            moved = keys.rewrapped(place)
            dek = keys.dek(moved.id if moved else record.key)
        assert dek is not None
        bound = info(dek.organization, dek.subject, dek.kept_class, dek.month, dek.id)
        data_key = unwrap(dek.wrapped, key or self.acme, bound)
        return unseal(data_key, moved.wrap if moved else record.wrap, self.store.read(place), record.call, record.part)
