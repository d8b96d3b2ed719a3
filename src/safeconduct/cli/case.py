"""``safeconduct case``: units of work that signals join, officers judge, and content is read in, while they are open."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cases.calibration import learned
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Yes
from safeconduct.inquiry import casework
from safeconduct.office.acts import AssignCase, CloseCase, JudgeCase, MergeCase, NoteCase, OpenCase
from safeconduct.registry.cases import Case
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment, show

app = typer.Typer(
    help="Cases: what signals join and officers judge; content is read in one, and nowhere else.", no_args_is_help=True
)

COLUMNS = ("id", "state", "severity", "about", "organization", "signals", "calls", "reads", "opened", "assignee", "why")
QUEUE = ("id", "severity", "about", "signals", "due", "late", "assignee", "last signal")
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


@app.command()
def assign(
    id: Id,  # noqa: A002
    officer: Annotated[str, typer.Argument(help="Id of the officer who works on it; left out: nobody does.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say who works on a case."""
    with desk() as opened:
        told = f"Case {id} is {officer}'s." if officer else f"Nobody works on case {id} now."
        do(opened, AssignCase(id, officer), told, as_json=as_json)


@app.command()
def note(
    id: Id,  # noqa: A002
    text: Annotated[str, typer.Argument(help="What to note: one line. No content of calls: that stays in the vault.")],
    as_json: AsJson = False,
) -> None:
    """Note something in a case."""
    with desk() as opened:
        do(opened, NoteCase(id, text), f"Noted in case {id}.", as_json=as_json)


@app.command()
def verdict(
    id: Id,  # noqa: A002
    said: Annotated[str, typer.Argument(metavar="right|wrong", help="Whether what was seen was so.")],
    kind: Annotated[str, typer.Option(help="The kind of signal that is judged; see: safeconduct case show.")],
    cohort: Annotated[str, typer.Option(help="Whom it is to count for, like ORGANIZATION/PURPOSE; left out: everybody.")] = "",
    why: Annotated[str, typer.Option(help="The reason, for the history: one line.")] = "",
    as_json: AsJson = False,
) -> None:
    """Judge a kind of signal in a case. Verdicts teach how much it weighs; to weigh less takes verdicts of two officers."""
    with desk() as opened:
        told = f"Signals of kind {kind} in case {id} count as {said}. See: safeconduct case calibration"
        do(opened, JudgeCase(id, said, kind, cohort, why), told, as_json=as_json)


@app.command()
def merge(
    id: Id,  # noqa: A002
    into: Annotated[str, typer.Option(help="The case that it goes on in.")],
    why: Annotated[str, typer.Option(help="The reason, for the history: one line.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a case go on as part of another one; it is closed by that."""
    with desk() as opened:
        act = MergeCase(id, into, why)
        opened.preview(act)
        output.confirm(f"Merge case {id} into {into}? It cannot be taken apart again.", yes=yes)
        do(opened, act, f"Case {id} goes on in case {into}.", as_json=as_json)


@app.command()
def queue(as_json: AsJson = False) -> None:
    """Open cases in the order in which to look at them: overdue first, then by when they fall due."""
    with desk() as opened:
        rows = (
            {
                "id": each.id,
                "severity": each.severity,
                "about": ", ".join(each.about[:3]) or each.organization,
                "signals": each.signals,
                "due": show(each.due),
                "late": _hours(each.late),
                "assignee": each.assignee,
                "last signal": each.last,
            }
            for each in casework.queue(opened.registry, opened.now())
        )
        output.show_rows(QUEUE, rows, as_json=as_json, title="Cases to look at")


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
    """Show a case: what was seen, noted, judged and read in it."""
    with desk() as opened:
        found = _found(opened.registry, id)
        record = {
            **_row(found, opened.registry),
            "calls": list(found.calls),
            "kinds": sorted({each.kind for each in found.signals}),
            "closed by": found.closed_by,
            "merged into": found.merged_into,
            "timeline": [f"{show(each.at)} {each.who}: {each.what}" for each in casework.timeline(found, opened.registry)],
        }
        output.show_record(record, as_json=as_json)


@app.command()
def timeline(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Everything that happened in a case, oldest first: signals, notes, verdicts, reads of content, and its ends."""
    with desk() as opened:
        found = _found(opened.registry, id)
        told = casework.timeline(found, opened.registry)
        rows = ({"at": show(each.at), "who": each.who, "what": each.what} for each in told)
        output.show_rows(("at", "who", "what"), rows, as_json=as_json, title=f"Case {id}")


@app.command()
def calibration(as_json: AsJson = False) -> None:
    """What verdicts taught: how often each kind of signal was right, and how much it weighs by that."""
    with desk() as opened:
        known = learned(casework.judged(opened.registry.cases.values()))
        rows = (
            {
                "kind": kind,
                "cohort": cohort or "everybody",
                "right": each.right,
                "wrong": each.wrong,
                "precision": f"{each.precision:.2f} ({each.low:.2f} to {each.high:.2f})",
                "weighs": f"x {each.factor:.2f}",
            }
            for (kind, cohort), each in known.items()
        )
        columns = ("kind", "cohort", "right", "wrong", "precision", "weighs")
        output.show_rows(columns, rows, as_json=as_json, title="What verdicts taught")


def _found(registry: Registry, name: str) -> Case:
    found = registry.cases.get(name)
    if found is None:
        raise Refused(Fault("unknown_case", f"there is no case {name}", "case", "see: safeconduct case list --all"))
    return found


def _row(case: Case, registry: Registry) -> dict[str, Any]:
    return {
        "id": case.id,
        "state": "open" if case.closed_at is None else f"closed {show(case.closed_at)}",
        "severity": casework.severity_of(case) if case.signals else "",
        "about": ", ".join(case.about[:3]),
        "organization": case.organization,
        "signals": case.signaled,
        "calls": len(case.calls),
        "reads": sum(each.case == case.id for each in registry.reads.values()),
        "opened": f"{show(case.opened_at)} by {case.opened_by}",
        "assignee": case.assignee,
        "why": case.why,
    }


def _hours(length: Moment) -> str:
    return f"{length // (3600 * SECOND)} h" if length else ""
