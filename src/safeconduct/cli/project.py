"""``safeconduct project``: approved uses, each with a purpose, a tier, and the hosts and assets in its scope."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Org, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.output import AsJson, Why
from safeconduct.office.acts import AmendProject, RegisterProject
from safeconduct.registry.records import Project
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show
from safeconduct.terms.programs import ProgramTier

app = typer.Typer(help="Projects: approved uses with a purpose and a tier.", no_args_is_help=True)

COLUMNS = ("id", "organization", "name", "purpose", "tier", "state", "starts", "ends", "hosts", "assets")
HOST = "host:"

Assets = Annotated[
    list[str] | None,
    typer.Option(
        "--asset", help="What it may be used on, as kind:value (host, repository, path, account, verb, batch); may be repeated."
    ),
]
Tier = f"Program tier: {', '.join(ProgramTier)}."


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the project: lower case, never used twice.")],  # noqa: A002
    org: Org,
    purpose: Annotated[str, typer.Option(help="What it may be used for, in one line.")],
    tier: Annotated[str, typer.Option(help=Tier)] = ProgramTier.BENIGN.value,
    name: Annotated[str, typer.Option(help="Name for people to read.")] = "",
    host: Annotated[list[str] | None, typer.Option(help="Host that calls may name; may be repeated.")] = None,
    asset: Assets = None,
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register a project."""
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        hosts, assets = _scope(host, asset)
        act = RegisterProject(id, org, name, purpose, tier, hosts or (), begin, end, assets or ())
        do(opened, act, f"Project {id} is registered.", as_json=as_json)


@app.command()
def amend(
    id: Annotated[str, typer.Argument(help="Id of the project.")],  # noqa: A002
    purpose: Annotated[str | None, typer.Option(help="The new purpose.")] = None,
    tier: Annotated[str | None, typer.Option(help=f"The new tier. {Tier} One that allows more needs --why.")] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    host: Annotated[list[str] | None, typer.Option(help="All hosts from now on; may be repeated.")] = None,
    asset: Assets = None,
    ends: Annotated[str, typer.Option(help='The new end, a time with a zone, or "open".')] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change what is given; the rest stays. What is listed replaces the whole list."""
    end = output.read_moment(ends, "--ends", may_be_open=True) if ends else None
    hosts, assets = _scope(host, asset)
    with desk() as opened:
        act = AmendProject(id, name, purpose, tier, hosts, end, assets, why)
        do(opened, act, f"Project {id} is amended.", as_json=as_json)


@app.command("show")
def show_one(
    id: Annotated[str, typer.Argument(help="Id of the project.")],  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """Show one project, with every change of its tier."""
    with desk() as opened:
        found = opened.registry.projects.get(id)
        if found is None:
            raise Refused(
                Fault("unknown_project", f"there is no project {id!r}", "project show", "see: safeconduct project list")
            )
        tierings = [
            {"at": show(one.at), "actor": one.actor, "before": one.before, "after": one.after, "why": one.why}
            for one in found.tierings
        ]
        output.show_record(row(found, opened.now()) | {"tierings": tierings}, as_json=as_json)


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
        "assets": list(project.assets),
    }


def _scope(host: list[str] | None, asset: list[str] | None) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Hosts and other assets; each None where nothing of it is given. A host may be named in either way."""
    hosts = [*(host or ()), *(each.removeprefix(HOST) for each in asset or () if each.startswith(HOST))]
    assets = [each for each in asset or () if not each.startswith(HOST)]
    return tuple(hosts) or None, tuple(assets) or None
