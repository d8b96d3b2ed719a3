"""How is the log of one home opened? Wires keepers, their own journals, their heads and the one lock to their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.places import Places
from safeconduct.assembly.witness import larger_tree_known
from safeconduct.audit.entries import WriterStarted
from safeconduct.audit.note import Signer
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.keystore import Random, log_cosigner, log_signer
from safeconduct.storage.files.locks import Held
from safeconduct.storage.files.logstore import StateStore
from safeconduct.storage.files.shards import Gate
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.keeper import KEEPER_PREFIX, Keeper
from safeconduct.workers.merging import Alarm
from safeconduct.workers.ports import Heads, Store
from safeconduct.workers.shards import Shards

STATUS_FILE = "keeper.json"
STATE_FILE = ".keeper.json"
LOCK_FILE = ".keeper.lock"
WITNESS_SECONDS = 2.0  # a witness that does not answer holds the start of a log up for this long
KEEPER_SEGMENT_BYTES = 64 * 1024  # it writes little: its own start, and closings


@dataclass(frozen=True, slots=True)
class Start:
    """What a keeper says about itself in its first entry. ``boot`` is any fresh id."""

    node: str
    boot: str
    clock: Callable[[], Moment]
    versions: tuple[str, ...] = ()
    settings_hash: str = ""


@contextmanager
def open_log(
    home: Home,
    start: Start,
    places: Places,
    random: Random,
    tell: Callable[[str], None],
    merge_delay: float = 10.0,
    disk: Disk | None = None,
) -> Iterator[Shards]:
    """All trees of one home, under the one lock. ``merge_delay`` in seconds; ``tell`` hears when entries wait longer.

    Raises Refused when another keeper runs, or a tree must not be signed; OSError when it cannot be read or written.
    """
    disk = disk or Disk()
    home.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = keeper_lock(home.journal)
    try:
        with ExitStack() as stack:
            shelf = HomeShelf(home, start, places, random, stack, disk)
            shard = home.root_shard()
            store = places.log(shard)
            report = home.run / STATUS_FILE
            yield Shards(
                shelf,
                shelf.keeper(shard, store),
                store,
                lambda status: disk.write_file(report, status),
                Alarm(round(merge_delay * SECOND), tell),
                start.clock(),
            )
    finally:
        lock.release()


def keeper_lock(journal: Path) -> Held:
    """The lock of the one keeper of a log, beside the journals of its first shard. Raises Refused when it is held."""
    return Held(journal / LOCK_FILE, "a keeper of this log")


def shard_signer(home: Home, shard: Shard, random: Random) -> Signer:
    """The Ed25519 key of one tree, made on the first call. Raises Refused."""
    return log_signer(home.secrets / f"{_key_stem(shard)}.key", shard.origin, random)


def shard_cosigner(home: Home, shard: Shard, random: Random) -> Signer:
    """The ML-DSA-44 key of one tree, made on the first call. Raises Refused."""
    return log_cosigner(home.secrets / f"{_key_stem(shard)}.cosign.key", shard.origin, random)


def _key_stem(shard: Shard) -> str:
    return f"log-{shard.name}" if shard.name else "log"


class HomeShelf:
    """The shards of one home. Implements the keeper's port ``Shelf``."""

    def __init__(self, home: Home, start: Start, places: Places, random: Random, stack: ExitStack, disk: Disk) -> None:
        self._home = home
        self._start = start
        self._places = places
        self._random = random
        self._stack = stack
        self._disk = disk
        self._shards: dict[str, Shard] = {}

    def origins(self, now: Moment) -> list[str]:
        """Every shard's origin, oldest first, that of this moment among them. Raises Refused, OSError."""
        current = self._home.shard(now)
        self._shards = {shard.origin: shard for shard in sorted({*self._home.shards(), current}, key=_age)}
        return list(self._shards)

    def open(self, origin: str) -> Keeper:
        """A keeper over that shard. Raises Refused, OSError."""
        shard = self._shards[origin]
        return self.keeper(shard, self._places.log(shard))

    def keeper(self, shard: Shard, store: Store) -> Keeper:
        """A keeper over the tree that lies in ``store``, with a journal of its own beside the others. Raises Refused, OSError."""
        signer = shard_signer(self._home, shard, self._random)
        cosigner = shard_cosigner(self._home, shard, self._random)
        heads = self._places.heads(signer.verifier)
        keeper = self._stack.enter_context(_keeper(store, shard.journal, heads, signer, (cosigner,), self._start, self._disk))
        if (seen := larger_tree_known(self._home.settings().log.witness, signer, keeper.size, WITNESS_SECONDS)) is not None:
            what = f"witness {seen[0]} signed {seen[1]} entries, and the log here ends at {keeper.size}: it lost its end"
            mend = "restore the newer log; when its end is lost for good, take the witness out of the settings, and tell it"
            raise Refused(Fault("log_rolled_back", what, shard.origin, mend))
        return keeper

    def close(self, origin: str, now: Moment, vacant: Callable[[], bool]) -> bool:
        """Whether no writer may begin there any more; closes the gate when its year is over and nobody is left."""
        shard = self._shards[origin]
        gate = Gate(shard.journal, self._disk)
        return gate.closed or (_age(shard) < _age(self._home.shard(now)) and gate.close(vacant))


def _age(shard: Shard) -> str:
    return shard.name  # the first one's is empty, the others' are years of four digits


@contextmanager
def _keeper(
    store: Store, journal: Path, heads: Heads, signer: Signer, cosigners: Sequence[Signer], start: Start, disk: Disk
) -> Iterator[Keeper]:
    started = WriterStarted(at=start.clock(), role="keeper", versions=start.versions, settings_hash=start.settings_hash)
    own = Journal.open(
        journal,
        start.node,
        f"{KEEPER_PREFIX}{start.boot}",
        clock=start.clock,
        start_entry=started,
        disk=disk,
        segment_bytes=KEEPER_SEGMENT_BYTES,
    )
    try:
        state = StateStore(journal / STATE_FILE, disk)
        yield Keeper(JournalFolder(journal, disk), store, state, heads, signer, own, cosigners)
    finally:
        own.close("stopped")
