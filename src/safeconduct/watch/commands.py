"""What the watch asks its door to do. What it concludes goes through the desk like any officer's act."""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import Moment


class MoveRisk(msgspec.Struct, frozen=True):
    """Say in the registry in which band ``who`` (``KIND/ID``) is, until a moment, and why: one sentence a part."""

    who: str
    band: str
    parts: tuple[str, ...]
    until: Moment
    score: float = 0.0


class Alert(msgspec.Struct, frozen=True):
    """Show somebody to a person. ``kind`` is the strongest part; ``campaign`` what it has in common with others."""

    kind: str
    who: str
    sentence: str
    calls: tuple[str, ...]
    at: Moment = 0
    score: float = 0.0
    campaign: str = ""
    organization: str = ""


class Silent(msgspec.Struct, frozen=True):
    """A monitor was not heard since a moment, or is heard ``back``."""

    monitor: str
    why: str
    since: Moment
    back: bool = False


Command = MoveRisk | Alert | Silent
