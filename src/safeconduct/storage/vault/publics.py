"""For whom is an organization's content sealed? The public half of its key, or of the home's own where it has none.

Workers read these and nothing else: what they seal they cannot open.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms.faults import Fault, Refused
from safeconduct.vault.hpke import info, name_of, point_of

HOME: Final = "home"
PUBLIC_SUFFIX: Final = ".pub.pem"
PRIVATE_SUFFIX: Final = ".pem"
MAX_PEM_BYTES: Final = 8_192


class Public(NamedTuple):
    """A public key that data keys are wrapped for."""

    key: ec.EllipticCurvePublicKey
    name: bytes

    def wrap(self, data_key: bytes, organization: str, subject: str, kept_class: str, month: str, id: bytes) -> bytes:  # noqa: A002
        """A data key as it may lie in the store (``vault.hpke``)."""
        return self.name + _SUITE.encrypt(data_key, self.key, info(organization, subject, kept_class, month, id))


_SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class PublicKeys:
    """The public keys below one folder; ``elsewhere`` names the files of organizations whose keys lie elsewhere."""

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path] | None = None) -> None:
        self._folder = folder
        self._elsewhere = dict(elsewhere or {})
        self._read: dict[Path, tuple[tuple[int, int, int], Public]] = {}

    def of(self, organization: str) -> Public:
        """The key to wrap for. Raises Refused when there is none that can be read."""
        own = self._elsewhere.get(organization)
        if own is not None:
            return self._load(own)
        path = self._folder / f"{organization}{PUBLIC_SUFFIX}"
        if organization in ("", HOME) or not path.exists():
            path = self._folder / f"{HOME}{PUBLIC_SUFFIX}"
        return self._load(path)

    def _load(self, path: Path) -> Public:
        try:
            found = path.stat()
            stamp = found.st_ino, found.st_mtime_ns, found.st_size
            known = self._read.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            public = read_public(read_bounded(path, MAX_PEM_BYTES), str(path))
        except (OSError, ValueError) as wrong:
            what = "the public key that content is sealed for cannot be read"
            raise Refused(Fault("vault_key_missing", what, str(path), "run: safeconduct vault key new")) from wrong
        self._read[path] = (stamp, public)
        return public


def read_public(pem: bytes, where: str) -> Public:
    """A P-256 public key in PEM. Raises Refused for anything else."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as wrong:
        mend = "give a P-256 public key in PEM"
        raise Refused(Fault("vault_key_invalid", "this is no public key", where, mend)) from wrong
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        mend = "give a P-256 public key in PEM"
        raise Refused(Fault("vault_key_invalid", "the key is not on the curve P-256", where, mend))
    return Public(key, name_of(point_of(key)))
