"""``safeconduct resource``: which organization owns a thing stored at a provider."""

from __future__ import annotations

from typing import Annotated

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Org, desk, do
from safeconduct.cli.output import AsJson
from safeconduct.office.acts import RecordResource

app = typer.Typer(help="Things stored at providers (files, containers) and who owns them.", no_args_is_help=True)

COLUMNS = ("id", "organization", "upstream")


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the thing, as the provider writes it.")],  # noqa: A002
    org: Org,
    upstream: Annotated[str, typer.Option(help="The provider it is stored at.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record that a stored thing belongs to an organization; it never changes hands."""
    with desk() as opened:
        do(opened, RecordResource(id, org, upstream), f"Resource {id} belongs to {org}.", as_json=as_json)


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", "--organization", help="Only things of this organization.")] = "",
    as_json: AsJson = False,
) -> None:
    """List every recorded thing."""
    with desk() as opened:
        found = [each for each in opened.registry.resources.values() if not org or each.organization == org]
        rows = ({"id": each.id, "organization": each.organization, "upstream": each.upstream} for each in found)
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Resources")
