"""Do the settings about kept content make sense? Classes that can be, and keys named by where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.settings.sections import VaultKeySettings, VaultSettings
from safeconduct.terms.content import BANNED, CLASS_DAYS
from safeconduct.terms.faults import Fault
from safeconduct.vault.classes import MAX_DAYS, is_class_name

FILE: Final = "file:"
TOKEN: Final = "pkcs11:"  # noqa: S105 - a scheme
NO_ORGANIZATION: Final = "home"  # the name of the key that those without one of their own share


def vault_faults(vault: VaultSettings, where: str) -> Iterator[Fault]:
    """Every fault of the section."""
    for name, kept in vault.class_.items():
        spot = f"{where}: vault.class.{name}"
        if not is_class_name(name) or name == BANNED:
            mend = "choose a name of small letters, digits and dashes"
            yield Fault("class_invalid", f"no retention class can be called {name[:40]!r}", spot, mend)
        elif not 1 <= kept.days <= MAX_DAYS:
            yield Fault("days_invalid", "the number of days is out of range", f"{spot}.days", f"choose 1 to {MAX_DAYS}")
        elif name in CLASS_DAYS and kept.days < CLASS_DAYS[name]:
            what = f"class {name} would be kept for less than the {CLASS_DAYS[name]} days that rules rely on"
            yield Fault("days_invalid", what, f"{spot}.days", "add a class with another name instead")
    for name, key in vault.key.items():
        yield from _key_faults(key, name, f"{where}: vault.key.{name}")


def _key_faults(key: VaultKeySettings, name: str, spot: str) -> Iterator[Fault]:
    if name == NO_ORGANIZATION:
        yield Fault("key_invalid", "the home's own key lies in the folder apart", spot, "name an organization")
    if not key.public.startswith(FILE) or key.public == FILE:
        yield Fault("key_invalid", "the public key is named by its file", f"{spot}.public", 'write it like "file:/path/key.pem"')
    token = key.private.startswith(TOKEN)
    if key.private and not token and (not key.private.startswith(FILE) or key.private == FILE):
        mend = 'name its place: "file:/path/key.pem" or "pkcs11:token=...;object=..."'
        yield Fault("key_in_settings", "a private key must not stand in the settings", f"{spot}.private", mend)
    if token:
        parts = read_token(key.private)
        if not parts.get("token") or not parts.get("object"):
            mend = 'write it like "pkcs11:token=vault;object=acme"'
            yield Fault("key_invalid", "token and object of the key are not both named", f"{spot}.private", mend)
        if not key.module:
            yield Fault("key_invalid", "no PKCS#11 module is named", f"{spot}.module", "give the path of the module")
        if not key.pin.startswith(("env:", FILE)):
            mend = 'name its place: "env:VARIABLE" or "file:/path"'
            yield Fault("pin_in_settings", "the PIN must not stand in the settings", f"{spot}.pin", mend)


def read_token(text: str) -> dict[str, str]:
    """The parts of ``pkcs11:token=...;object=...`` (RFC 7512 section 2.3, the two attributes that we use)."""
    pairs = (each.partition("=") for each in text.removeprefix(TOKEN).split(";"))
    return {name: value for name, sign, value in pairs if sign}
