"""``safeconduct case``: units of work that open content to be read, while they are open."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Yes
from safeconduct.office.acts import CloseCase, OpenCase
from safeconduct.registry.cases import Case
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Cases: content is read in one that is open and about it, and nowhere else.", no_args_is_help=True)

COLUMNS = ("id", "state", "organization", "calls", "reads", "opened", "opened by", "why")
Id = Annotated[str, typer.Argument(help="Id of the case.")]
Reason = Annotated[str, typer.Option("--why", help="The reason, for the history: one line.")]


@app.command("open")
def open_(
    id: Id,  # noqa: A002
    why: Reason,
    organization: Annotated[str, typer.Option("--organization", "--org", help="Whose content it is about.")] = "",
    call: Annotated[list[str] | None, typer.Option(help="A call it is about; may be given again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open a case about an organization's content, or about single calls. It takes an officer key."""
    with desk() as opened:
        told = f"Case {id} is open. Read in it: safeconduct vault read CALL --case {id} --reason TEXT"
        do(opened, OpenCase(id, why, organization, tuple(call or ())), told, as_json=as_json)


@app.command()
def close(
    id: Id,  # noqa: A002
    why: Annotated[str, typer.Option(help="The reason, for the history: one line.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Close a case; nothing can be read in it any more."""
    with desk() as opened:
        act = CloseCase(id, why)
        opened.preview(act)
        output.confirm(f"Close case {id}? Nothing can be read in it any more; to undo, open another one.", yes=yes)
        do(opened, act, f"Case {id} is closed.", as_json=as_json)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List cases, oldest first."""
    with desk() as opened:
        found = [each for each in opened.registry.cases.values() if every or each.closed_at is None]
        output.show_rows(COLUMNS, (_row(each, opened.registry) for each in found), as_json=as_json, title="Cases")


@app.command("show")
def show_(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Show a case, and everything that was read in it."""
    with desk() as opened:
        found = opened.registry.cases.get(id)
        if found is None:
            raise Refused(Fault("unknown_case", f"there is no case {id}", "case", "see: safeconduct case list --all"))
        reads = [
            f"{show(each.at)} {each.actor} read {each.part} of {each.call}: {each.why}"
            for each in opened.registry.reads.values()
            if each.case == id
        ]
        record = {**_row(found, opened.registry), "calls": list(found.calls), "closed by": found.closed_by, "read": reads}
        output.show_record(record, as_json=as_json)


def _row(case: Case, registry: Registry) -> dict[str, Any]:
    return {
        "id": case.id,
        "state": "open" if case.closed_at is None else f"closed {show(case.closed_at)}",
        "organization": case.organization,
        "calls": len(case.calls),
        "reads": sum(each.case == case.id for each in registry.reads.values()),
        "opened": show(case.opened_at),
        "opened by": case.opened_by,
        "why": case.why,
    }
