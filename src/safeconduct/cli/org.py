"""``safeconduct org``: organizations and the ones they sponsor."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.output import AsJson
from safeconduct.office.acts import RegisterOrganization
from safeconduct.registry.records import Organization
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Organizations: companies, agencies, and their subsidiaries and contractors.", no_args_is_help=True)

COLUMNS = ("id", "name", "state", "parent", "relation", "starts", "ends", "programs")


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the organization: lower case, never used twice.")],  # noqa: A002
    name: Annotated[str, typer.Option(help="Name for people to read.")],
    parent: Annotated[str, typer.Option(help="Id of the organization that sponsors this one.")] = "",
    subsidiary: Annotated[
        bool, typer.Option("--subsidiary", help="It is a subsidiary of its parent; a sponsored contractor when left out.")
    ] = False,
    program: Annotated[list[str] | None, typer.Option(help="Program it takes part in; may be repeated.")] = None,
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register an organization."""
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        relation: Literal["contractor", "subsidiary"] = "subsidiary" if subsidiary else "contractor"
        act = RegisterOrganization(id, name, parent, begin, end, tuple(program or ()), relation)
        do(opened, act, f"Organization {id} is registered.", as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every organization."""
    with desk() as opened:
        now = opened.now()
        rows = (row(each, now) for each in sorted(opened.registry.organizations.values(), key=lambda each: each.id))
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Organizations")


@app.command("show")
def show_one(
    id: Annotated[str, typer.Argument(help="Id of the organization.")],  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """Show one organization with what belongs to it."""
    with desk() as opened:
        registry = opened.registry
        found = registry.organizations.get(id)
        if found is None:
            raise Refused(Fault("unknown_organization", f"there is no organization {id!r}", "org show", "see: org list"))
        members = sum(any(m.organization == id for m in person.memberships) for person in registry.people.values())
        record = row(found, opened.now()) | {
            "sponsors": sorted(each.id for each in registry.organizations.values() if each.parent == id),
            "projects": sorted(each.id for each in registry.projects.values() if each.organization == id),
            "agents": sorted(each.id for each in registry.agents.values() if each.organization == id),
            "members": members,
        }
        output.show_record(record, as_json=as_json)


add_lives(app, "organization", "org")


def row(organization: Organization, now: Moment) -> dict[str, Any]:
    """One organization as a row."""
    return {
        "id": organization.id,
        "name": organization.name,
        "state": state_of(organization, now),
        "parent": organization.parent,
        "relation": organization.relation if organization.parent else "",
        "starts": show(organization.starts),
        "ends": until(organization.ends),
        "programs": list(organization.programs),
    }
