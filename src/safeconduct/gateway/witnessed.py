"""How far behind the log are its witnesses? Reads what the feeder says about itself, for ``/readyz`` and ``/metrics``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.terms.moments import SECOND, Moment

FEEDER_FILE = "witness.json"
FEEDER_STALE = 15 * SECOND  # it writes each second, and may wait for a witness that does not answer


class _Witness(msgspec.Struct):
    name: str
    halted: str = ""


class _Log(msgspec.Struct):
    origin: str
    size: int
    witnessed_size: int
    witnessed_at: Moment
    witnesses: list[_Witness]


class _Status(msgspec.Struct):
    at: Moment
    logs: list[_Log]


_DECODER = msgspec.json.Decoder(_Status)


class Witnessed:
    """``require_seconds``: how old a quorum's last word may be while there is more to witness; 0 makes nobody unready."""

    def __init__(self, run_directory: Path, require_seconds: float = 0.0) -> None:
        self._file = run_directory / FEEDER_FILE
        self._require = int(require_seconds * SECOND)

    def look(self, now: Moment) -> tuple[dict[str, int], list[str]]:
        """Gauges (empty without a feeder), and why the gateway is not ready."""
        try:
            status = _DECODER.decode(self._file.read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}, ["the log's witnesses were not asked yet"] if self._require else []
        behind = [log for log in status.logs if log.size > log.witnessed_size]
        age = max((now - log.witnessed_at for log in behind), default=0)
        halted = [f"{each.name}: {each.halted}" for log in status.logs for each in log.witnesses if each.halted]
        gauges = {
            "log_unwitnessed": sum(log.size - max(log.witnessed_size, 0) for log in behind),
            "log_unwitnessed_age_seconds": age // SECOND,
            "log_witnesses_halted": len(halted),
        }
        faults = []
        if self._require and now - status.at > FEEDER_STALE:
            faults.append("the log's witnesses are not asked any more")
        elif self._require and age > self._require:
            faults.append(f"the log is not witnessed: nobody but us has seen what is {age // SECOND} s old")
            faults += halted
        return gauges, faults
