"""``safeconduct org``: companies and agencies, what they sponsor, and what belongs to them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.output import AsJson
from safeconduct.office.acts import AmendOrganization, RegisterOrganization
from safeconduct.registry.records import Organization
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Organizations: companies, agencies, and their subsidiaries and contractors.", no_args_is_help=True)

COLUMNS = ("id", "name", "kind", "state", "parent", "relation", "starts", "ends", "programs")


class Kind(StrEnum):
    COMPANY = "company"
    AGENCY = "agency"


class Relation(StrEnum):
    CONTRACTOR = "contractor"
    SUBSIDIARY = "subsidiary"
    AFFILIATE = "affiliate"


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the organization: lower case, never used twice.")],  # noqa: A002
    name: Annotated[str, typer.Option(help="Name for people to read.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.COMPANY,
    parent: Annotated[str, typer.Option(help="Id of the organization above this one: it lives only while that one lives.")] = "",
    relation: Annotated[
        Relation | None, typer.Option(help="What it is to its parent. A contractor, the default, needs an end date.")
    ] = None,
    subsidiary: Annotated[bool, typer.Option("--subsidiary", help="Short for --relation subsidiary.")] = False,
    program: Annotated[list[str] | None, typer.Option(help="Program it takes part in; may be repeated.")] = None,
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register an organization."""
    if subsidiary and relation not in (None, Relation.SUBSIDIARY):
        raise typer.BadParameter("it is either a subsidiary or something else", param_hint="--subsidiary or --relation")
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        asked = Relation.SUBSIDIARY if subsidiary else relation
        act = RegisterOrganization(id, name, parent, begin, end, tuple(program or ()), asked.value if asked else "", kind.value)
        do(opened, act, f"Organization {id} is registered.", as_json=as_json)


@app.command()
def amend(
    id: Annotated[str, typer.Argument(help="Id of the organization.")],  # noqa: A002
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    ends: Annotated[str, typer.Option(help='The new end, a time with a zone, or "open".')] = "",
    program: Annotated[list[str] | None, typer.Option(help="All programs from now on; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given; the rest stays. An end that has passed is final."""
    end = output.read_moment(ends, "--ends", may_be_open=True) if ends else None
    with desk() as opened:
        act = AmendOrganization(id, name, end, tuple(program) if program else None)
        do(opened, act, f"Organization {id} is amended.", as_json=as_json)


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
            raise Refused(
                Fault("unknown_organization", f"there is no organization {id!r}", "org show", "see: safeconduct org list")
            )
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
        "kind": organization.kind,
        "state": state_of(organization, now),
        "parent": organization.parent,
        "relation": organization.relation if organization.parent else "",
        "starts": show(organization.starts),
        "ends": until(organization.ends),
        "programs": list(organization.programs),
    }
