"""How does a PKCS#11 token open what was sealed? One session, one derivation, nothing of the key outside (extra ``pkcs11``)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

from safeconduct.terms.faults import Fault, Refused

SECRET_BITS: Final = 256
SECRET_BYTES: Final = 32


class Pkcs11Token:
    """An open token. Close it: ``with``."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Raises Refused when there is no such module or token, or it does not take the PIN, which no error quotes."""
        self._where = f"{module}: token {label}"
        try:
            self._api: Any = import_module("pkcs11")
            self._errors: tuple[type[Exception], ...] = (import_module("pkcs11.exceptions").PKCS11Error, RuntimeError, OSError)
        except ModuleNotFoundError:
            mend = "install Safeconduct with the extra pkcs11"
            raise Refused(Fault("no_pkcs11", "keys in tokens need the package python-pkcs11", self._where, mend)) from None
        try:
            token = self._api.lib(str(module)).get_token(token_label=label)
            self._session: Any = token.open(user_pin=pin)
        except self._errors as wrong:
            raise self._no(f"the token cannot be opened ({type(wrong).__name__})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def derive(self, label: str, point: bytes) -> bytes:
        """The ECDH shared secret (32 bytes) of the private key called ``label`` with a point (65 bytes). Raises Refused."""
        api = self._api
        passing = {api.Attribute.SENSITIVE: False, api.Attribute.EXTRACTABLE: True, api.Attribute.TOKEN: False}
        try:
            private = self._session.get_key(object_class=api.ObjectClass.PRIVATE_KEY, key_type=api.KeyType.EC, label=label)
            secret = private.derive_key(
                api.KeyType.GENERIC_SECRET,
                SECRET_BITS,
                mechanism=api.Mechanism.ECDH1_DERIVE,
                mechanism_param=(api.KDF.NULL, None, point),
                template=passing,
            )
            value = bytes(secret[api.Attribute.VALUE])
            secret.destroy()
        except self._errors as wrong:
            raise self._no(f"the key {label} cannot be used ({type(wrong).__name__})") from None
        return value.rjust(SECRET_BYTES, b"\0")

    def _no(self, what: str) -> Refused:
        return Refused(Fault("token_refused", what, self._where, "check module, token, PIN and the label of the key"))
