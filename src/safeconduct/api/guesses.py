"""Who is guessing officer keys? Wrong keys are counted by where they come from and how they begin, never for everybody together.

A key that opened the desk is let through whatever else is tried, and one that has not the form of a key is turned away before
anything is read. What is left, keys of the right form that nobody knows, costs a look into the registry each; a source may have
``A_BEGINNING`` of one beginning and ``A_SOURCE`` of all in a minute. So whoever shares an address with somebody who guesses is
locked out only if the guesses begin as the key does, or if there are hundreds of them and the key was not used since the start.

Only keyed hashes are held, of a bounded number of sources and keys.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Callable
from typing import Final

from safeconduct.registry.keys import OFFICER_PREFIX, looks_like_officer_key

MINUTE: Final = 60.0
A_BEGINNING: Final = 10
A_SOURCE: Final = 300
MOST_COUNTS: Final = 8_192  # of sources and beginnings; beyond it the oldest are forgotten
MOST_PROVED: Final = 1_024
BEGINNING: Final = len(OFFICER_PREFIX) + 4  # characters of a key: 14 million beginnings
SITE_BITS: Final = 64  # of an IPv6 address: whoever has one has all of its site (RFC 4291, section 2.5.4)


class Guesses:
    """What was tried lately. ``clock`` counts seconds and never runs backwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._counts: dict[bytes, tuple[float, int]] = {}  # since when, and how many
        self._proved: dict[bytes, None] = {}

    def formed(self, key: str) -> bool:
        """Whether the text could be an officer key at all, checksum included."""
        return looks_like_officer_key(key)

    def may(self, source: str, key: str) -> bool:
        """Whether a key from this source is looked at now."""
        if self._named("key", key) in self._proved:
            return True
        beginning, all_ = self._places(source, key)
        return self._count(beginning) < A_BEGINNING and self._count(all_) < A_SOURCE

    def right(self, key: str) -> None:
        """The key opened the desk."""
        name = self._named("key", key)
        self._proved.pop(name, None)
        self._proved[name] = None
        while len(self._proved) > MOST_PROVED:
            del self._proved[next(iter(self._proved))]

    def wrong(self, source: str, key: str) -> None:
        """The key is nobody's, or not any more."""
        self._proved.pop(self._named("key", key), None)
        now = self._clock()
        for place in self._places(source, key):
            count = self._count(place)
            since = self._counts.pop(place)[0] if count else now
            self._counts[place] = (since, count + 1)
        while len(self._counts) > MOST_COUNTS:
            del self._counts[next(iter(self._counts))]

    def _count(self, place: bytes) -> int:
        since, count = self._counts.get(place, (0.0, 0))
        return count if self._clock() < since + MINUTE else 0

    def _places(self, source: str, key: str) -> tuple[bytes, bytes]:
        site = _site(source)
        return self._named("beginning", f"{site}\n{key[:BEGINNING]}"), self._named("source", site)

    def _named(self, what: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{what}\n{text}".encode("utf-8", "surrogatepass"), "sha256")


def _site(source: str) -> str:
    """The address, of IPv6 its site; whatever is no address stands for itself."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, SITE_BITS), strict=False))
    return str(address)
