"""``safeconduct backup``: carry a home away and bring it back; its keys go by themselves and count for a short time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.home import existing, find
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.terms.moments import show

app = typer.Typer(help="Backups of the home, and of its keys.", no_args_is_help=True)
keys = typer.Typer(help="Backups of keys: short-lived, so that what is erased stays erased.", no_args_is_help=True)
app.add_typer(keys, name="keys")

Sealing = Annotated[Path, typer.Option("--sealing-key", help="File with the key that seals the keys. Keep it somewhere else.")]


@app.command()
def create(
    folder: Annotated[Path, typer.Argument(help="New folder for the backup.")],
    as_json: AsJson = False,
) -> None:
    """Make a backup while everything runs. People in it can be read with keys that stay apart, and with nothing else."""
    with output.door():
        made = backup.make(existing(), folder)
        if as_json:
            output.show_json({"folder": str(folder), "version": made.version, "entries": made.size, "files": made.files})
        output.say(
            f"Backed up version {made.version} of the registry and {made.size} signed entries in {made.files} files.",
            "Without keys it opens for nobody: safeconduct backup keys create",
        )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder that backup create made.")],
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the home, where there is none. Who was erased since does not come back."""
    with output.door():
        found = restoring.restore(find(), folder)
        if as_json:
            output.show_json(
                {
                    "version": found.version,
                    "entries": found.size,
                    "erased": found.erased,
                    "without words": found.worded,
                    "head ahead by": found.head,
                }
            )
        output.say(f"Restored version {found.version} of the registry and {found.size} signed entries.")
        if found.erased or found.worded:
            output.say(f"{found.erased} changes were about people erased since; {found.worded} lost their free words.")
        if found.head > 0:
            output.say(
                f"The head kept apart is {found.head} entries ahead: the keeper will refuse to sign this shorter log.",
                "Bring the missing entries from another copy of the log.",
            )
        elif found.head < 0:
            output.say(
                "There is no head kept apart to compare the log with: the keeper will refuse to sign without one.",
                "Bring it back (heads/ of the folder apart). When it is lost: safeconduct audit accept-head",
            )


@keys.command("create")
def create_keys(
    file: Annotated[Path, typer.Argument(help="New file for the keys.")],
    sealing_key: Sealing,
    days: Annotated[int, typer.Option(help="For how many days it counts.", min=1)] = keys_backup.DAYS,
    as_json: AsJson = False,
) -> None:
    """Write the keys to a sealed file that counts for some days. What is erased meanwhile it does not bring back."""
    with output.door():
        expires = keys_backup.make(existing(), file, sealing_key, days)
        if as_json:
            output.show_json({"file": str(file), "expires": show(expires)})
        output.say(f"The keys are in {file.name}, sealed by {sealing_key.name}; they count until {show(expires)}.")


@keys.command("restore")
def restore_keys(
    file: Annotated[Path, typer.Argument(help="File that backup keys create wrote.")],
    sealing_key: Sealing,
    as_json: AsJson = False,
) -> None:
    """Put the keys back that were not destroyed since."""
    with output.door():
        found = keys_backup.bring_back(find(), file, sealing_key)
        if as_json:
            output.show_json({"back": found.back, "refused": found.refused})
        output.say(f"{found.back} keys are back; {found.refused} were destroyed since and stay so.")
