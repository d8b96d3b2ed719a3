"""A signal: what one call, or something outside of calls, tells the watch. Features and ids, never content."""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import Moment


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """Findings of one kind in one direction: how many, and the smallest chance."""

    detector: str
    kind: str
    direction: str
    count: int
    chance: float = 0.0


class CallSignal(msgspec.Struct, frozen=True, tag="call", omit_defaults=True):
    """One call, at its end. Ids are the registry's; ``client``, ``net`` and ``session`` are keyed 8-byte hashes in hex.

    ``requested`` of a name that the catalog does not know is ``?`` and a hash that means something for this caller alone.
    ``shingles`` are 64-bit hashes of 8-word shingles of what the caller wrote last (at most 64), ``sketch`` the topic sketch
    (64 int8). ``misuse`` and ``injection`` are chances under benign text, 1.0 where nothing was scored. ``text_bytes`` is what
    the caller wrote, ``requested`` the model's name where the catalog knows it. ``refused`` is a refusal by the model itself.
    """

    at: Moment
    call: str
    person: str = ""
    agent: str = ""
    key: str = ""
    organization: str = ""
    project: str = ""
    purpose: str = ""
    model: str = ""
    tier: str = ""
    requested: str = ""
    outcome: str = ""
    code: str = ""
    refused: bool = False
    client: str = ""
    net: str = ""
    session: str = ""
    text_bytes: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tools: tuple[str, ...] = ()
    language: str = ""
    sketch: bytes = b""
    shingles: tuple[int, ...] = ()
    misuse: float = 1.0
    injection: float = 1.0
    seen: tuple[Seen, ...] = ()
    action: str = ""  # the strongest safeguard action that was taken
    justified: bool = False
    repeats: tuple[str, ...] = ()  # calls whose restricted answers the caller's text repeats


class IdentitySignal(msgspec.Struct, frozen=True, tag="identity", omit_defaults=True):
    """Something an identity provider or an officer tells: a login with a place, a changed device, a leaked key.

    ``kind`` is ``login``, ``device_changed``, ``credential_leaked`` or ``session_revoked``; coordinates in degrees.
    """

    at: Moment
    person: str
    kind: str
    device: str = ""
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""
    source: str = ""


class Beat(msgspec.Struct, frozen=True, tag="beat", omit_defaults=True):
    """A writer of signals is alive: how many calls it announced, how many signals it could not put down since it began, and
    which of its detectors did not find their own test canary. ``ended``: it stopped in order, and falls silent for good.
    """

    at: Moment
    writer: str
    announced: int = 0
    lost: int = 0
    blind: tuple[str, ...] = ()
    ended: bool = False


class Features(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a text is like, without what it says: see ``CallSignal`` for each. Made where the text is."""

    sketch: bytes = b""
    shingles: tuple[int, ...] = ()
    language: str = ""
    text_bytes: int = 0


class Scored(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found out about one call besides what the call itself tells: features, chances, findings."""

    features: Features = Features()
    misuse: float = 1.0
    injection: float = 1.0
    seen: tuple[Seen, ...] = ()
    repeats: tuple[str, ...] = ()


Signal = CallSignal | IdentitySignal | Beat
