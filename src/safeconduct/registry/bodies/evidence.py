"""What do changes about keys and facts carry?"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class KeyIssued(Body, frozen=True):
    """``digest`` is the hex HMAC-SHA256 of the key; the key itself is stored nowhere.

    ``holder_kind`` is ``person`` or ``agent``.
    """

    digest: str
    holder_kind: str
    holder: str
    organization: str
    starts: Moment
    ends: Moment
    project: str = ""
    label: str = ""


class KeyRevoked(Body, frozen=True):
    why: str = ""


class FactRecorded(Body, frozen=True):
    """One piece of evidence about the subject (a person). ``organization`` only for facts that hold in one organization."""

    fact: str
    value: str | bool | tuple[str, ...]
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str = ""


class FactWithdrawn(Body, frozen=True):
    """``record`` is the ``seq`` of the change that recorded the fact, ``item`` its place in it where there are several."""

    record: int
    why: str = ""
    item: int = 0
