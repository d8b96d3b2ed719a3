"""How long does an entry wait for a signed checkpoint? The age of the oldest one, and the alarm beyond the merge delay.

An entry carries the moment it was made. Of each writer, the first one since the last checkpoint is the oldest that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from safeconduct.terms.moments import SECOND, Moment


class Status(msgspec.Struct):
    """What /readyz may know: entries in the tree, signed, when the journals were last seen drained, and the merge delay.

    ``waited`` is the age, in microseconds, of the oldest entry that was not under a signed checkpoint since the last report.
    """

    size: int
    signed_size: int
    integrated_at: Moment
    signed_at: Moment
    at: Moment
    waited: int = 0


class _Made(msgspec.Struct):
    at: Moment


_made = msgspec.json.Decoder(_Made)


class Waiting:
    """The oldest entry of one shard that no signed checkpoint covers."""

    def __init__(self) -> None:
        self._boots: set[str] = set()
        self._oldest: Moment | None = None
        self._since: Moment | None = None
        self._waited = 0

    def take(self, boot: str, first: bytes) -> None:
        """Entries of a writer enter the tree; ``first`` is the first of them."""
        if boot not in self._boots:
            self._boots.add(boot)
            made = _made.decode(first).at
            self._oldest = made if self._oldest is None else min(self._oldest, made)

    def look(self, now: Moment) -> None:
        """Remember how long the oldest has waited by now; what waited while nobody looked counts from the first look on."""
        if self._since is None:
            self._since = now
        if self._oldest is not None:
            self._waited = max(self._waited, now - max(self._oldest, self._since))

    def signed(self) -> None:
        """Everything taken so far is under a signed checkpoint."""
        self._boots.clear()
        self._oldest = None

    def told(self) -> int:
        """The longest wait since this was asked before, in microseconds."""
        waited, self._waited = self._waited, 0
        return waited


def together(statuses: Iterable[Status], now: Moment) -> Status:
    """One status over several shards: sums of entries, and the worst of each age."""
    found = list(statuses)
    behind = [each for each in found if each.size != each.signed_size] or found
    return Status(
        sum(each.size for each in found),
        sum(max(0, each.signed_size) for each in found),
        min((each.integrated_at for each in found), default=now),
        min((each.signed_at for each in behind), default=now),
        now,
        max((each.waited for each in found), default=0),
    )


class Alarm:
    """Says once that entries wait longer than ``limit`` microseconds, and once that it is over."""

    def __init__(self, limit: int, tell: Callable[[str], None]) -> None:
        self._limit = limit
        self._tell = tell
        self._late = False

    def hear(self, waited: int) -> None:
        if waited > self._limit and not self._late:
            self._late = True
            promised = f"{self._limit / SECOND:,.0f} s are promised; calls go on"
            self._tell(f"entries wait {waited / SECOND:,.1f} s for a signed checkpoint, {promised}")
        elif waited <= self._limit and self._late:
            self._late = False
            self._tell("the log has caught up: every entry is under a signed checkpoint in time again")
