"""``safeconduct project``: approved uses, each with a purpose, a tier and the hosts its calls may reach."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Org, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.output import AsJson
from safeconduct.office.acts import AmendProject, RegisterProject
from safeconduct.registry.records import Project
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Projects: approved uses with a purpose and a tier.", no_args_is_help=True)

COLUMNS = ("id", "organization", "name", "purpose", "tier", "state", "starts", "ends", "hosts")


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the project: lower case, never used twice.")],  # noqa: A002
    org: Org,
    purpose: Annotated[str, typer.Option(help="What it may be used for, in one line.")],
    tier: Annotated[str, typer.Option(help="Program tier, like standard or cyber.")] = "standard",
    name: Annotated[str, typer.Option(help="Name for people to read.")] = "",
    host: Annotated[list[str] | None, typer.Option(help="Host that calls may name; may be repeated.")] = None,
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register a project."""
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        act = RegisterProject(id, org, name, purpose, tier, tuple(host or ()), begin, end)
        do(opened, act, f"Project {id} is registered.", as_json=as_json)


@app.command()
def amend(
    id: Annotated[str, typer.Argument(help="Id of the project.")],  # noqa: A002
    purpose: Annotated[str | None, typer.Option(help="The new purpose.")] = None,
    tier: Annotated[str | None, typer.Option(help="The new tier.")] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    host: Annotated[list[str] | None, typer.Option(help="All hosts from now on; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given; the rest stays."""
    with desk() as opened:
        act = AmendProject(id, name, purpose, tier, tuple(host) if host else None)
        do(opened, act, f"Project {id} is amended.", as_json=as_json)


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", "--organization", help="Only projects of this organization.")] = "",
    as_json: AsJson = False,
) -> None:
    """List every project."""
    with desk() as opened:
        now = opened.now()
        found = [each for each in opened.registry.projects.values() if not org or each.organization == org]
        rows = (row(each, now) for each in sorted(found, key=lambda each: each.id))
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Projects")


add_lives(app, "project", "project")


def row(project: Project, now: Moment) -> dict[str, Any]:
    """One project as a row."""
    return {
        "id": project.id,
        "organization": project.organization,
        "name": project.name,
        "purpose": project.purpose,
        "tier": project.tier,
        "state": state_of(project, now),
        "starts": show(project.starts),
        "ends": until(project.ends),
        "hosts": list(project.hosts),
    }
