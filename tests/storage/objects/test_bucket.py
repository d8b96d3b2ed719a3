"""Conditional writes, bounds, and errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safeconduct.storage.objects import bucket as buckets
from safeconduct.terms.faults import Refused
from support.s3 import SECRET, Storage, storage


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with storage() as running:
        yield running


def test_p7_a_write_names_what_it_expects(server: Storage) -> None:
    bucket = server.bucket(prefix="a/b")
    first = bucket.create("k", b"one")
    assert first
    assert bucket.create("k", b"two") is None
    second = bucket.replace("k", b"two", first)
    assert second
    assert bucket.replace("k", b"three", first) is None
    assert bucket.get("k", 10) == (b"two", second)


def test_what_is_not_there_too_long_or_out_of_reach_is_told(server: Storage) -> None:
    bucket = server.bucket()
    with pytest.raises(FileNotFoundError, match="no such object"):
        bucket.get("none", 10)
    bucket.create("long", bytes(11))
    with pytest.raises(ValueError, match="longer"):
        bucket.get("long", 10)
    nowhere = server.bucket("no-such-bucket")
    with pytest.raises(OSError, match="no such object or bucket") as told:
        nowhere.create("k", b"")
    assert SECRET not in repr(told.value)


def test_everything_below_a_prefix_is_dropped(server: Storage) -> None:
    bucket = server.bucket()
    for path in ("tile/0/000.p/1", "tile/0/000.p/2", "tile/0/000"):
        bucket.create(path, b"x")
    bucket.drop("tile/0/000.p")
    bucket.drop("tile/0/none.p")
    assert bucket.get("tile/0/000", 10)[0] == b"x"
    with pytest.raises(FileNotFoundError):
        bucket.get("tile/0/000.p/1", 10)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "obstore", None)
    with pytest.raises(Refused, match=r"safeconduct\[s3\]"):
        buckets.opened("the-log", "", endpoint="", region="us-east-1", key_id="", secret="")
