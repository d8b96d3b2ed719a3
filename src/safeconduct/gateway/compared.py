"""When were registry and vault last compared with the log, and what differed? For ``/readyz`` and ``/metrics``; stops nobody."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.terms.moments import SECOND, Moment

RESULT_FILE = "reconcile.json"


class _Outcome(msgspec.Struct):
    done_at: Moment
    codes: dict[str, int] = {}


_DECODER = msgspec.json.Decoder(_Outcome)


class Compared:
    """Reads what the last comparison left; again only when it changed."""

    def __init__(self, run_directory: Path) -> None:
        self._file = run_directory / RESULT_FILE
        self._known: tuple[int, _Outcome | None] = (0, None)

    def look(self, now: Moment) -> dict[str, int]:
        """Gauges: how long ago it was, in seconds, and how many differences it found. Empty when there was none yet."""
        try:
            changed = self._file.stat().st_mtime_ns
            if changed != self._known[0]:
                self._known = changed, _DECODER.decode(self._file.read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._known = 0, None
        found = self._known[1]
        if found is None:
            return {}
        return {
            "reconciled_age_seconds": max(0, now - found.done_at) // SECOND,
            "reconciled_differences": sum(found.codes.values()),
        }
