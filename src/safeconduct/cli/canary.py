"""``safeconduct canary``: which strings and documents does an organization watch? Kept as keyed hashes, never shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly import canaries
from safeconduct.assembly.home import existing
from safeconduct.cli import output
from safeconduct.cli.acting import Org, desk, do
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.acts import Batch, RemoveCanaries
from safeconduct.registry.canaries import PRINT_BYTES, CanaryList, in_force
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Strings and documents that an organization watches.", no_args_is_help=True)

COLUMNS = ("organization", "name", "strings", "documents", "state", "added", "by")
MOST_BYTES = 16 * 1024 * 1024
Name = Annotated[str, typer.Option("--name", help="The name of the list.")]
File = Annotated[Path, typer.Argument(help="The strings, one a line; or a document. A dash reads standard input.")]


@app.command()
def add(
    file: File,
    name: Name,
    org: Org,
    document: Annotated[bool, typer.Option("--document", help="The file is a document whose parts must not leave.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of the list of that name; a second officer agrees.")
    ] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Add a list: every worker looks for it within a second. A string has 12 to 64 letters, digits, _ and -.

    Only keyed hashes are kept: keep the file yourself. To undo: safeconduct canary remove.
    """
    with desk() as opened:
        text = _text(file)
        lines = () if document else tuple(text.splitlines())
        act = canaries.listing(existing(), org, name, lines=lines, document=text if document else "", replace=replace, why=why)
        do(opened, act, f"{org} watches {name}. Workers look for it within a second.", as_json=as_json)


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", help="Only of this organization.")] = "",
    at: Annotated[str, typer.Option("--at", help="As it was at this time, with a zone.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the lists: whose, and how many hashes of strings and of rows of words. Nothing of what they are."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        now = opened.now() if moment is None else moment
        registry = opened.registry if moment is None else opened.as_of(moment)
        looked_for, _ = in_force(registry.canaries, registry.organizations, now)
        rows = [
            _row(each, "looked for" if each in looked_for else "ended")
            for _, each in sorted(registry.canaries.items())
            if org in ("", each.organization)
        ]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Canaries")


@app.command()
def remove(name: Name, org: Org, why: Why = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Take a list away, with a second officer: nobody looks for it any more. To undo that, add the file again."""
    with desk() as opened:
        act = RemoveCanaries(org, name, why)
        opened.preview(act)
        output.confirm(f"Remove {name}? Nobody looks for it any more. To undo that, add the file again.", yes=yes)
        do(opened, act, f"{org} no longer watches {name}.", as_json=as_json)


@app.command("import")
def import_(as_json: AsJson = False) -> None:
    """Take over the lists of an earlier version from the home's canaries.json, all or none; then the file is taken away."""
    with desk() as opened:
        home = existing()
        acts = canaries.taking_over(home)
        if acts:
            do(opened, Batch(acts, canaries.FILE), f"{len(acts)} lists were taken over.", as_json=as_json)
        canaries.taken_over(home)


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


def _row(each: CanaryList, state: str) -> dict[str, object]:
    return {
        "organization": each.organization,
        "name": each.name,
        "strings": len(each.strings) // PRINT_BYTES,
        "documents": len(each.documents) // PRINT_BYTES,
        "state": state,
        "added": show(each.at),
        "by": each.by,
    }
