"""Which requests does the officers' API know, what does each read, and which act does it ask for? One table.

INVARIANT (P4): what is not in the table is refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.api import held_routes, measure_routes, risk_routes
from safeconduct.api.route import Desk, Form, Route, WhyForm, act_of
from safeconduct.cases.calibration import learned
from safeconduct.inquiry import casework
from safeconduct.office import acts
from safeconduct.registry.cases import Case
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show


class OpenForm(Form):
    id: str
    why: str
    organization: str = ""
    calls: tuple[str, ...] = ()


class AssignForm(Form):
    officer: str = ""


class NoteForm(Form):
    note: str


class VerdictForm(Form):
    verdict: str
    kind: str
    cohort: str = ""
    why: str = ""


class MergeForm(Form):
    into: str
    why: str = ""


def _cases(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    return [_case(each) for each in desk.registry.cases.values()]


def _queue(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    rows = [msgspec.to_builtins(each) for each in casework.queue(desk.registry, desk.now())]
    return [{**row, "due": show(row["due"]), "late_seconds": row.pop("late") // 1_000_000} for row in rows]


def _one_case(desk: Desk, name: str, _form: Form) -> dict[str, Any]:
    found = desk.registry.cases.get(name)
    if found is None:
        raise Refused(Fault("unknown_case", f"there is no case {name[:80]!r}", "case", "see: GET /v1/cases"))
    told = casework.timeline(found, desk.registry)
    return {**_case(found), "timeline": [{"at": show(each.at), "who": each.who, "what": each.what} for each in told]}


def _calibration(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    known = learned(casework.judged(desk.registry.cases.values()))
    return [{"kind": kind, "cohort": cohort, **msgspec.to_builtins(each)} for (kind, cohort), each in known.items()]


def _requests(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    return [
        {
            "id": each.id,
            "act": each.act,
            "subject": each.subject,
            "asker": each.asker,
            "why": each.why,
            "state": each.state_at(now),
            "needs": [{"why": need.why, "authority": need.authority} for need in each.needs],
            "expires": show(each.expires),
        }
        for each in desk.registry.requests.values()
        if each.state_at(now) == "open"
    ]


def _case(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "open": case.closed_at is None,
        "severity": casework.severity_of(case) if case.signals else "",
        "about": list(case.about),
        "organization": case.organization,
        "signals": case.signaled,
        "kinds": sorted({each.kind for each in case.signals}),
        "calls": list(case.calls),
        "assignee": case.assignee,
        "opened_at": show(case.opened_at),
        "opened_by": case.opened_by,
        "why": case.why,
        "merged_into": case.merged_into,
    }


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/cases", "All cases, closed ones too, oldest first.", _cases),
    Route(
        "POST",
        "/v1/cases",
        "Open a case about an organization's content, or about single calls.",
        act_of(lambda _, form: acts.OpenCase(form.id, form.why, form.organization, form.calls)),
        OpenForm,
    ),
    Route("GET", "/v1/queue", "Open cases in the order in which to look at them.", _queue),
    Route("GET", "/v1/calibration", "What verdicts taught about each kind of signal.", _calibration),
    Route("GET", "/v1/cases/{id}", "A case with its timeline.", _one_case),
    Route(
        "POST",
        "/v1/cases/{id}/assign",
        "Say which officer works on it; an empty one: nobody.",
        act_of(lambda name, form: acts.AssignCase(name, form.officer)),
        AssignForm,
    ),
    Route(
        "POST",
        "/v1/cases/{id}/note",
        "Note something in it.",
        act_of(lambda name, form: acts.NoteCase(name, form.note)),
        NoteForm,
    ),
    Route(
        "POST",
        "/v1/cases/{id}/verdict",
        "Say whether signals of a kind in it were right or wrong.",
        act_of(lambda name, form: acts.JudgeCase(name, form.verdict, form.kind, form.cohort, form.why)),
        VerdictForm,
    ),
    Route(
        "POST",
        "/v1/cases/{id}/merge",
        "Let it go on as part of another one.",
        act_of(lambda name, form: acts.MergeCase(name, form.into, form.why)),
        MergeForm,
    ),
    Route("POST", "/v1/cases/{id}/close", "Close it.", act_of(lambda name, form: acts.CloseCase(name, form.why)), WhyForm),
    Route("GET", "/v1/requests", "Acts that wait for somebody's agreement.", _requests),
    Route("POST", "/v1/requests/{id}/approve", "Agree to one.", act_of(lambda name, _: acts.ApproveRequest(name))),
    Route(
        "POST",
        "/v1/requests/{id}/decline",
        "Turn one down.",
        act_of(lambda name, form: acts.DeclineRequest(name, form.why)),
        WhyForm,
    ),
    *risk_routes.ROUTES,
    *measure_routes.ROUTES,
    *held_routes.ROUTES,
)


def find(method: str, path: str, routes: tuple[Route, ...] = ROUTES) -> tuple[Route, str] | None:
    """The route of a request, and the id in its path; None when there is none. Exact texts: nothing is decoded or folded."""
    for route in routes:
        if route.method != method:
            continue
        before, mark, after = route.path.partition("{id}")
        if not mark:
            if path == route.path:
                return route, ""
            continue
        name = path[len(before) : len(path) - len(after)]
        if path.startswith(before) and path.endswith(after) and name and "/" not in name and path == before + name + after:
            return route, name
    return None
