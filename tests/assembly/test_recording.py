"""An entry of a command: durable, in a chain of its own, in the name of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.exporting import trees
from safeconduct.assembly.process import clock
from safeconduct.assembly.recording import record
from safeconduct.assembly.verifying import verify_trees
from safeconduct.audit.entries import LogExported
from safeconduct.terms.faults import Refused
from support.bundles import BundleHome, silent


def test_p9_an_entry_stands_in_a_whole_chain(tmp_path: Path) -> None:
    home = BundleHome(tmp_path)
    record(home.paths, LogExported(at=clock(), actor="sc_x", sha256="a" * 64))
    data = b"".join(path.read_bytes() for path in home.paths.journal.rglob("*.wal"))
    kinds = [kind for kind in (b"writer.started", b"log.exported", b"writer.stopped") if kind in data]
    assert len(kinds) == 3
    assert b'"role":"desk"' in data
    home.keep()
    assert verify_trees(home.paths.log, trees(home.paths)[0].verifier, None, silent).holds


def test_where_nothing_can_be_written_the_answer_is_no(tmp_path: Path) -> None:
    home = BundleHome(tmp_path)
    home.paths.journal.rmdir()
    home.paths.journal.write_text("in the way")
    with pytest.raises((Refused, OSError)):
        record(home.paths, LogExported(at=clock()))
