"""Where in the log does it stand what was kept of a call? Found by the moments that the vault's records carry.

Entries are in the order of their recording, so halving by their moments leads near; from there on they are walked through. Where
a clock was set back that leads astray, and the whole tree is walked through. What the log says counts: place, hash and
organization are its words, and the vault has to agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from safeconduct.assembly.places import places_of
from safeconduct.assembly.vault import HomeVault
from safeconduct.audit.entries import CallDecided, CallEnded, decode
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.terms.content import ANSWER, REQUEST
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, SECOND, Moment
from safeconduct.vault.places import writer_of
from safeconduct.vault.records import Record
from safeconduct.workers.ports import Store

NEAR: Final[Moment] = 120 * SECOND  # entries stand at most this far from their moment: the merge delay, and clocks


class _At(msgspec.Struct):
    at: int


_at: Final = msgspec.json.Decoder(_At)


@dataclass(frozen=True, slots=True)
class KeptPart:
    """What the log says of one part: where it lies, and the hash of its ciphertext."""

    place: str
    sha256: str
    kept_class: str


@dataclass(slots=True)
class KeptCall:
    """One call and its kept parts, as the log has them."""

    call: str
    caller: str
    organization: str
    model: str
    at: Moment
    parts: dict[str, KeptPart] = field(default_factory=dict)


def find_call(vault: HomeVault, call: str) -> KeptCall:
    """The call, from the log's own entries. Raises Refused when nothing is kept of it, or the log does not have it yet."""
    moments = sorted({record.at for _, record in records_of(vault.store(), call)})
    if not moments:
        what = "nothing is kept of this call, or not any more"
        mend = "see: safeconduct vault list; what was erased is told by the entry content.erased"
        raise Refused(Fault("nothing_kept", what, call, mend))
    places = places_of(vault.home, vault.settings.log, vault.environ)
    for shard in vault.home.shards():
        found = _in_tree(places.log(shard), call, moments)
        if found is not None:
            return found
    what = "the log does not have this call, or not yet"
    raise Refused(Fault("not_in_log", what, call, "wait a second for the next checkpoint; the keeper has to run"))


def records_of(store: VaultStore, call: str) -> Iterator[tuple[str, Record]]:
    """Everything that lies in the vault of one call, and where. Its id names the writer, so only its files are looked at."""
    writer = writer_of(call)
    for place, record in store.records(writer=writer) if writer else ():
        if record.call == call and not record.gone:
            yield str(place), record


def _in_tree(store: Store, call: str, moments: list[Moment]) -> KeptCall | None:
    """What one tree says; None when it does not have the call."""
    try:
        size = int(store.checkpoint().split(b"\n", 2)[1])
    except FileNotFoundError:
        return None
    near = _walked(store, call, _near(store, moments[0] - NEAR, size), size, moments[-1] + NEAR)
    return near or _walked(store, call, store.minimum(), size, FOREVER)


def _walked(store: Store, call: str, first: int, size: int, last: Moment) -> KeptCall | None:
    """What the entries from ``first`` on say, up to the call's end or the first entry after ``last``."""
    needle, found = b'"call":"' + call.encode() + b'"', None
    for _, data in store.entries(first, size, size):
        if needle in data:
            entry = decode(data)
            if isinstance(entry, CallDecided) and entry.call == call:
                model = entry.resolved or entry.requested
                found = KeptCall(call, entry.caller, entry.organization, model, entry.at)
                _note(found, REQUEST, entry)
            elif isinstance(entry, CallEnded) and entry.call == call and found is not None:
                _note(found, ANSWER, entry)
                return found
        if _at.decode(data).at > last:
            return found
    return found


def _note(found: KeptCall, part: str, entry: CallDecided | CallEnded) -> None:
    if entry.kept_place:
        found.parts[part] = KeptPart(entry.kept_place, entry.kept_sha256, entry.kept_class)


def _near(store: Store, moment: Moment, size: int) -> int:
    """The first entry that can be of a moment or later, by halving."""
    low, high = store.minimum(), size
    while low < high:
        middle = (low + high) // 2
        (data,) = (each for _, each in store.entries(middle, middle + 1, size))
        low, high = (middle + 1, high) if _at.decode(data).at < moment else (low, middle)
    return max(store.minimum(), low - 1)
