"""Which trees are kept now, and what says the log over them? One keeper for each shard that is not closed, one for the root log.

A shard is a year. A writer belongs to the shard of the moment it began, so that around New Year two are kept. Order of a life:

1. the shard's keeper begins; 2. ``shard.opened`` is durable in the root log, before the shard's first checkpoint; 3. when the
year is over and no writer is left, the gate closes for good; 4. the keeper signs the last checkpoint and ends; 5. with it,
``shard.closed`` is durable in the root log. A crash between any two is carried on by the next start: what the root log says is
done is not done again, and the gate says which shard only waits for its end. No crash leaves a shard that the root log calls
closed with an open gate: who finds one has lost the gate, and would let writers begin where nobody keeps what they write.

INVARIANT: P7 - the root log says where a shard ended only once its gate is closed and its last checkpoint is signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from safeconduct.audit.entries import ShardClosed, ShardOpened, decode
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.keeper import BATCH, Keeper
from safeconduct.workers.merging import Alarm, Status, together
from safeconduct.workers.ports import Shelf, Store
from safeconduct.workers.stopping import Stop

POLL_SECONDS = 0.2


class Shards:
    """Keeps all shards of one log. ``report`` receives Status as JSON, about once a second."""

    def __init__(
        self, shelf: Shelf, root: Keeper, root_store: Store, report: Callable[[bytes], None], alarm: Alarm, now: Moment
    ) -> None:
        """Take and sign what the root log still has to say, and read it. Raises Refused, OSError."""
        self._shelf = shelf
        self._root = root
        self._report = report
        self._alarm = alarm
        self._keepers: dict[str, Keeper] = {}
        self._looked_at: Moment = -SECOND
        while root.step(now) == BATCH:
            pass
        if root.size != root.signed_size:
            root.commit(now)
        said = [decode(data) for _, data in root_store.entries(0, root.size, root.size)]
        self._opened = {entry.origin for entry in said if isinstance(entry, ShardOpened)}
        self._closed = {entry.origin for entry in said if isinstance(entry, ShardClosed)}
        self._refuse_reopened(now)

    @property
    def keepers(self) -> Mapping[str, Keeper]:
        """The keepers of the shards that are not closed, by origin."""
        return MappingProxyType(self._keepers)

    def step(self, now: Moment) -> int:
        """One step of every keeper; about once a second, see which shards begin or end, and report.

        Returns how many entries the busiest keeper took. Raises Refused and OSError as the keepers do: start again.
        """
        due = now - self._looked_at >= SECOND or now < self._looked_at
        if due:
            self._looked_at = now
            self._begin(now)
        taken = max((keeper.step(now) for keeper in self._keepers.values()), default=0)
        if due:
            self._end(now)
        taken = max(taken, self._root.step(now))
        if due:
            status = self.status(now)
            self._alarm.hear(status.waited)
            self._report(msgspec.json.encode(status))
        return taken

    def status(self, now: Moment) -> Status:
        """One status over all shards and the root log's wait."""
        shards = [keeper.status(now) for keeper in self._keepers.values()]
        status = together(shards, now)
        status.waited = max(status.waited, self._root.status(now).waited)
        return status

    def run(self, stop: Stop, clock: Callable[[], Moment]) -> None:
        """Keep until ``stop``, then end in order."""
        while not stop.is_set():
            if self.step(clock()) < BATCH:
                stop.wait(POLL_SECONDS)
        self.finish(clock())

    def finish(self, now: Moment) -> None:
        """Take and sign everything that is there, and end every keeper, the root log's last."""
        self._begin(now)
        for keeper in self._keepers.values():
            keeper.finish(now)
        self._root.finish(now)

    def _refuse_reopened(self, now: Moment) -> None:
        """Raises Refused with every shard that is closed by the root log's word and open by its gate's."""
        here = self._closed.intersection(self._shelf.origins(now))
        opened = sorted(origin for origin in here if not self._shelf.close(origin, now, lambda: False))
        if opened:
            what = "the log over the years says that it is closed, and its journals are open: nobody keeps what is written there"
            mend = "make the empty file .closed in the folder of its journals again; keep a copy of what was written there since"
            raise Refused(*(Fault("shard_reopened", what, origin, mend) for origin in opened))

    def _begin(self, now: Moment) -> None:
        for origin in self._shelf.origins(now):
            if origin in self._keepers or origin in self._closed:
                continue
            keeper = self._keepers[origin] = self._shelf.open(origin)
            if origin not in self._opened:
                self._root.append(ShardOpened(at=now, origin=origin, vkey=keeper.vkey))
                self._opened.add(origin)

    def _end(self, now: Moment) -> None:
        for origin, keeper in list(self._keepers.items()):
            if not self._shelf.close(origin, now, keeper.vacant):
                continue
            keeper.finish(now)
            last = keeper.signed
            assert last is not None  # its own first entry is signed by now
            self._root.append(ShardClosed(at=now, origin=origin, size=last.size, root=last.root.hex()))
            self._closed.add(origin)
            del self._keepers[origin]
