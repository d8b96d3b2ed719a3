"""``safeconduct monitor``: follow somebody's log, and say at once what is wrong with it. Needs no home and no secret."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from safeconduct.assembly.monitor import StateFile, Watch, exit_code, first_origin, opener
from safeconduct.assembly.process import clock
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.monitored import Alarm
from safeconduct.audit.trust import MAX_POLICY_BYTES, Trust
from safeconduct.cli import output
from safeconduct.settings.urls import url_fault
from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms import moments
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND
from safeconduct.workers.stopping import Stop


def monitor(
    place: Annotated[str, typer.Argument(metavar="FOLDER|URL", help="Where the log lies, in C2SP tlog-tiles layout.")],
    policy: Annotated[Path, typer.Option(help="Trust policy (C2SP tlog-policy): keys of the log, its witnesses, their quorum.")],
    state: Annotated[Path | None, typer.Option(help="File that remembers what was seen, from one start to the next.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.2, max=3600)] = 1.0,
    unclosed_minutes: Annotated[float, typer.Option(help="How long a call may go without an outcome.", min=0.1)] = 60.0,
    witness_seconds: Annotated[float, typer.Option(help="How long the quorum may be behind what is new.", min=1)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout for each alarm.")] = False,
) -> None:
    """Follow a log and say what is wrong."""
    stop = Stop()
    kinds: set[str] = set()
    with output.door():
        watch = _watch(place, policy, state, unclosed_minutes, witness_seconds)
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        try:
            while True:
                began = time.monotonic()
                for alarm in watch.look(clock()):
                    kinds.add(alarm.kind)
                    _tell(alarm, as_json=as_json)
                if once or stop.is_set() or stop.wait(max(0.0, began + every - time.monotonic())):
                    break
        finally:
            watch.close()
        for origin, size in watch.sizes.items():
            output.say(f"{origin}: {size} entries seen")
    if code := exit_code(kinds):
        raise typer.Exit(code)


def _watch(place: str, policy: Path, state: Path | None, unclosed_minutes: float, witness_seconds: float) -> Watch:
    if place.startswith(("http:", "https:")):
        if why := url_fault(place):
            raise Refused(Fault("url_invalid", why, place, "write it like https://log.example/path"))
    elif not Path(place).is_dir():
        raise Refused(Fault("no_log", "there is no such folder", place, "name the folder that holds checkpoint and tile/"))
    try:
        trust = Trust.parse(read_bounded(policy, MAX_POLICY_BYTES))
    except NoteInvalid as wrong:
        raise Refused(Fault("policy_invalid", str(wrong), str(policy), "see docs/witness.md for the form of a policy")) from wrong
    origin = first_origin(trust)
    unclosed, unwitnessed = round(unclosed_minutes * 60 * SECOND), round(witness_seconds * SECOND)
    return Watch(opener(place), trust, origin, StateFile(state), unclosed, unwitnessed)


def _tell(alarm: Alarm, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode({**msgspec.structs.asdict(alarm), "at": moments.show(alarm.at)}).decode())
    else:
        where = f"entry {alarm.index}: " if alarm.index >= 0 else ""
        output.data(
            output.plain(f"{moments.show(alarm.at)} {alarm.kind.upper()} {alarm.log}: {where}{alarm.what} ({alarm.code})")
        )
