"""Where does a writer that begins now write? Its journal is opened in the shard of this moment, and stays there for its life.

INVARIANT: P2 - no writer begins in a shard that the keeper has closed: its entries would never be signed.
"""

from __future__ import annotations

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import clock
from safeconduct.audit.entries import WriterStarted
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.journal import SEGMENT_BYTES, Journal
from safeconduct.storage.files.shards import Gate
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND

YEAR = 365 * 86_400 * SECOND
MOST_TRIES = 3  # the shard of this year, and the next, should the keeper be closing the first at this very moment


def open_journal(
    home: Home, node: str, boot: str, *, start_entry: WriterStarted, disk: Disk | None = None, segment_bytes: int = SEGMENT_BYTES
) -> Journal:
    """Begin a journal in the shard of this moment. Raises Refused when it cannot be written."""
    moment = clock()
    try:
        for _ in range(MOST_TRIES):
            shard = home.shard(moment)
            with Gate(shard.journal).entered() as entered:
                if entered:
                    return Journal.open(
                        shard.journal, node, boot, clock=clock, start_entry=start_entry, disk=disk, segment_bytes=segment_bytes
                    )
            moment += YEAR
    except OSError as fault:
        what = f"the journal cannot be written: {fault.strerror or fault}"
        mend = "free space, or fix the disk or its permissions"
        raise Refused(Fault("journal_unwritable", what, str(home.journal), mend)) from fault
    raise Refused(
        Fault("shard_closing", "the keeper is closing this year's log right now", str(home.journal), "try again in a second")
    )
