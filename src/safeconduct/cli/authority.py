"""``safeconduct authority``: who may issue instruments, and with which key an authority signs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Yes
from safeconduct.instruments.signature import TEXT_LIMIT, AuthorityKey, read_key
from safeconduct.office.acts import KeyAuthority, RegisterAuthority
from safeconduct.terms.faults import Fault, Refused

app = typer.Typer(help="Authorities: who may issue instruments.", no_args_is_help=True)

COLUMNS = ("id", "name", "signs", "key id")
Id = Annotated[str, typer.Argument(help="Id of the authority.")]
KeyFile = Annotated[Path | None, typer.Option("--key", help="File with its Ed25519 public key: PEM, base64 or hex.")]


@app.command()
def add(
    id: Id,  # noqa: A002
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Register an authority. With a key, every letter of it needs its signature."""
    with desk() as opened:
        found = None if key is None else _read(key)
        told = f"Authority {id} is registered" + (f"; the id of its key is {found.id}." if found is not None else ".")
        do(opened, RegisterAuthority(id, name, found.text if found is not None else ""), told, as_json=as_json)


@app.command()
def rotate(
    id: Id,  # noqa: A002
    key: KeyFile = None,
    none: Annotated[bool, typer.Option("--none", help="It does not sign any more.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let an authority sign with another key, or with none. Letters that are in force stay in force."""
    if (key is None) is not none:
        raise typer.BadParameter("give --key FILE, or --none", param_hint="--key")
    with desk() as opened:
        found = None if key is None else _read(key)
        act = KeyAuthority(id, found.text if found is not None else "")
        opened.preview(act)
        how = f"with the key {found.id}" if found is not None else "no letter"
        output.confirm(f"Let {id} sign {how} from now on? To undo, rotate back.", yes=yes)
        do(opened, act, f"{id} signs {how} from now on.", as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every authority, and the id of its key."""
    with desk() as opened:
        rows = [
            {"id": each.id, "name": each.name, "signs": bool(each.key), "key id": read_key(each.key).id if each.key else ""}
            for each in opened.registry.authorities.values()
        ]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Authorities")


def _read(file: Path) -> AuthorityKey:
    with file.open("rb") as opened:
        data = opened.read(TEXT_LIMIT + 1)
    try:
        return read_key(data.decode("ascii"), file.name)
    except UnicodeDecodeError as wrong:
        raise Refused(
            Fault("key_malformed", "this is no Ed25519 public key", file.name, "give it in PEM, base64 or hex")
        ) from wrong
