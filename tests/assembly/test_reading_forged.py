"""Content sealed anew, with every key in hand, is still not what the log says was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.reading import read
from safeconduct.cli import main
from safeconduct.terms.faults import Refused
from safeconduct.vault.places import read_place
from safeconduct.vault.records import pack
from safeconduct.vault.sealing import RANDOM_BYTES, seal
from support.vault_home import STANDARD, VaultHome


def test_p7_content_that_was_sealed_anew_by_whoever_has_the_keys_is_not_shown(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    home.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "a leak was reported")
    call = home.call(b"what ann asked", model=STANDARD)
    store = home.vault.store()
    place, record = next((str(place), each) for place, each in store.records() if each.part == "request")
    with home.vault.open_keys() as keys:
        dek = keys.dek(record.key)
    assert dek is not None
    forged = b"what ann never"
    wrap, sealed = seal(home.vault.data_key(dek), b"\1" * RANDOM_BYTES, call, "request", forged)
    head, found = pack(call, "request", record.at, record.key, wrap, sealed)
    (file,) = home.vault.folder.rglob("*.blobs")
    data = bytearray(file.read_bytes())
    data[read_place(place).offset : read_place(place).offset + record.length] = head + sealed
    file.write_bytes(data)
    assert store.sha256_at(place) == found.hex()
    assert store.read(place) == sealed
    with open_desk(home.mira.environ) as desk, pytest.raises(Refused) as no:
        read(home.vault, desk, call, "request", "leak", "find the leak")
    assert [fault.code for fault in no.value.faults] == ["content_altered"]
