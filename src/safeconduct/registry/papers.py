"""What is kept about letters, the officers who handle them, rule packs, and acts that wait for somebody's agreement?

An instrument version lives ``draft`` -> ``checked`` -> ``previewed`` -> ``approved`` -> ``active`` -> ``superseded`` or
``withdrawn``; whether an active one is scheduled, in force, lifted or ended is told by the clock and by other letters
(``instruments.force``), and is not kept. Which step may follow which is the office's question.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.moments import Moment


class Paper(msgspec.Struct, frozen=True):
    """A record that never changes; the fold puts a new one in its place."""


class Mark(Paper, frozen=True):
    """One line of a trail: who did what to a version, and when."""

    at: Moment
    actor: str
    what: str
    note: str = ""


class Preview(Paper, frozen=True):
    """What was shown about a version before it was approved.

    ``digest`` (hex) is that of the whole preview, ``figures`` the counts it came to, ``guarded`` the authorities whose guarded
    callers it would cut. ``basis`` is the registry's version that it was computed from.
    """

    digest: str
    figures: dict[str, int]
    guarded: tuple[str, ...]
    basis: int
    at: Moment
    by: str


class Approval(Paper, frozen=True):
    """Who agreed to which text (``sha256``) and which preview (its digest)."""

    actor: str
    at: Moment
    sha256: str
    preview: str


class Match(Paper, frozen=True):
    """A name in an annex and the organization that ``actors`` say it is. It counts once two persons said so."""

    annex: str
    name: str
    organization: str
    actors: tuple[str, ...]


class InstrumentRecord(Paper, frozen=True):
    """One version of one instrument, as entered, and what became of it.

    Activating a version supersedes the version that was active before; ``withdrawn_at`` is then the moment of that
    activation. ``activated_at`` stays when the version ends: it was in force in between.
    """

    id: str
    version: int
    text: str
    sha256: str
    annexes: dict[str, str]
    status: str
    entered_at: Moment
    entered_by: str
    activated_at: Moment | None = None
    activated_by: str = ""
    withdrawn_at: Moment | None = None
    signature: str = ""
    transcribed_by: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    preview: Preview | None = None
    approvals: tuple[Approval, ...] = ()
    matches: tuple[Match, ...] = ()
    trail: tuple[Mark, ...] = ()

    def chosen(self) -> dict[tuple[str, str], str]:
        """The organization of each (annex, name) that two persons agree on; nothing where others say otherwise as surely."""
        said: dict[tuple[str, str], list[str]] = {}
        for each in self.matches:
            if len(each.actors) > 1:
                said.setdefault((each.annex, each.name), []).append(each.organization)
        return {place: found[0] for place, found in said.items() if len(found) == 1}


class Officer(Paper, frozen=True):
    """Somebody with an officer key. ``issuers`` are all who ever issued a key of this officer, the officer included.

    ``own`` tells that the officer replaced the first key by one that nobody else saw. ``authority`` is empty for an officer of
    the operator. ``person`` is the person of the registry that the officer is, too; empty where nobody said so.
    """

    id: str
    name: str
    authority: str
    digest: bytes
    issuers: tuple[str, ...]
    own: bool
    added_at: Moment
    ended_at: Moment | None = None
    person: str = ""


class Need(Paper, frozen=True):
    """Whose agreement an act waits for: that of an officer of ``authority``, or of any second officer when it is empty."""

    why: str
    authority: str = ""


class Request(Paper, frozen=True):
    """An act that waits. ``act`` names it, ``body`` is the act itself, to be planned anew once everybody agreed.

    ``status`` is ``open``, ``done`` or ``declined``; an open one whose ``expires`` has passed can no longer be approved.
    """

    id: str
    act: str
    subject: str
    body: dict[str, Any]
    asker: str
    why: str
    needs: tuple[Need, ...]
    opened_at: Moment
    expires: Moment
    status: str = "open"
    approvals: tuple[str, ...] = ()
    closed_by: str = ""
    closed_at: Moment | None = None

    def state_at(self, now: Moment) -> str:
        """The status in one word: ``open``, ``expired``, ``done`` or ``declined``."""
        return "expired" if self.status == "open" and now >= self.expires else self.status


class PackRecord(Paper, frozen=True):
    """One version of a rule pack, as entered; the one entered last under an id is in force."""

    id: str
    text: str
    sha256: str
    entered_at: Moment
    entered_by: str


class Erasure(Paper, frozen=True):
    """One erasure of a person. ``id`` is random. Until ``done_at`` it says whom it erases and who asked and agreed; after that no
    more: ``changes`` lost all their words, ``words`` their free words, ``keys`` of content were destroyed.
    """

    id: str
    ground: str
    opened_at: Moment
    person: str = ""
    actor: str = ""
    second: str = ""
    content_only: bool = False
    done_at: Moment | None = None
    changes: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    keys: int = 0
