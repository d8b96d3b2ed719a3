"""What can be read of the watch from outside of its process? How it goes, its alerts, what it knows of one subject."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import clock
from safeconduct.assembly.watch_process import STATE_FILE, STATUS_FILE, knobs_of
from safeconduct.risk.score import Part
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.watch.state import AlertRow, WatchStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment, parse
from safeconduct.terms.signals import IdentitySignal
from safeconduct.watch import shape
from safeconduct.watch.cohort import cohort_of
from safeconduct.watch.machine import Watch
from safeconduct.workers.watcher import SHAPE, Status

ALIVE: Final[Moment] = 10 * SECOND
MINUTE: Final[Moment] = 60 * SECOND  # clocks of machines differ
MOST_FILE: Final = 64 * 1024 * 1024
MOST_FAULTS: Final = 20


class Explained(msgspec.Struct, frozen=True):
    """What the watch knows of one subject: its risk by parts, and with whom it is compared."""

    who: str
    band: str
    score: float
    calls: int
    cohort: str
    parts: tuple[Part, ...]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """One event as a person or a program writes it down; ``at`` in RFC 3339 or microseconds."""

    at: str | int
    person: str
    kind: Literal["login", "device_changed", "credential_leaked", "session_revoked"]
    device: str = ""
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""
    source: str = ""


def status(home: Home) -> tuple[Status, bool]:
    """How the watch said last that it goes, and whether that is news. Raises Refused when it never ran."""
    try:
        found = msgspec.json.decode((home.run / STATUS_FILE).read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError) as wrong:
        mend = "start the gateway: safeconduct up"
        raise Refused(Fault("never_watched", "the watch has not run in this home yet", f"run/{STATUS_FILE}", mend)) from wrong
    return found, clock() - found.at < ALIVE


def alerts(home: Home, who: str, limit: int) -> list[AlertRow]:
    """The last alerts, the newest first. Raises Refused."""
    store = _state(home)
    if store is None:
        return []
    try:
        return store.alerts(who, limit)
    finally:
        store.close()


def explained(home: Home, who: str, now: Moment) -> Explained:
    """What the watch knew of a subject when it last kept its state, faded to ``now``. Raises Refused."""
    store = _state(home)
    if store is None:
        return Explained(who, "none", 0.0, 0, "", ())
    try:
        _wants_shape(store, home.watch / STATE_FILE)
        watch = Watch(store, knobs_of(home.settings()))
        subject = watch.memory.peek(who)
        if subject is None:
            return Explained(who, "none", 0.0, 0, "", ())
        risk = watch.risk(who, now)
        cohort = " for ".join(part for part in cohort_of(subject).split("\n") if part)
        return Explained(who, risk.band, round(risk.score, 2), subject.calls, cohort, risk.parts)
    finally:
        store.close()


def read_identity_events(home: Home, file: Path) -> list[IdentitySignal]:
    """Events from a file of JSON lines. Raises Refused with every fault found; about people whom the registry knows only."""
    try:
        lines = read_bounded(file, MOST_FILE).splitlines()
    except (OSError, ValueError) as wrong:
        raise Refused(Fault("unreadable", f"the file cannot be read: {wrong}", str(file), "check path and size")) from wrong
    faults: list[Fault] = []
    found: list[IdentitySignal] = []
    with ChangeStore.open(home.registry, read_only=True) as store:
        people = store.registry(home.secret("pseudonym.key")).people
        for number, line in enumerate(lines, 1):
            if len(faults) >= MOST_FAULTS:
                break
            if not line.strip():
                continue
            where = f"{file}:{number}"
            try:
                read = msgspec.json.decode(line, type=_Line)
                at = read.at if isinstance(read.at, int) else parse(read.at)
            except (msgspec.DecodeError, ValueError) as wrong:
                faults.append(Fault("bad_event", f"this is no event: {wrong}", where, "see docs/watch.md for its form"))
                continue
            if at > clock() + MINUTE:
                faults.append(Fault("in_future", f"{read.at} has not come yet", where, "date it when it happened, with its zone"))
                continue
            if read.person not in people:
                faults.append(Fault("no_person", f"{read.person[:80]!r} is nobody here", where, "use ids of the registry"))
                continue
            found.append(
                IdentitySignal(
                    at,
                    read.person,
                    read.kind,
                    read.device[:64],
                    read.latitude,
                    read.longitude,
                    read.country[:8],
                    read.source[:64],
                )
            )
    if faults:
        raise Refused(*faults)
    return found


def _state(home: Home) -> WatchStore | None:
    path = home.watch / STATE_FILE
    return WatchStore(path, read_only=True) if path.exists() else None


def _wants_shape(store: WatchStore, path: Path) -> None:
    """INVARIANT: what another version packed by position is not read by places that mean something else now. Raises Refused."""
    if store.names() and shape.read(store.piece(SHAPE)) != shape.NOW:
        what = "the state of the watch was kept by another version"
        raise Refused(Fault("watch_unreadable", what, str(path), "start the watch of this version, which takes it over"))
