"""Notes about what is held; and a tool call that is held, released, and passes, through a whole worker."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.gateway.held import AGAIN, MOST_BYTES, HeldFile, read_held
from safeconduct.terms.held import Held

NOTE = Held("H-0123456789ab", 1_000_000, "call_1", "sc_1", "acme", model="m", kinds=("tools.destructive",))


def test_notes_are_read_back_the_latest_of_each_thing(tmp_path: Path) -> None:
    one, two = HeldFile(tmp_path / "held-0.jsonl"), HeldFile(tmp_path / "held-1.jsonl")
    one.tell(NOTE)
    later = msgspec.structs.replace(NOTE, at=NOTE.at + 5)
    two.tell(later)
    two.tell(msgspec.structs.replace(NOTE, id="H-ba9876543210", at=1))
    assert read_held(tmp_path) == [msgspec.structs.replace(NOTE, id="H-ba9876543210", at=1), later]
    assert (tmp_path / "held-0.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_client_that_tries_again_and_again_writes_one_line(tmp_path: Path) -> None:
    file = HeldFile(tmp_path / "held-0.jsonl")
    for at in range(10):
        file.tell(msgspec.structs.replace(NOTE, at=NOTE.at + at))
    assert len((tmp_path / "held-0.jsonl").read_bytes().splitlines()) == 1
    file.tell(msgspec.structs.replace(NOTE, at=NOTE.at + AGAIN))
    assert len((tmp_path / "held-0.jsonl").read_bytes().splitlines()) == 2


def test_the_files_are_bounded_and_what_is_broken_is_left_out(tmp_path: Path) -> None:
    file = HeldFile(tmp_path / "held-0.jsonl")
    for number in range(4_000):
        file.tell(msgspec.structs.replace(NOTE, id=f"H-{number:012x}", said=("x" * 400,)))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * MOST_BYTES + 4_096
    (tmp_path / "held-9.jsonl").write_bytes(b"{broken\n")
    assert read_held(tmp_path)


def test_without_a_place_and_on_a_full_disk_nobody_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    HeldFile().tell(NOTE)
    file = HeldFile(tmp_path / "run" / "held-0.jsonl")
    (tmp_path / "run").rmdir()
    file.tell(NOTE)
    assert read_held(tmp_path) == []
