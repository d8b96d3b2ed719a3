"""``safeconduct model``: the catalog of models that can be asked for by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.acts import Batch, CatalogModel, WithdrawModel
from safeconduct.registry.catalog import read_model
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.standing import Model

app = typer.Typer(help="Models: names, aliases, and where each of them lives.", no_args_is_help=True)

COLUMNS = ("id", "upstream", "served_as", "dialects", "tier", "family", "display_name", "aliases", "state")
MAX_CATALOG_BYTES = 1024 * 1024


@app.command()
def add(
    file: Annotated[
        Path | None, typer.Option(help="TOML file with one table named model for each, instead of the other options.")
    ] = None,
    id: Annotated[str, typer.Option(help="Canonical name.")] = "",  # noqa: A002
    upstream: Annotated[str, typer.Option(help="Where it lives: anthropic, openai, or another name in the settings.")] = "",
    served_as: Annotated[str, typer.Option(help="The name sent there, when it is another one.")] = "",
    dialect: Annotated[list[str] | None, typer.Option(help="messages, chat or responses; may be repeated.")] = None,
    tier: Annotated[str, typer.Option(help="Tier that rules can name.")] = "standard",
    family: Annotated[str, typer.Option(help="Family that rules can name.")] = "",
    display_name: Annotated[str, typer.Option(help="Name for people to read.")] = "",
    alias: Annotated[list[str] | None, typer.Option(help="Another name for it; may be repeated.")] = None,
    max_output_tokens: Annotated[int, typer.Option(help="Most tokens of one answer; 0 for no limit of ours.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the entry with the same id.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put one model, or every model of a file, into the catalog."""
    if (file is None) == (not id):
        raise typer.BadParameter("give either a file or an id", param_hint="--file or --id")
    with desk() as opened:
        if file is not None:
            models = _read(file)
        else:
            written = {
                "id": id,
                "upstream": upstream,
                "served_as": served_as,
                "dialects": dialect or [],
                "tier": tier,
                "family": family,
                "display_name": display_name,
                "aliases": alias or [],
                "max_output_tokens": max_output_tokens,
            }
            models = [read_model(written, f"model {id}")]
        act = Batch(tuple(CatalogModel(model, replace) for model in models), "model catalog")
        told = f"In the catalog: {', '.join(model.id for model in models)}."
        do(opened, act, told, as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every model, withdrawn ones too."""
    with desk() as opened:
        registry = opened.registry
        rows = [row(each, "active") for each in registry.models()]
        rows += [row(each, "withdrawn") for each in registry.withdrawn_models()]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Models")


@app.command()
def withdraw(
    id: Annotated[str, typer.Argument(help="Canonical name of the model.")],  # noqa: A002
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a model for everybody. To stop it for some, enter an instrument."""
    with desk() as opened:
        act = WithdrawModel(id, why)
        opened.preview(act)
        output.confirm(f"Withdraw model {id} for everybody? Undo: add it to the catalog again.", yes=yes)
        do(opened, act, f"Model {id} is withdrawn.", as_json=as_json)


def row(model: Model, state: str) -> dict[str, Any]:
    """One model as a row."""
    return {
        "id": model.id,
        "upstream": model.upstream,
        "served_as": model.served_as,
        "dialects": sorted(model.dialects),
        "tier": model.tier,
        "family": model.family,
        "display_name": model.display_name,
        "aliases": list(model.aliases),
        "state": state,
    }


def _read(file: Path) -> list[Model]:
    """Every entry of a catalog file. Raises Refused with the faults of all entries."""
    with file.open("rb") as opened:
        raw = opened.read(MAX_CATALOG_BYTES + 1)
    mend = "write one [[model]] table for each model, with id and upstream"
    if len(raw) > MAX_CATALOG_BYTES:
        raise Refused(Fault("catalog_too_big", "the file has more than 1 MB", file.name, "split it"))
    try:
        written = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Refused(Fault("catalog_toml", f"this is not TOML: {wrong}", file.name, mend)) from wrong
    tables = written.get("model")
    if not isinstance(tables, list) or len(written) != 1:
        raise Refused(Fault("catalog_tables", "the file holds something else than [[model]] tables", file.name, mend))
    models: list[Model] = []
    faults: list[Fault] = []
    for number, table in enumerate(tables, 1):
        try:
            models.append(read_model(table, f"{file.name}: model {number}"))
        except Refused as refused:
            faults.extend(refused.faults)
    if faults:
        raise Refused(*faults)
    return models
