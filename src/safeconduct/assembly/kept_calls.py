"""Where in the log does it stand what was kept of a call? Found by the moments that the vault's records carry.

Entries are in the order of their recording, so halving by their moments leads near; from there on they are walked through. Where
a clock was set back that leads astray, and the whole tree is walked through. What the log says counts: place, hash and
organization are its words, and the vault has to agree.

INVARIANT (P7, P9): whose content it is, and of which model, is believed only of entries that lead to the signed root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from safeconduct.assembly.vault import HomeVault
from safeconduct.assembly.walking import Signed, signed_shards
from safeconduct.audit.entries import CallDecided, CallEnded, decode
from safeconduct.audit.tree import inclusion_proof, leaf_hash, verify_inclusion
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.terms.content import ANSWER, REQUEST
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, SECOND, Moment
from safeconduct.vault.places import writer_of
from safeconduct.vault.records import Record

NEAR: Final[Moment] = 120 * SECOND  # entries stand at most this far from their moment: the merge delay, and clocks
FALLBACK: Final = "fallback="  # what a decision says of each in ``context``


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
    fallbacks: tuple[str, ...] = ()  # models that the request let the provider answer by instead


def find_call(vault: HomeVault, call: str) -> KeptCall:
    """The call, from the log's own signed entries.

    Raises Refused when nothing is kept of it, the log does not have it yet, or does not hold there.
    """
    moments = sorted({record.at for _, record in records_of(vault.store(), call)})
    if not moments:
        what = "nothing is kept of this call, or not any more"
        mend = "see: safeconduct vault list; what was erased is told by the entry content.erased"
        raise Refused(Fault("nothing_kept", what, call, mend))
    for signed in signed_shards(vault.home, vault.environ):
        found = _in_tree(signed, call, moments)
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


def _in_tree(signed: Signed, call: str, moments: list[Moment]) -> KeptCall | None:
    """What one tree says; None when it does not have the call. Raises Refused when it does not hold."""
    if signed.fault:
        raise _broken(signed, signed.fault)
    near = _walked(signed, call, _near(signed, moments[0] - NEAR), moments[-1] + NEAR)
    return near or _walked(signed, call, signed.minimum, FOREVER)


def _walked(signed: Signed, call: str, first: int, last: Moment) -> KeptCall | None:
    """What the entries from ``first`` on say, up to the call's end or the first entry after ``last``."""
    needle, found = b'"call":"' + call.encode() + b'"', None
    for index, data in signed.entries(first, signed.size):
        if needle in data:
            entry = decode(data)
            if isinstance(entry, CallDecided) and entry.call == call:
                _prove(signed, index, data)
                model = entry.resolved or entry.requested
                found = KeptCall(call, entry.caller, entry.organization, model, entry.at, fallbacks=_fallbacks(entry))
                _note(found, REQUEST, entry)
            elif isinstance(entry, CallEnded) and entry.call == call and found is not None:
                _prove(signed, index, data)
                _note(found, ANSWER, entry)
                return found
        if _at.decode(data).at > last:
            return found
    return found


def _prove(signed: Signed, index: int, data: bytes) -> None:
    """Raises Refused unless the entry is under the signed root. Looking for it goes by unproven bytes; what it says does not."""
    checkpoint, at = signed.checkpoint, signed.at
    assert checkpoint is not None
    assert at is not None
    path = inclusion_proof(index, checkpoint.size, at.nodes())
    if not verify_inclusion(index, checkpoint.size, leaf_hash(data), path, checkpoint.root):
        raise _broken(signed, f"entry {index} is not the one that was signed")


def _broken(signed: Signed, why: str) -> Refused:
    what = f"the log does not hold, so nobody can tell whose content this is: {why}"
    return Refused(Fault("log_broken", what, signed.shard.origin, "run: safeconduct audit verify"))


def _fallbacks(entry: CallDecided) -> tuple[str, ...]:
    return tuple(each.removeprefix(FALLBACK) for each in entry.context if each.startswith(FALLBACK))


def _note(found: KeptCall, part: str, entry: CallDecided | CallEnded) -> None:
    if entry.kept_place:
        found.parts[part] = KeptPart(entry.kept_place, entry.kept_sha256, entry.kept_class)


def _near(signed: Signed, moment: Moment) -> int:
    """The first entry that can be of a moment or later, by halving."""
    low, high = signed.minimum, signed.size
    while low < high:
        middle = (low + high) // 2
        (data,) = (each for _, each in signed.entries(middle, middle + 1))
        low, high = (middle + 1, high) if _at.decode(data).at < moment else (low, middle)
    return max(signed.minimum, low - 1)
