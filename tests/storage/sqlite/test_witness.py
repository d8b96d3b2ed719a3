"""What a witness keeps: one step for looking and keeping, whoever asks at the same time."""

from __future__ import annotations

import sqlite3
import stat
import threading
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.storage.sqlite.witness import WitnessStore
from safeconduct.terms.faults import Refused
from support.witnesses import LOG, LOG_COSIGNER, ORIGIN, Leaves

LEAVES = Leaves(40)


@pytest.fixture
def store(tmp_path: Path) -> WitnessStore:
    store = WitnessStore(tmp_path / "witness.db")
    store.trust(LOG.verifier)
    return store


def test_what_is_kept_is_there_after_opening_again(tmp_path: Path, store: WitnessStore) -> None:
    assert store.known(ORIGIN) is None
    assert store.advance(LEAVES.checkpoint(20), lambda: 7, lambda before: before is None) == (None, 7)
    store.close()
    again = WitnessStore(tmp_path / "witness.db")
    assert again.known(ORIGIN) == LEAVES.checkpoint(20)
    assert [(seen.origin, seen.at, len(seen.vkeys)) for seen in again.logs()] == [(ORIGIN, 7, 1)]
    assert stat.S_IMODE((tmp_path / "witness.db").stat().st_mode) == 0o600


def test_a_log_may_have_several_keys(store: WitnessStore) -> None:
    assert store.trust(LOG_COSIGNER.verifier)
    assert not store.trust(LOG_COSIGNER.verifier)
    assert set(store.keys(ORIGIN)) == {LOG.verifier, LOG_COSIGNER.verifier}
    assert store.keys("elsewhere") == []
    with pytest.raises(NoteInvalid):
        store.known("elsewhere")


def test_what_may_not_be_is_not_kept(store: WitnessStore) -> None:
    store.advance(LEAVES.checkpoint(20), lambda: 7, lambda before: True)
    assert store.advance(LEAVES.checkpoint(30), lambda: 8, lambda before: False) == (LEAVES.checkpoint(20), None)
    assert store.known(ORIGIN) == LEAVES.checkpoint(20)


def test_whatever_is_raised_while_judging_keeps_nothing(store: WitnessStore) -> None:
    with pytest.raises(ZeroDivisionError):
        store.advance(LEAVES.checkpoint(20), lambda: 7, lambda before: bool(1 // 0))
    assert store.known(ORIGIN) is None
    assert store.advance(LEAVES.checkpoint(20), lambda: 7, lambda before: True) == (None, 7)


def test_p7_two_who_ask_at_once_never_roll_the_log_back(tmp_path: Path, store: WitnessStore) -> None:
    """Many threads, each with a connection of its own, each sure to hold the next checkpoint."""
    store.advance(LEAVES.checkpoint(1), lambda: 0, lambda before: True)
    kept: list[tuple[int, int]] = []

    def ask(first: int) -> None:
        own = WitnessStore(tmp_path / "witness.db")
        for size in range(first, 40, 4):
            before, at = own.advance(LEAVES.checkpoint(size), lambda: 1, partial(_smaller, size))
            if at is not None and before is not None:
                kept.append((before.size, size))
        own.close()

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    steps = sorted(kept)
    assert all(after == before for (_, after), (before, _) in pairwise(steps))  # one unbroken line
    assert store.known(ORIGIN) == LEAVES.checkpoint(39)


def _smaller(size: int, known: Checkpoint | None) -> bool:
    return known is not None and known.size < size


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"not a database, but longer than the header of one would be: " * 40)
    with pytest.raises(Refused):
        WitnessStore(tmp_path / "words")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(Refused) as refused:
        WitnessStore(tmp_path / "other.db")
    assert refused.value.faults[0].code == "witness_damaged"


def test_a_size_is_never_less_than_none(store: WitnessStore) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.advance(Checkpoint(ORIGIN, -2, bytes(32)), lambda: 1, lambda before: True)
