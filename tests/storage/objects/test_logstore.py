"""One suite for the keeper's store: the same log in files and in a bucket, by the same keeper, verifier and proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, Proof, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import Outcome
from safeconduct.audit.tiles import node_reader
from safeconduct.audit.tree import inclusion_proof
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.objects.bucket import Bucket
from safeconduct.storage.objects.heads import HeadObject
from safeconduct.storage.objects.logstore import ObjectLogStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from safeconduct.workers.ports import Heads, Store
from support.audit_home import SIGNER, LogHome, call, crash
from support.audit_samples import decided
from support.s3 import Storage, storage

Open = Callable[[Path], Store]


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with storage() as running:
        yield running


def in_bucket(bucket: Bucket) -> Open:
    return lambda path: ObjectLogStore(bucket, "2027", LogStore(path / "staging"))


@pytest.fixture(params=["files", "objects"])
def opener(request: pytest.FixtureRequest, server: Storage) -> Open:
    return (lambda path: LogStore(path / "log")) if request.param == "files" else in_bucket(server.bucket(prefix="prod"))


class Home(LogHome):
    """A log whose store and heads are asked for anew by every keeper, as after a restart."""

    def __init__(self, path: Path, opener: Open, heads: Heads | None = None, life: str = "first") -> None:
        super().__init__(path, life)
        self.open = opener
        self.store_of = lambda _: opener(path)
        if heads is not None:
            self.heads_of = lambda _: heads


def test_the_same_log_is_kept_verified_and_proven(opener: Open, tmp_path: Path) -> None:
    home = Home(tmp_path, opener)
    writer, left = home.writer("w"), home.writer("left")
    keeper = home.keeper()
    call(left, "open", None)
    crash(left)
    for number in range(4):
        writer.append_sync(*(decided(f"{number}/{each}") for each in range(97)))
        call(writer, f"c{number}", Outcome.SERVED)
        home.clock.now += SECOND
        keeper.step(home.clock.now)
    home.crash_keepers()
    crash(writer)
    home.keep()
    store = home.open(tmp_path)
    report = verify_log(store, SIGNER.verifier)
    assert report.findings == []
    assert report.open_calls == []
    assert report.decided == 4 * 98 + 1
    checkpoint = open_checkpoint(store.checkpoint(), SIGNER.verifier)
    for index in (0, 255, 256, checkpoint.size - 1):
        path = inclusion_proof(index, checkpoint.size, node_reader(checkpoint.size, store.tile))
        entry = next(data for _, data in store.entries(index, index + 1, checkpoint.size))
        assert Proof(index, entry, tuple(path), store.checkpoint()).check(SIGNER.verifier) == checkpoint
    assert store.minimum() == 0


def test_what_is_not_there_is_told(opener: Open, tmp_path: Path) -> None:
    store = opener(tmp_path)
    for read in (store.checkpoint, lambda: store.tile(0, 0, 256), lambda: store.bundle(0, 3)):
        with pytest.raises(FileNotFoundError):
            read()


def test_p7_other_bytes_at_the_place_of_a_tile_are_a_fault(server: Storage, tmp_path: Path) -> None:
    bucket = server.bucket()
    store, other = in_bucket(bucket)(tmp_path / "one"), in_bucket(bucket)(tmp_path / "other")
    for each, hashes in ((store, bytes(64)), (other, b"\x01" * 64)):
        each.write_tile(0, 0, hashes, 2)
        each.sync()
    store.settle()
    with pytest.raises(Refused, match="other bytes"):
        other.settle()
    again = in_bucket(bucket)(tmp_path / "again")
    again.write_tile(0, 0, bytes(64), 2)
    again.settle()


def test_p7_a_checkpoint_is_replaced_only_by_who_knows_it(server: Storage, tmp_path: Path) -> None:
    bucket = server.bucket()
    one, other = in_bucket(bucket)(tmp_path / "one"), in_bucket(bucket)(tmp_path / "other")
    one.write_checkpoint(b"first")
    with pytest.raises(Refused, match="another keeper"):
        other.write_checkpoint(b"another first")
    assert other.checkpoint() == b"first"
    other.write_checkpoint(b"second")
    with pytest.raises(Refused, match="another keeper"):
        one.write_checkpoint(b"fork")
    one.write_checkpoint(b"second")
    assert one.checkpoint() == b"second"


def test_p7_two_hosts_over_one_bucket_never_sign_two_logs(server: Storage, tmp_path: Path) -> None:
    bucket, heads = server.bucket(), server.bucket()
    homes = [Home(tmp_path / name, in_bucket(bucket), HeadObject(heads, "head"), name) for name in ("one", "two")]
    keepers = [home.keeper() for home in homes]
    keepers[0].step(homes[0].clock.now)
    with pytest.raises(Refused, match=r"another keeper|other bytes"):
        keepers[1].step(homes[1].clock.now)
    homes[1].crash_keepers()
    keepers[0].finish(homes[0].clock.now)
    assert verify_log(homes[0].open(tmp_path / "one"), SIGNER.verifier).holds


def test_what_a_crash_left_beyond_the_state_never_goes_out(server: Storage, tmp_path: Path) -> None:
    bucket = server.bucket()
    store = in_bucket(bucket)(tmp_path)
    store.write_tile(0, 0, bytes(96), 3)
    store.write_tile(0, 0, bytes(160), 5)
    store.write_bundle(0, b"torn", 5)
    store.sync()
    later = in_bucket(bucket)(tmp_path)
    later.begin(4)
    later.settle()
    assert later.tile(0, 0, 3) == bytes(96)
    for read in (lambda: later.tile(0, 0, 5), lambda: later.bundle(0, 5)):
        with pytest.raises(FileNotFoundError):
            read()
    assert [path for path in (tmp_path / "staging").rglob("*") if path.is_file()] == []


def test_p7_the_keeper_signs_only_what_is_in_the_bucket(server: Storage, tmp_path: Path) -> None:
    bucket = server.bucket()

    class Failing(ObjectLogStore):
        def settle(self) -> None:
            raise OSError(5, "out of reach")

    home = Home(tmp_path, lambda path: Failing(bucket, "2027", LogStore(path / "staging")))
    with pytest.raises(OSError, match="out of reach"):
        home.keeper().step(home.clock.now)
    home.crash_keepers()
    home = Home(tmp_path, in_bucket(bucket), life="second")
    with pytest.raises(FileNotFoundError):
        home.open(tmp_path).checkpoint()
    home.keep()
    assert verify_log(home.open(tmp_path), SIGNER.verifier).holds


def test_a_log_of_another_key_is_not_taken_over(server: Storage, tmp_path: Path) -> None:
    store = in_bucket(server.bucket())(tmp_path)
    store.write_vkey("one", ["cosigner"])
    store.write_vkey("one", ["cosigner"])
    assert store.vkey() == "one"
    with pytest.raises(Refused, match="other bytes"):
        store.write_vkey("two")
    signed = sign_checkpoint(Checkpoint(SIGNER.verifier.name, 0, bytes(32)), SIGNER)
    store.write_checkpoint(signed)
    assert store.checkpoint() == signed
