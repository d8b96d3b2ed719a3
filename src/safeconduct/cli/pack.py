"""``safeconduct pack``: dated lists of countries that conditions refer to by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Yes
from safeconduct.instruments.packs import TEXT_LIMIT, differences, read_pack
from safeconduct.office.acts import EnterPack
from safeconduct.registry.papers import PackRecord
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Rule packs: dated, sourced lists that conditions refer to.", no_args_is_help=True)

COLUMNS = ("id", "version", "source", "retrieved", "lists", "entered", "entered by")


@app.command()
def enter(
    file: Annotated[Path, typer.Argument(help="The pack (TOML).")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Enter a pack, or a new version of one; its lists count once a second officer agreed."""
    with desk() as opened:
        text = _load(file)
        pack = read_pack(text, file.name)
        act = EnterPack(pack.id, text)
        opened.preview(act)
        before = opened.registry.pack_versions(pack.id)
        if before:
            output.say(f"What changes in {pack.id}:", *differences(read_pack(before[-1].text), pack))
        undo = f"to undo, enter {'the version before' if before else 'another version'} again"
        output.confirm(f"Enter {pack.id}, version {pack.version}? It changes whom conditions catch; {undo}.", yes=yes)
        do(opened, act, f"{pack.id}, version {pack.version}, counts from now on.", as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the packs that count."""
    with desk() as opened:
        output.show_rows(COLUMNS, (_row(each) for each in opened.registry.packs()), as_json=as_json, title="Rule packs")


def _row(record: PackRecord) -> dict[str, Any]:
    pack = read_pack(record.text, f"{record.id}.toml")
    return {
        "id": pack.id,
        "version": pack.version,
        "source": pack.source,
        "retrieved": pack.retrieved,
        "lists": [each.id for each in pack.lists],
        "entered": show(record.entered_at),
        "entered by": record.entered_by,
    }


def _load(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(TEXT_LIMIT + 1)
    if len(data) > TEXT_LIMIT:
        raise Refused(Fault("pack_too_long", f"the file is longer than {TEXT_LIMIT} bytes", file.name, "split the pack"))
    try:
        return data.decode()
    except UnicodeDecodeError as wrong:
        raise Refused(Fault("not_utf8", "the file is not UTF-8", file.name, "save it as UTF-8")) from wrong
