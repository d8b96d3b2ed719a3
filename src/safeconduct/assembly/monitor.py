"""Which logs does one monitor follow, and where does it remember them? A folder or a URL, its root log, and the shards it opens.

Trust comes from the policy alone. A later shard is trusted when the root log, which the policy has to list, names its key. What
was seen lies in a state file, replaced whole. Losing it loses what the log was before: it is kept where the log's keeper is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import msgspec

from safeconduct.assembly.http_log import HttpLog
from safeconduct.audit.chain import ALTERED, FORKED, LATE, MISSING, UNSIGNED
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.monitored import UNCLOSED, UNREADABLE, Alarm, Reader, Saved
from safeconduct.audit.monitoring import Monitor
from safeconduct.audit.note import MAX_NOTE_BYTES, Verifier
from safeconduct.audit.trust import Log, Trust
from safeconduct.storage.files.disk import Disk, read_bounded
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

ROOT = "root"
MAX_STATE_BYTES = 256 * 1024 * 1024
MAX_SHARDS = 1_000
# Like the single-file verifier's, so that one list serves both; the first that applies.
EXIT_CODES = {UNSIGNED: 14, FORKED: 12, ALTERED: 10, MISSING: 11, LATE: 13, UNCLOSED: 5, UNREADABLE: 1}


class Followed(Reader, Protocol):
    """A log that can be let go of."""

    def close(self) -> None: ...


class FolderLog(LogStore):
    """A log in a folder."""

    def witnessed(self) -> bytes | None:
        """The newest witnessed checkpoint, None when there is no such file. Raises OSError, ValueError."""
        try:
            return read_bounded(self.directory / "witnessed", MAX_NOTE_BYTES)
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Nothing is held."""


def opener(place: str) -> Callable[[str], Followed]:
    """How the logs at a folder or URL are opened, by their sub-folder (empty: the first)."""
    if place.startswith(("http://", "https://")):
        return lambda name: HttpLog(f"{place.rstrip('/')}/{name}".rstrip("/"))
    return lambda name: FolderLog(Path(place) / name if name else Path(place))


class State(msgspec.Struct):
    """What lies in the state file."""

    v: int = 1
    logs: dict[str, Saved] = {}


