"""How does a command that changes nothing in the registry get its entry into the log? By a journal of its own, durable first."""

from __future__ import annotations

import secrets
from typing import Final

from safeconduct.assembly.home import Home
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.process import clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.audit.entries import Entry, WriterStarted

SEGMENT_BYTES: Final = 64 * 1024  # one command records one entry


def record(home: Home, *entries: Entry) -> None:
    """Write entries in the name of the desk. Raises Refused or OSError when they cannot be made durable."""
    settings = home.settings()
    started = WriterStarted(at=clock(), role="desk", settings_hash=settings_hash(settings), versions=versions())
    journal = open_journal(home, settings.log.node, secrets.token_hex(6), start_entry=started, segment_bytes=SEGMENT_BYTES)
    try:
        journal.append_sync(*entries)
    finally:
        journal.close()
