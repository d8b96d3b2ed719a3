"""``safeconduct agent``: agents and who answers for them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import Ends, Org, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.output import AsJson
from safeconduct.office.acts import RegisterAgent
from safeconduct.registry.records import Agent
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Agents. Each has a sponsor and never more rights than it.", no_args_is_help=True)

COLUMNS = ("id", "organization", "sponsor", "project", "state", "starts", "ends", "name")


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the agent: lower case, never used twice.")],  # noqa: A002
    org: Org,
    person: Annotated[str, typer.Option(help="Sponsor: id of a person.")] = "",
    project_sponsor: Annotated[str, typer.Option("--by-project", help="Sponsor: id of a project.")] = "",
    agent: Annotated[str, typer.Option("--by-agent", help="Sponsor: id of an agent that this one works below.")] = "",
    project: Annotated[str, typer.Option(help="The one project it works for.")] = "",
    name: Annotated[str, typer.Option(help="Name for people to read.")] = "",
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register an agent with exactly one sponsor."""
    named = [(kind, text) for kind, text in (("person", person), ("project", project_sponsor), ("agent", agent)) if text]
    if len(named) != 1:
        raise typer.BadParameter("name exactly one sponsor", param_hint="--person, --by-project or --by-agent")
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    kind, sponsor = named[0]
    with desk() as opened:
        act = RegisterAgent(id, org, kind, sponsor, name, project, begin, end)
        do(opened, act, f"Agent {id} is registered; {kind} {sponsor} answers for it.", as_json=as_json)


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", "--organization", help="Only agents of this organization.")] = "",
    as_json: AsJson = False,
) -> None:
    """List every agent."""
    with desk() as opened:
        now = opened.now()
        found = [each for each in opened.registry.agents.values() if not org or each.organization == org]
        rows = (row(each, now) for each in sorted(found, key=lambda each: each.id))
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Agents")


add_lives(app, "agent", "agent")


def row(agent: Agent, now: Moment) -> dict[str, Any]:
    """One agent as a row."""
    return {
        "id": agent.id,
        "organization": agent.organization,
        "sponsor": f"{agent.sponsor_kind} {agent.sponsor}",
        "project": agent.project,
        "state": state_of(agent, now),
        "starts": show(agent.starts),
        "ends": until(agent.ends),
        "name": agent.name,
    }
