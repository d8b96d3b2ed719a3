"""How is the desk put together for one command? From the home folder: its store, its secrets, and a journal of its own.

The journal begins with the first act, so that looking at the registry writes nothing.
"""

from __future__ import annotations

import os
import pwd
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from safeconduct.assembly.erasing import Eraser
from safeconduct.assembly.home import Home, existing
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.officer_key import read_officer_key
from safeconduct.assembly.process import clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.audit.entries import ActFailed, ActPerformed, Entry, WriterStarted
from safeconduct.desk.desk import Desk
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.terms.moments import Moment

SEGMENT_BYTES = 64 * 1024  # one command records a handful of acts


@contextmanager
def open_desk(environ: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """The desk of the home that the environment names, for the officer whose key it names, or else for the account.

    Raises Refused when there is no home, it cannot be read, or the key is no officer's.
    """
    home = existing(environ)
    with ErasingStore.open(home.registry) as store:
        journal = DeskJournal(home)
        try:
            desk = desk_of(home, store, journal, _actor(), Eraser(home, store, environ).complete)
            key = read_officer_key(environ)
            if key:
                desk.sit(key)
            yield desk
        finally:
            journal.close()


def desk_of(
    home: Home, store: ErasingStore, journal: DeskJournal, actor: str, complete: Callable[[Desk], None] | None = None
) -> Desk:
    """A desk of this home, with ``actor`` at it. ``complete`` goes on with what earlier acts began. Raises Refused."""
    return Desk(
        store,
        journal,
        pepper=home.secret("pepper"),
        pseudonym_key=home.secret("pseudonym.key"),
        random=secrets.token_bytes,
        clock=clock,
        actor=actor,
        complete=complete,
    )


class DeskJournal:
    """The desk's journal of acts, opened when the first act is recorded."""

    def __init__(self, home: Home, role: Literal["desk", "watcher"] = "desk") -> None:
        self._home = home
        self._role: Literal["desk", "watcher"] = role
        self._journal: Journal | None = None

    def performed(
        self,
        *,
        at: Moment,
        act: str,
        actor: str,
        subject_commitment: str,
        changes_digest: str,
        changes_hashes: tuple[str, ...],
        first_change: int,
        changes: int,
        about: str = "",
        organization: str = "",
        second: str = "",
    ) -> int:
        """Record an act before its changes. Returns the number of the entry. Raises OSError."""
        entry = ActPerformed(
            about=about,
            act=act,
            actor=actor,
            at=at,
            changes=changes,
            changes_digest=changes_digest,
            changes_hashes=changes_hashes,
            first_change=first_change,
            organization=organization,
            second=second,
            subject_commitment=subject_commitment,
        )
        return self._opened().append_sync(entry)

    def failed(self, *, at: Moment, act: str, actor: str, changes_digest: str, code: str, failed_seq: int) -> None:
        """Record that an act did not take effect. Raises OSError."""
        entry = ActFailed(act=act, actor=actor, at=at, changes_digest=changes_digest, code=code, failed_seq=failed_seq)
        self._opened().append_sync(entry)

    def record(self, entry: Entry) -> None:
        """Record what is no act. Raises OSError."""
        self._opened().append_sync(entry)

    def close(self) -> None:
        """Write the last entry, if there was a first."""
        if self._journal is not None:
            self._journal.close()

    def _opened(self) -> Journal:
        if self._journal is None:
            settings = self._home.settings()
            started = WriterStarted(
                at=clock(),
                role=self._role,
                settings_hash=settings_hash(settings),
                versions=versions(),
            )
            boot = secrets.token_hex(6)
            self._journal = open_journal(self._home, settings.log.node, boot, start_entry=started, segment_bytes=SEGMENT_BYTES)
        return self._journal


def _actor() -> str:
    """Who acts at the command line: the account of the operating system, as the kernel has it and not as the environment says."""
    try:
        return f"os:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"os:{os.getuid()}"
