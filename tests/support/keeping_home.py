"""A home whose workers keep content: its vault is ready, a letter obliges, and what the log names can be opened."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.vault import HomeVault
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.storage.files.logstore import LogStore
from safeconduct.vault.sealing import unseal
from support.kept_vault import obliging
from support.letters import put_in_force
from support.raw_gateway import whole

MODELS = '["claude-haiku-4-5", "gpt-5.6"]'
Entry = dict[str, Any]


def prepared(home: Home) -> HomeVault:
    """The vault of a home, ready to be written."""
    vault = HomeVault.of(home, os.environ)
    vault.prepare()
    return vault


def oblige(home: Home, value: str = "flagged", name: str = "acme-keeps") -> int:
    """From now on calls are kept in this class. Returns the registry's version that says so."""
    with open_desk({"SAFECONDUCT_HOME": str(home.path)}) as desk:
        return put_in_force(desk, obliging(name, value, MODELS))[-1].seq


def logged(home: Home) -> list[Entry]:
    """Every entry of the signed log, with all its fields."""
    store = LogStore(home.log)
    size = open_checkpoint(store.checkpoint(), Verifier.parse(store.vkey())).size
    return [whole(msgspec.json.decode(data)) for _, data in store.entries(0, size, size)]


def content(vault: HomeVault, entry: Entry) -> bytes:
    """What an entry of a call names, decrypted; its ciphertext has to have the hash that the entry names."""
    store, place = vault.store(), entry["kept_place"]
    call, part = entry["call"], "request" if entry["type"] == "call.decided" else "answer"
    record = store.record(place)
    assert record is not None
    assert store.sha256_at(place) == entry["kept_sha256"]
    with vault.open_keys() as keys:
        dek = keys.dek(record.key)
        assert dek is not None
    return unseal(vault.data_key(dek), record.wrap, store.read(place), call, part)
