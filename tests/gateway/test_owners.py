"""An id belongs to the caller who got it, on every worker, and to nobody else (attack table 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.gateway import owners
from safeconduct.gateway.owners import Owners


def test_another_worker_learns_an_id_when_it_meets_it(tmp_path: Path) -> None:
    one, two = Owners(tmp_path, "0"), Owners(tmp_path, "1")
    one.own("resp_1", "acme/sc_a")
    assert two.owner("resp_1") == "acme/sc_a"
    one.own("resp_2", "acme/sc_b")
    assert two.owner("resp_2") == "acme/sc_b"
    assert two.owner("resp_3") is None


def test_the_first_owner_stays(tmp_path: Path) -> None:
    one = Owners(tmp_path, "0")
    one.own("resp_1", "acme/sc_a")
    one.own("resp_1", "other/sc_b")
    assert one.owner("resp_1") == "acme/sc_a"


@pytest.mark.parametrize("odd", ["", "a b", "a\tb", "a\nb", "é", "x" * 300])
def test_odd_ids_are_never_remembered(tmp_path: Path, odd: str) -> None:
    one = Owners(tmp_path, "0")
    one.own(odd, "acme/sc_a")
    assert one.owner(odd) is None


def test_memory_is_bounded_and_forgetting_never_grants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "MAX_KNOWN", 3)
    one = Owners(tmp_path, "0")
    for number in range(5):
        one.own(f"resp_{number}", "acme/sc_a")
    assert one.owner("resp_4") == "acme/sc_a"
    assert len(one._known) == 3


def test_a_half_written_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    two = Owners(tmp_path, "1")
    other = tmp_path / "owners-0.tsv"
    other.write_text("resp_1\tacme/s")
    assert two.owner("resp_1") is None
    other.write_text("resp_1\tacme/sc_a\n")
    assert two.owner("resp_1") == "acme/sc_a"


def test_p8_what_an_owner_was_given_is_taken_out_while_workers_go_on(tmp_path: Path) -> None:
    one, two = Owners(tmp_path, "0"), Owners(tmp_path, "1")
    one.own("resp_1", "acme/sc_a")
    one.own("resp_2", "acme/sc_b")
    assert two.owner("resp_2") == "acme/sc_b"
    assert owners.forget(tmp_path, frozenset({"acme/sc_a"})) == 1
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"resp_1" not in data
    assert b"sc_a" not in data
    one.own("resp_3", "acme/sc_b")
    assert two.owner("resp_3") == "acme/sc_b"
    assert Owners(tmp_path, "2").owner("resp_1") is None
