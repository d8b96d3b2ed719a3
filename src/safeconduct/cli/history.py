"""``safeconduct instrument diff T1 T2``: who could then and cannot now, or the other way round, and what had changed?"""

from __future__ import annotations

from typing import Annotated

import typer

from safeconduct.cli import output
from safeconduct.cli.inquiring import InOrg, Limit, asking, caller_known, model_named, organization_known, progress
from safeconduct.cli.output import AsJson
from safeconduct.inquiry.differences import differences
from safeconduct.terms.moments import show


def diff(
    first: Annotated[str, typer.Argument(help="The earlier moment, a time with a zone.")],
    second: Annotated[str, typer.Argument(help="The later moment; now when left out.")] = "",
    person: Annotated[str, typer.Option("--person", "--agent", help="Only this person or agent.")] = "",
    org: InOrg = "",
    model: Annotated[str, typer.Option(help="Only this model.")] = "",
    names: Annotated[bool, typer.Option("--names", help="Name the people and agents of each line.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Compare the answers of two times, each as it was known and as the rules were then. Exit code 5 when they differ."""
    with asking() as asked:
        earlier = output.read_moment(first, "FIRST")
        later = output.read_moment(second, "SECOND") if second else asked.now
        if later < earlier:
            raise typer.BadParameter("the second moment lies before the first", param_hint="SECOND")
        before, after = asked.sides((asked.registry(earlier), earlier), (asked.registry(later), later))
        history = after.side.registry  # it only grows: whoever was known at either time is known here
        organization_known(history, org)
        caller_known(history, person)
        name = model_named(history, model, withdrawn=True) if model else ""
        keep = -1 if person else limit if names else 0
        with progress(after.side.registry.people, silent=as_json) as tell:
            census = asked.census(before, after, keep=keep, tell=tell)
        found = differences(census, before, after, organization=org, model=name, person=person)
        columns: tuple[str, ...] = ("change", "organization", "project", "model", "seats", "before", "after", "because")
        columns = (*columns, "names") if names else columns
        shown = found if limit < 0 else found[:limit]
        rows = [{column: getattr(each, column) for column in columns} for each in shown]
        output.show_rows(columns, rows, as_json=as_json, title=f"From {show(earlier)} to {show(later)}")
        total = sum(each.seats for each in found)
        output.say(f"{total:,} accesses of {census.seats:,} seats differ between {show(earlier)} and {show(later)}.")
    if found:
        raise typer.Exit(output.DIFFERENCES)
