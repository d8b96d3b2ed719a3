"""The vault of a home: where its parts lie, and which private key opens what."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from safeconduct.assembly.home import find
from safeconduct.assembly.vault import HomeVault
from safeconduct.storage.vault.keystore import Dek
from safeconduct.terms.faults import Refused
from support.registry_cli import Home
from support.vault_kept import SoftKey


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def vault_of(home: Home) -> HomeVault:
    return HomeVault.of(find(home.environ), home.environ)


def wrapped(vault: HomeVault, organization: str) -> Dek:
    words = (organization, "sc_ann", "standard", "2026-06", b"i" * 16)
    public = vault.publics().of(organization)
    return Dek(b"i" * 16, "sc_ann", "standard", "2026-06", organization, public.wrap(b"k" * 32, *words))


def test_keys_lie_apart_and_for_their_owner_alone(home: Home) -> None:
    vault = vault_of(home)
    vault.prepare()
    vault.prepare()
    assert vault.kek.parent == home.folder.with_name("home.apart")
    assert vault.kek.parent.stat().st_mode & 0o777 == 0o700
    assert not list(home.folder.rglob("*.pem"))


def test_an_organization_without_a_key_shares_the_homes(home: Home) -> None:
    vault = vault_of(home)
    vault.prepare()
    before = wrapped(vault, "acme")
    assert vault.data_key(before) == b"k" * 32
    assert vault.new_key("acme")
    assert vault.data_key(before) == b"k" * 32
    assert vault.data_key(wrapped(vault, "acme")) == b"k" * 32


def test_p8_without_the_private_half_nothing_opens(home: Home) -> None:
    vault = vault_of(home)
    vault.prepare()
    dek = wrapped(vault, "acme")
    (vault.kek / "home.pem").unlink()
    with pytest.raises(Refused, match="private key"):
        vault.data_key(dek)


def test_a_key_that_the_settings_name_is_the_one_that_counts(home: Home, tmp_path: Path) -> None:
    key = SoftKey()
    public, private = tmp_path / "acme.pub.pem", tmp_path / "acme.pem"
    public.write_bytes(key.pem)
    text = f'[vault.key.acme]\npublic = "file:{public}"\n'
    settings = home.folder / "safeconduct.toml"
    settings.write_text(text)
    dek = wrapped(vault_of(home), "acme")
    with pytest.raises(Refused, match="no private key of acme"):
        vault_of(home).data_key(dek)
    settings.write_text(f'{text}private = "file:{private}"\n')
    private.write_bytes(key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    assert vault_of(home).data_key(dek) == b"k" * 32
    other = ec.generate_private_key(ec.SECP256R1())
    private.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Refused, match="another public key"):
        vault_of(home).data_key(dek)
    with pytest.raises(Refused, match="settings say where"):
        vault_of(home).new_key("acme")


def test_what_the_settings_name_as_classes_counts(home: Home) -> None:
    (home.folder / "safeconduct.toml").write_text("[vault.class.legal]\ndays = 100\n")
    assert vault_of(home).classes.days("legal") == 100
