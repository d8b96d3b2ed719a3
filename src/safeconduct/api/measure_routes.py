"""Which requests of the officers' API are about measures? To agree to one that waits: ``/v1/requests``."""

from __future__ import annotations

from typing import Any, Final

from safeconduct.api.route import Desk, Form, Route, WhyForm, act_of
from safeconduct.office import acts
from safeconduct.registry.measures import MeasureRecord
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, SECOND, Moment, show

MINUTE: Final[Moment] = 60 * SECOND
MOST_MINUTES: Final = 100 * 366 * 24 * 60


class TakeForm(Form):
    """``minutes`` of 0: until it is undone. ``rehearsal``: the log notes what it would have stopped, and nothing is."""

    who: str
    step: str
    minutes: int = 60
    message: str = ""
    why: str = ""
    case: str = ""
    rate: int = 0
    fallback: str = ""
    rehearsal: bool = False


class AppealForm(Form):
    words: str


def _in_force(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    return [_row(each, now) for each in _sorted(desk) if each.lasts(now)]


def _all(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    return [_row(each, now) for each in _sorted(desk)]


def _one(desk: Desk, name: str, _form: Form) -> dict[str, Any]:
    found = desk.registry.measure(name)
    if found is None:
        raise Refused(Fault("unknown_measure", f"there is no measure {name[:80]!r}", "measure", "see: GET /v1/measures/all"))
    return _row(found, desk.now())


def _take(desk: Desk, _name: str, form: TakeForm) -> dict[str, Any]:
    if not 0 <= form.minutes <= MOST_MINUTES:
        what = f"{form.minutes} minutes are no time that a measure lasts"
        raise Refused(Fault("bad_end", what, "minutes", f"use 1 to {MOST_MINUTES:,}, or 0: until it is undone"))
    name = desk.fresh_measure()
    until = desk.now() + form.minutes * MINUTE if form.minutes else FOREVER
    act = acts.TakeMeasure(
        name,
        form.who,
        form.step,
        until,
        form.message,
        form.why,
        form.case,
        rehearsal=form.rehearsal,
        rate=form.rate,
        fallback=form.fallback,
    )
    return {**act_of(lambda _, __: act)(desk, name, form), "measure": name}


def _sorted(desk: Desk) -> list[MeasureRecord]:
    found = [each for _, marks in desk.registry.marked() for each in marks.measures]
    return sorted(found, key=lambda each: (each.since, each.id))


def _row(record: MeasureRecord, now: Moment) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state_at(now),
        "who": record.who,
        "step": record.step,
        "taken_at": show(record.since),
        "taken_by": record.by,
        "until": "" if record.until >= FOREVER else show(record.until),
        "message": record.message,
        "why": record.why,
        "case": record.case,
        "automatic": record.automatic,
        "rate": record.rate,
        "fallback": record.fallback,
        "undone_at": "" if record.undone_at is None else show(record.undone_at),
        "undone_by": record.undone_by,
        "undone_why": record.undone_why,
        "appealed_at": "" if record.appealed_at is None else show(record.appealed_at),
        "appealed_by": record.appealed_by,
        "appealed_key": record.appealed_key,
        "appeal": record.appeal,
    }


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/measures", "Measures in force, rehearsed ones too, oldest first.", _in_force),
    Route("GET", "/v1/measures/all", "Measures that are over, too.", _all),
    Route("POST", "/v1/measures", "Take a measure, in force everywhere within a second; or rehearse one.", _take, TakeForm),
    Route("GET", "/v1/measures/{id}", "A measure, and what was said about it.", _one),
    Route(
        "POST",
        "/v1/measures/{id}/undo",
        "End a measure now; a second officer agrees, unless it was a slip, a rehearsal, or taken by no person.",
        act_of(lambda name, form: acts.UndoMeasure(name, form.why)),
        WhyForm,
    ),
    Route(
        "POST",
        "/v1/measures/{id}/appeal",
        "Note an appeal on behalf of whom the measure is about; it changes nothing by itself.",
        act_of(lambda name, form: acts.AppealMeasure(name, form.words)),
        AppealForm,
    ),
)
