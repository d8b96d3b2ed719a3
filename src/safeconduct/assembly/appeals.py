"""How do the words of callers become acts? Takes up what the workers noted, each once."""

from __future__ import annotations

import contextlib
from pathlib import Path

from safeconduct.desk.desk import Desk
from safeconduct.gateway.appeals import taken
from safeconduct.office.acts import AppealMeasure
from safeconduct.terms.faults import Refused


def take_up(run: Path, desk: Desk) -> int:
    """Perform every appeal that was noted; how many were. One that is refused (made already, over) is let go.

    Raises OSError; then the rest is taken up next time.
    """
    done = 0
    for path, appeals in taken(run):
        for each in appeals:
            with contextlib.suppress(Refused):
                desk.perform(AppealMeasure(each.measure, each.words))
                done += 1
        path.unlink()
    return done
