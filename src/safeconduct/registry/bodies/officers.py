"""What do changes about officers, keys of authorities, and acts that wait for agreement carry?"""

from __future__ import annotations

from typing import Any

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class AuthorityKeyed(Body, frozen=True):
    """The authority signs with this Ed25519 public key from now on (base64 of 32 bytes); empty: with none."""

    key: str


class OfficerAdded(Body, frozen=True):
    """``digest`` is the hex HMAC-SHA256 of the first key; the key itself is stored nowhere."""

    digest: str
    name: str = ""
    authority: str = ""


class OfficerKeyed(Body, frozen=True):
    """The subject (an officer) has a new key; the one before is good for nothing any more."""

    digest: str


class OfficerLinked(Body, frozen=True):
    """The officer is this person, too; empty: nobody that the registry knows."""

    person: str = ""
    why: str = ""


class OfficerEnded(Body, frozen=True):
    why: str = ""


class Needed(Body, frozen=True):
    """Whose agreement is needed; ``authority`` is empty for any second officer."""

    why: str
    authority: str = ""


class RequestOpened(Body, frozen=True):
    """An act waits. ``act`` is its name, ``target`` what it is about, ``body`` all of it."""

    act: str
    target: str
    body: dict[str, Any]
    needs: tuple[Needed, ...]
    expires: Moment
    why: str = ""


class RequestApproved(Body, frozen=True):
    """``done`` tells that nobody else had to agree: the changes of the act follow in the same act of the log."""

    done: bool


class RequestDeclined(Body, frozen=True):
    why: str = ""
