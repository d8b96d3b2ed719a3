"""``safeconduct canary``: which strings and documents does an organization watch? Kept as keyed hashes, never shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly import canaries
from safeconduct.assembly.canaries import Watched
from safeconduct.assembly.home import existing
from safeconduct.assembly.process import clock
from safeconduct.cli import output
from safeconduct.cli.acting import Org, desk
from safeconduct.cli.output import AsJson, Yes
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Strings and documents that an organization watches.", no_args_is_help=True)

COLUMNS = ("organization", "name", "strings", "documents", "added")
MOST_BYTES = 16 * 1024 * 1024
RESTART = "Workers look for it from their next start on. Restart the gateway."
Name = Annotated[str, typer.Option("--name", help="The name of the list.")]
File = Annotated[Path, typer.Argument(help="The strings, one a line; or a document. A dash reads standard input.")]


@app.command()
def add(
    file: File,
    name: Name,
    org: Org,
    document: Annotated[bool, typer.Option("--document", help="The file is a document whose parts must not leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a list. A string has 12 to 64 letters, digits, _ and -. Only keyed hashes are kept: keep the file yourself."""
    with desk() as opened:
        if org not in opened.registry.organizations:
            what = f"there is no organization {org[:80]!r}"
            raise Refused(Fault("unknown_organization", what, "--org", "see: safeconduct org list"))
    with output.door():
        text = _text(file)
        lines = () if document else tuple(text.splitlines())
        found = canaries.add(existing(), org, name, clock(), lines=lines, document=text if document else "")
        _tell(found, f"{org} watches {name}. {RESTART}", as_json=as_json)


@app.command("list")
def list_(org: Annotated[str, typer.Option("--org", help="Only of this organization.")] = "", as_json: AsJson = False) -> None:
    """List the lists: whose, and how many hashes of strings and of rows of words. Nothing of what they are."""
    with output.door():
        kept = canaries.read(existing())
        lists = () if kept is None else kept.lists
        rows = [_row(each) for each in lists if org in ("", each.organization)]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Canaries")


@app.command()
def remove(name: Name, org: Org, yes: Yes = False, as_json: AsJson = False) -> None:
    """Take a list away: from the next start on nobody looks for it. To undo that, add the file again."""
    with output.door():
        home = existing()
        output.confirm(f"Remove {name}? From the next start on nobody looks for it. To undo that, add the file again.", yes=yes)
        _tell(canaries.remove(home, org, name), f"{org} no longer watches {name}. {RESTART}", as_json=as_json)


def _text(file: Path) -> str:
    """The whole file, or standard input. Raises Refused for what is too large or no text."""
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as source:
                data = source.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise Refused(Fault("file_too_large", f"more than {MOST_BYTES:,} bytes", str(file), "split it"))
        return data.decode()
    except OSError as fault:
        what = f"the file cannot be read: {fault.strerror}"
        raise Refused(Fault("file_unreadable", what, str(file), "name a file that can be read")) from fault
    except UnicodeDecodeError as fault:
        raise Refused(Fault("no_text", "the file is no text in UTF-8", str(file), "give it as text")) from fault


def _tell(found: Watched, told: str, *, as_json: bool) -> None:
    if as_json:
        output.show_json(_row(found))
    output.say(told)


def _row(each: Watched) -> dict[str, object]:
    return {
        "organization": each.organization,
        "name": each.name,
        "strings": len(each.strings),
        "documents": len(each.documents),
        "added": show(each.added_at),
    }
