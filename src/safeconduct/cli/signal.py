"""``safeconduct signal``: what did an identity provider see? Events of identities, for the watch."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.watch_reading import read_identity_events
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.storage.files.signals import add_signals
from safeconduct.terms.faults import Fault, Refused

app = typer.Typer(help="Tell the watch what happened outside of calls.", no_args_is_help=True)


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="JSON lines: at, person, kind, and device, latitude, longitude, country, source.")],
    as_json: AsJson = False,
) -> None:
    """Add events of identities (login, device_changed, credential_leaked, session_revoked) from a file. All of it, or nothing."""
    with output.door():
        home = existing()
        found = read_identity_events(home, file)
        try:
            add_signals(home.signals, f"cli-{secrets.token_hex(6)}", found)
        except OSError as fault:
            raise Refused(
                Fault("not_added", f"the signals cannot be put down: {fault}", str(home.signals), "free the disk")
            ) from fault
        if as_json:
            output.show_json({"added": len(found)})
        else:
            output.data(f"{len(found):,} events added")
