"""What can happen to a call. Every event the machine understands, in one list.

Events are values; the gateway makes them from sockets and the journal, tests from nothing. They are msgspec structs because
one is made for every chunk of every stream, and these are the cheapest values to make.
"""

from __future__ import annotations

import msgspec

from safeconduct.safeguards.seen import Heard


class HeadArrived(msgspec.Struct, frozen=True):
    """The request line and headers are in. ``digest`` is the keyed hash of the presented credential, None without one.

    ``marks`` are keyed hashes of the client's name, its network and its own session id, for the watch (``terms.signals``).
    """

    digest: bytes | None
    length: int  # announced body length, -1 for chunked
    headers: tuple[tuple[bytes, bytes], ...]  # names in lower case
    session: str = ""  # the client's own session id, for attribution only
    query: bytes = b""
    marks: tuple[str, str, str] = ("", "", "")


class BodyArrived(msgspec.Struct, frozen=True):
    """The whole request body, bounded and in its original bytes."""

    body: bytes


class EdgeRefused(msgspec.Struct, frozen=True):
    """The edge turned the request down (too large, not HTTP as we read it, too slow)."""

    status: int
    code: str
    sentence: str
    mend: str


class Recorded(msgspec.Struct, frozen=True):
    """The entry we waited for is durable."""


class RecordFailed(msgspec.Struct, frozen=True):
    """The entry could not be made durable; nothing may go out."""


class Scanned(msgspec.Struct, frozen=True):
    """What was heard of each text that ``Scan`` asked about, in its order."""

    heard: tuple[Heard, ...]


class ScanFailed(msgspec.Struct, frozen=True):
    """A process of detectors erred, was late or could not be reached. ``why``: ``error``, ``late`` or ``gone``."""

    process: str
    why: str


class Kept(msgspec.Struct, frozen=True):
    """The request lies in the vault, and is durable there."""


class KeepFailed(msgspec.Struct, frozen=True):
    """The vault could not take the request; nothing may go out."""


class UpstreamHead(msgspec.Struct, frozen=True):
    """The provider's status and headers. ``streams`` is true for server-sent events."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    streams: bool


class UpstreamChunk(msgspec.Struct, frozen=True):
    """Some bytes of the provider's stream, transfer coding removed."""

    data: bytes


class UpstreamBody(msgspec.Struct, frozen=True):
    """The provider's whole answer, transfer coding removed."""

    data: bytes


class UpstreamEnd(msgspec.Struct, frozen=True):
    """The provider's stream ended as HTTP says it should."""


class UpstreamFailed(msgspec.Struct, frozen=True):
    """The provider could not be reached, fell silent or broke off. ``why`` is a stable code."""

    why: str


class ClientGone(msgspec.Struct, frozen=True):
    """The caller hung up."""


class ViewChanged(msgspec.Struct, frozen=True):
    """The registry or the clock moved on: decide again."""


class Tick(msgspec.Struct, frozen=True):
    """Time passes, and something of the answer is held back."""


class Draining(msgspec.Struct, frozen=True):
    """The worker stops and cannot wait any longer."""


Event = (
    HeadArrived
    | BodyArrived
    | EdgeRefused
    | Recorded
    | RecordFailed
    | Scanned
    | ScanFailed
    | Kept
    | KeepFailed
    | UpstreamHead
    | UpstreamChunk
    | UpstreamBody
    | UpstreamEnd
    | UpstreamFailed
    | ClientGone
    | ViewChanged
    | Tick
    | Draining
)