class StateFile:
    """Where a monitor remembers what it saw; nowhere when ``path`` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._disk = Disk()

    def load(self) -> State:
        """What was seen. Raises Refused when the file is damaged: starting anew would forget what the log was."""
        if self._path is None:
            return State()
        try:
            state = msgspec.json.decode(read_bounded(self._path, MAX_STATE_BYTES), type=State)
            if state.v != 1:
                raise ValueError("it is of another version")  # noqa: TRY301 - told below like any damage
        except FileNotFoundError:
            return State()
        except (OSError, ValueError, msgspec.DecodeError) as wrong:
            mend = "put the last good copy there; only if there is none, remove it and say so in your report"
            raise Refused(Fault("state_damaged", f"what was seen cannot be read ({wrong})", str(self._path), mend)) from wrong
        return state

    def save(self, state: State) -> None:
        """Durable before this returns."""
        if self._path is not None:
            self._disk.write_file(self._path, msgspec.json.encode(state), 0o600)
            self._disk.sync_directory(self._path.parent)


class Watch:
    """Everything at one place, followed."""

    def __init__(
        self,
        open_log: Callable[[str], Followed],
        trust: Trust,
        origin: str,
        memory: StateFile,
        unclosed: Moment,
        unwitnessed: Moment,
    ) -> None:
        """``origin`` is that of the first log; the root log's is ``<origin>/root``. Raises Refused."""
        self._open = open_log
        self._trust = trust
        self._origin = origin
        self._memory = memory
        self._state = memory.load()
        self._bounds = (unclosed, unwitnessed)
        self._monitors: dict[str, tuple[Monitor, Followed]] = {}
        self._told: set[str] = set()
        self._mark: object = None  # what was saved last
        self._follow(origin, "", trust)
        if trust.log_of(f"{origin}/{ROOT}") is not None:
            self._follow(f"{origin}/{ROOT}", ROOT, trust)

    @property
    def sizes(self) -> dict[str, int]:
        """Entries seen of each log."""
        return {origin: monitor.size for origin, (monitor, _) in self._monitors.items()}

    def look(self, now: Moment) -> list[Alarm]:
        """One look at everything; what was seen is saved. Raises OSError when the state file cannot be written."""
        alarms: list[Alarm] = []
        for monitor, reader in list(self._monitors.values()):
            alarms += monitor.look(reader, now)
        alarms += self._shards(now)
        self._state.logs = {origin: monitor.saved() for origin, (monitor, _) in self._monitors.items()}
        mark = [(seen.size, seen.witnessed_size, seen.unwitnessed_since, seen.early) for seen in self._state.logs.values()]
        if mark != self._mark:  # a quiet log costs no write a second; an older moment of looking only makes less of what is late
            self._memory.save(self._state)
            self._mark = mark
        return alarms

    def close(self) -> None:
        for _, reader in self._monitors.values():
            reader.close()

    def _shards(self, now: Moment) -> list[Alarm]:
        """Follow the shards that the root log names, and hold closed ones to their last size and root."""
        root = self._monitors.get(f"{self._origin}/{ROOT}")
        if root is None:
            return []
        seen = root[0].saved()
        alarms: list[Alarm] = []
        for origin, vkey in seen.opened.items():
            if origin in self._monitors or len(self._monitors) >= MAX_SHARDS:
                continue
            name = origin.removeprefix(f"{self._origin}/")
            try:
                verifier = Verifier.parse(vkey)
                if verifier.name != origin or not name.isascii() or not name.isalnum():
                    raise NoteInvalid("its key or its name does not fit")  # noqa: TRY301 - told below like any key
            except NoteInvalid as wrong:
                alarms += self._once(
                    Alarm(origin, ALTERED, "shard", -1, f"the root log names a shard that is none: {wrong}", now)
                )
                continue
            self._follow(origin, name, replace(self._trust, logs=(*self._trust.logs, Log(verifier))))
            monitor, reader = self._monitors[origin]
            alarms += monitor.look(reader, now)
        for origin, (size, closed_root) in seen.closed.items():
            if (held := self._monitors.get(origin)) is not None:
                saved = held[0].saved()
                if saved.size > size or (saved.size == size and saved.root != closed_root):
                    what = f"the root log closed it with {size} entries; it has {saved.size} now, or others"
                    alarms += self._once(Alarm(origin, FORKED, "shard_closed", -1, what, now))
        return alarms

    def _once(self, alarm: Alarm) -> list[Alarm]:
        if alarm.what in self._told:
            return []
        self._told.add(alarm.what)
        return [alarm]

    def _follow(self, origin: str, name: str, trust: Trust) -> None:
        saved = self._state.logs.get(origin) or Saved(origin)
        try:
            monitor = Monitor(saved, trust, *self._bounds)
        except (ValueError, msgspec.ValidationError) as wrong:
            mend = "put the last good copy there; only if there is none, remove it and say so in your report"
            raise Refused(
                Fault("state_damaged", f"what was seen of {origin} makes no sense ({wrong})", "--state", mend)
            ) from wrong
        self._monitors[origin] = (monitor, self._open(name))


def first_origin(trust: Trust) -> str:
    """The log that the policy is about: the first listed. Raises Refused when it lists none."""
    if not trust.logs:
        raise Refused(Fault("policy_without_log", "the policy lists no log", "--policy", "add a line: log name+hash+key"))
    return trust.logs[0].verifier.name


def exit_code(kinds: set[str]) -> int:
    """The code for the gravest of what was found, 0 for nothing."""
    return next((code for kind, code in EXIT_CODES.items() if kind in kinds), 0)
