"""A head in a bucket apart: the same promises as the one in a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safeconduct.storage.objects.heads import HeadObject
from support.s3 import Storage, storage


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with storage() as running:
        yield running


def test_p7_a_head_is_replaced_only_by_who_knows_it(server: Storage) -> None:
    bucket = server.bucket()
    one, other = HeadObject(bucket, "head"), HeadObject(bucket, "head")
    assert one.load() is None
    assert one.swap(None, b"first")
    assert not other.swap(None, b"another first")
    assert other.swap(b"first", b"second")
    assert not one.swap(b"first", b"fork")
    assert one.load() == b"second"


@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize(("there", "done"), [(b"new", True), (b"another", False)])
def test_p7_an_answer_that_was_lost_is_asked_for_again(server: Storage, old: bytes | None, there: bytes, done: bool) -> None:
    """Between our look and our write somebody writes: another keeper, or a retry of our own that did arrive."""
    bucket = server.bucket()
    head = HeadObject(bucket, "head")
    if old is not None:
        head.swap(None, old)

    class Racing(HeadObject):
        def _found(self) -> tuple[bytes | None, str]:
            found = super()._found()
            if found[0] == old:
                HeadObject(bucket, "head").swap(old, there)
            return found

    assert Racing(bucket, "head").swap(old, b"new") is done
    assert head.load() == there
