"""The root log over the shards: a shard that is missing, swapped, shorter or not told of is named."""

from __future__ import annotations

from safeconduct.audit.checkpoint import Checkpoint
from safeconduct.audit.entries import Entry, ShardClosed, ShardOpened
from safeconduct.audit.note import Signer
from safeconduct.audit.shards import Shard, check_shards
from support.audit_samples import T0, started

FIRST, SECOND = Signer("log.example", bytes(32)), Signer("log.example/2027", bytes([1]) * 32)
HEADS = {
    "log.example": Shard(FIRST.verifier, Checkpoint("log.example", 300, b"r" * 32)),
    "log.example/2027": Shard(SECOND.verifier, Checkpoint("log.example/2027", 5, b"s" * 32)),
}


def root(*, size: int = 300, key: Signer = SECOND) -> list[tuple[int, Entry]]:
    return list(
        enumerate(
            [
                started("keeper"),
                ShardOpened(at=T0, origin="log.example", vkey=str(FIRST.verifier)),
                ShardOpened(at=T0, origin="log.example/2027", vkey=str(key.verifier)),
                ShardClosed(at=T0, origin="log.example", size=size, root=(b"r" * 32).hex()),
            ]
        )
    )


def test_shards_that_end_as_told_hold() -> None:
    assert check_shards(root(), HEADS) == []
    assert check_shards([], HEADS) == []  # a log of before there were shards


def test_p7_a_shard_that_is_shorter_or_another_is_forked() -> None:
    (found,) = check_shards(root(size=301), HEADS)
    assert (found.code, found.kind, found.index) == ("fork", "forked", 3)
    other = HEADS | {"log.example": Shard(FIRST.verifier, Checkpoint("log.example", 300, b"x" * 32))}
    assert [each.kind for each in check_shards(root(), other)] == ["forked"]


def test_p7_a_shard_with_another_key_is_named() -> None:
    (found,) = check_shards(root(key=Signer("log.example/2027", bytes([9]) * 32)), HEADS)
    assert (found.code, found.index) == ("origin", 2)


def test_p7_a_shard_that_is_gone_or_not_told_of_is_named() -> None:
    (found,) = check_shards(root(), {"log.example/2027": HEADS["log.example/2027"]})
    assert (found.kind, found.index) == ("missing", 3)
    (found,) = check_shards(root()[:2], HEADS)
    assert "2027" in found.what


def test_p7_a_shard_that_was_begun_and_is_gone_is_named_though_it_was_never_closed() -> None:
    (found,) = check_shards(root(), {"log.example": HEADS["log.example"]})
    assert (found.kind, found.index) == ("missing", 2)
    assert "log.example/2027" in found.what
