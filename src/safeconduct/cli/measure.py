"""``safeconduct measure``: what was taken back from somebody for a while, by whom, why, and until when."""

from __future__ import annotations

import os
import secrets
from typing import Annotated, Any

import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.measured import Counted, count_calls
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, until
from safeconduct.cli.inquiring import progress
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.acts import AppealMeasure, TakeMeasure, UndoMeasure
from safeconduct.registry.measures import MeasureRecord
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.measures import STEPS
from safeconduct.terms.moments import FOREVER, SECOND, Moment, show

app = typer.Typer(
    help="Measures: watch, step-up, throttle, lower model, hold, suspend, revoke. Each has an end and an undo.",
    no_args_is_help=True,
)

COLUMNS = ("id", "state", "about", "step", "taken", "by", "until", "case", "why")
MINUTE = 60 * SECOND
Id = Annotated[str, typer.Argument(help="Id of the measure, like M-0123456789ab.")]
Who = Annotated[
    str, typer.Argument(help="Whom it is about: person/ID, agent/ID, key/ID, project/ID, organization/ID or model/ID.")
]
StepName = Annotated[str, typer.Argument(help=f"One of {', '.join(STEPS)}.")]
Minutes = Annotated[int, typer.Option(help="How long it lasts. 0: until it is undone.", min=0)]
Message = Annotated[str, typer.Option(help="Said to the caller with each no: one line.")]
CaseId = Annotated[str, typer.Option("--case", help="The case it belongs to.")]
Rate = Annotated[int, typer.Option(help="Calls per minute, for throttle.", min=0)]
Fallback = Annotated[str, typer.Option(help="The model that is offered instead, for lower_model.")]


@app.command()
def take(
    who: Who,
    step: StepName,
    minutes: Minutes = 60,
    message: Message = "",
    why: Why = "",
    case: CaseId = "",
    rate: Rate = 0,
    fallback: Fallback = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a measure. It is in force everywhere within a second, and cuts live streams that it stops."""
    _take(who, step, minutes, message, why, case, rate, fallback, rehearsal=False, yes=yes, as_json=as_json)


@app.command()
def rehearse(
    who: Who,
    step: StepName,
    minutes: Minutes = 60,
    why: Why = "",
    case: CaseId = "",
    rate: Rate = 0,
    fallback: Fallback = "",
    as_json: AsJson = False,
) -> None:
    """Take a measure that stops nothing; the log notes every call that it would have stopped."""
    _take(who, step, minutes, "", why, case, rate, fallback, rehearsal=True, yes=True, as_json=as_json)


@app.command()
def undo(id: Id, why: Why = "", as_json: AsJson = False) -> None:  # noqa: A002
    """End a measure now. A second officer agrees, unless it was your own slip, a rehearsal, or taken by no person."""
    with desk() as opened:
        do(opened, UndoMeasure(id, why), f"Measure {id} is undone. To undo that, take it again.", as_json=as_json)


@app.command()
def appeal(
    id: Id,  # noqa: A002
    words: Annotated[str, typer.Option(help="What whom it is about says against it.")],
    as_json: AsJson = False,
) -> None:
    """Note an appeal on behalf of whom the measure is about. It changes nothing by itself."""
    with desk() as opened:
        do(
            opened,
            AppealMeasure(id, words),
            f"The appeal against {id} is noted. See: safeconduct measure show {id}",
            as_json=as_json,
        )


@app.command("list")
def list_(
    who: Annotated[str, typer.Option(help="Only those about this KIND/ID.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List measures in force, oldest first."""
    with desk() as opened:
        now = opened.now()
        marked = [(who, opened.registry.marks(who))] if who else opened.registry.marked()
        found = [each for _, marks in marked for each in marks.measures if every or each.lasts(now)]
        found.sort(key=lambda each: (each.since, each.id))
        output.show_rows(COLUMNS, (_row(each, now) for each in found), as_json=as_json, title="Measures")


@app.command("show")
def show_(
    id: Id,  # noqa: A002
    calls: Annotated[
        bool, typer.Option("--calls", help="Count the calls it stopped or would have stopped: reads the log.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a measure, what was said about it, and how many calls it bore on."""
    with desk() as opened:
        found = opened.registry.measure(id)
        if found is None:
            raise Refused(Fault("unknown_measure", f"there is no measure {id}", "measure", "see: safeconduct measure list --all"))
        record = {**_row(found, opened.now()), **_rest(found)}
        if calls or found.rehearsal:
            with progress(None, silent=as_json, what="entries") as tell:
                record |= _told(count_calls(existing(), os.environ, found.id, found.since, tell), rehearsal=found.rehearsal)
        output.show_record(record, as_json=as_json)


def _take(
    who: str,
    step: str,
    minutes: int,
    message: str,
    why: str,
    case: str,
    rate: int,
    fallback: str,
    *,
    rehearsal: bool,
    yes: bool,
    as_json: bool,
) -> None:
    with desk() as opened:
        name = f"M-{secrets.token_hex(6)}"
        ends: Moment = opened.now() + minutes * MINUTE if minutes else FOREVER
        act = TakeMeasure(name, who, step, ends, message, why, case, rehearsal=rehearsal, rate=rate, fallback=fallback)
        opened.preview(act)
        undo_ = f"safeconduct measure undo {name}"
        lasts = f"until {show(ends)}" if minutes else "until it is undone"
        said = (
            f"{step} is in force on {who} {lasts}, as {name}."
            if not rehearsal
            else f"{step} is rehearsed on {who} {lasts}: {name}."
        )
        output.confirm(f"Take {step} on {who} {lasts}? It is in force within a second. Undo: {undo_}", yes=yes)
        do(opened, act, f"{said} Undo: {undo_}", as_json=as_json)


def _row(record: MeasureRecord, now: Moment) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state_at(now),
        "about": record.who,
        "step": record.step,
        "taken": show(record.since),
        "by": record.by,
        "until": until(record.until),
        "case": record.case,
        "why": record.why,
    }


def _rest(record: MeasureRecord) -> dict[str, Any]:
    return {
        "message": record.message,
        "automatic": record.automatic,
        "rate": record.rate,
        "fallback": record.fallback,
        "undone": "" if record.undone_at is None else f"{show(record.undone_at)} by {record.undone_by}: {record.undone_why}",
        "appealed": "" if record.appealed_at is None else f"{show(record.appealed_at)} by {_speaker(record)}: {record.appeal}",
    }


def _speaker(record: MeasureRecord) -> str:
    """Who appealed: an officer, or the caller with the credential that it came by."""
    return f"{record.appealed_by} (key/{record.appealed_key})" if record.appealed_key else record.appealed_by


def _told(counted: Counted, *, rehearsal: bool) -> dict[str, Any]:
    told: dict[str, Any] = (
        {"calls it would have stopped": counted.rehearsed} if rehearsal else {"calls it bore on": counted.decided}
    )
    return told | ({"the log": counted.fault} if counted.fault else {})
