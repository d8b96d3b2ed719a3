"""A log read as of an earlier checkpoint, while partial tiles make way for wider ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.reading import At
from safeconduct.audit.tree import inclusion_proof, leaf_hash, verify_inclusion
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.logstore import LogStore
from support.audit_home import SIGNER, LogHome, call


def test_p7_an_earlier_checkpoint_is_whole_however_the_log_grew(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    store = LogStore(home.log)
    notes = []
    for count in (40, 30, 120, 200):
        writer = home.writer()
        for number in range(count):
            call(writer, f"{writer.boot}-{number}")
        writer.close()
        home.keep()
        notes.append(store.checkpoint())
    for note in notes:
        head = open_checkpoint(note, SIGNER.verifier)
        at = At(store, note, head.size)
        report = verify_log(at, SIGNER.verifier)
        assert report.holds, report.findings
        assert report.size == head.size
        entries = [data for _, data in LogStore(home.log).entries(0, head.size, open_checkpoint(notes[-1], SIGNER.verifier).size)]
        for index in {0, head.size // 2, head.size - 1}:
            path = inclusion_proof(index, head.size, at.nodes())
            assert verify_inclusion(index, head.size, leaf_hash(entries[index]), path, head.root)


def test_what_is_gone_is_missing(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer()
    for number in range(150):
        call(writer, f"c{number}")
    home.keep()
    note = LogStore(home.log).checkpoint()
    size = open_checkpoint(note, SIGNER.verifier).size
    (home.log / "tile" / "entries" / "000").unlink()
    at = At(LogStore(home.log), note, size)
    with pytest.raises(FileNotFoundError):
        at.bundle(0)
    with pytest.raises(FileNotFoundError):
        at.bundle(0, 17)
    with pytest.raises(FileNotFoundError):
        at.tile(5, 0, 3)
    writer.close()
