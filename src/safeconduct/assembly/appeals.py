"""How do the words of callers become acts? Takes up what the workers noted, each once.

What an act cannot be done for now (a registry that is taken, a disk that is full) is no answer to anybody: it stays noted.
"""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.watching import BUSY
from safeconduct.desk.desk import Desk
from safeconduct.gateway.appeals import taken
from safeconduct.office.acts import AppealMeasure
from safeconduct.office.measures import WATCH
from safeconduct.terms.faults import Refused


def take_up(run: Path, desk: Desk) -> int:
    """Perform every appeal that was noted; how many were. One that is refused (made already, over) is let go.

    Raises OSError; then the rest is taken up next time.
    """
    done = 0
    for path, appeals in taken(run):
        for each in appeals:
            try:
                desk.perform(AppealMeasure(each.measure, each.words, each.key), actor=WATCH)
                done += 1
            except Refused as refused:
                if any(fault.code in BUSY for fault in refused.faults):
                    raise OSError(str(refused)) from refused
        path.unlink()
    return done
