"""What do changes about cases, reads of content, and holds carry?

Whom a case is about stands in its signals only: those go as a whole when that person is erased, and the case stays. Nobody
opens a case or reads without a reason; ``why`` is empty where it named somebody who was erased.
"""

from __future__ import annotations

from typing import Literal

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class CaseOpened(Body, frozen=True):
    """The subject is the case. It is about an organization's content, or about single calls."""

    why: str = ""
    organization: str = ""
    calls: tuple[str, ...] = ()


class CaseClosed(Body, frozen=True):
    why: str = ""


class CaseSignaled(Body, frozen=True):
    """The subject is the case. Something more was seen: about ``who`` (``person/ID``, ``model/ID``), of a ``kind``.

    ``note`` is one sentence, ``calls`` are behind it. ``marks`` are what other signals may share with it (a
    template, an indicator, a device): keyed hashes or ids of ours. ``severity`` is a band of risk.
    """

    who: str
    kind: str
    note: str = ""
    calls: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    severity: str = "low"


class CaseAssigned(Body, frozen=True):
    """``officer`` works on it from now on; empty: nobody does."""

    officer: str = ""


class CaseNoted(Body, frozen=True):
    note: str = ""


class CaseJudged(Body, frozen=True):
    """Whether what ``detector`` saw, of ``kind`` (empty: of any), was right. ``cohort`` is whom it is calibrated for."""

    verdict: Literal["right", "wrong"]
    detector: str
    kind: str = ""
    cohort: str = ""
    why: str = ""


class CaseMerged(Body, frozen=True):
    """The subject goes on as part of the case ``into``, and is closed."""

    into: str
    why: str = ""


class ReadingPermitted(Body, frozen=True):
    """The subject is a call. Its part may be read by the actor, once, in this case, before ``until``; ``second`` agreed.

    ``why`` is the reason that both agreed to; empty in changes of before it was kept.
    """

    case: str
    part: str
    until: Moment
    second: str
    organization: str = ""
    why: str = ""


class ContentRead(Body, frozen=True):
    """The subject is a call. The actor was shown its ``part``; ``permission`` is the ``seq`` of what was used up, or 0."""

    case: str
    part: str
    why: str = ""
    organization: str = ""
    permission: int = 0
    second: str = ""


class ContentFlagged(Body, frozen=True):
    """The subject is a call. Its content is kept in class ``kept_class`` from now on."""

    kept_class: str
    why: str = ""
    organization: str = ""


class HoldPlaced(Body, frozen=True):
    """The subject is the hold. ``kind`` is what is held: a ``case``, ``person``, ``call`` or ``organization``."""

    kind: str
    target: str
    why: str = ""


class HoldReleased(Body, frozen=True):
    why: str = ""
