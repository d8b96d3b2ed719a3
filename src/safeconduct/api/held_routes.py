"""Which requests of the officers' API are about what is held? What was seen in it is shown, and nothing of it (P8)."""

from __future__ import annotations

from typing import Any, Final

from safeconduct.api.route import Desk, Form, Route, Waiting, WhyForm, act_of
from safeconduct.office import acts
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show


def _waiting(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    return [_row(each, now) for each in desk.held() if each.state(now) == "waiting"]


def _all(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    return [_row(each, now) for each in desk.held()]


def _one(desk: Desk, name: str, _form: Form) -> dict[str, Any]:
    found = _known(desk, name)
    held, word = found.held, found.word
    person = desk.registry.person_called(held.organization, held.caller)
    return {
        **_row(found, desk.now()),
        "caller": held.caller if person is None else person.id,
        "because": list(held.said),
        "rule": held.rule,
        "officers": 2 if found.restricted else 1,
        "decided_by": "" if word is None else word.by,
        "agreed": "" if word is None else word.second,
        "until": "" if word is None or not word.until else show(word.until),
        "why": "" if word is None else word.why,
    }


def _release(desk: Desk, name: str, form: WhyForm) -> Any:
    """Whose it is and how many officers it takes is told by the note of it, never by the request."""
    found = _known(desk, name)
    act = acts.ReleaseHeld(name, form.why, found.restricted, found.held.organization, found.held.caller)
    return act_of(lambda _, __: act)(desk, name, form)


def _decline(desk: Desk, name: str, form: WhyForm) -> Any:
    act = acts.DeclineHeld(name, form.why, _known(desk, name).held.organization)
    return act_of(lambda _, __: act)(desk, name, form)


def _known(desk: Desk, name: str) -> Waiting:
    for each in desk.held():
        if each.held.id == name:
            return each
    raise Refused(Fault("unknown_held", f"nothing is held as {name[:40]!r}", "held", "see: GET /v1/held/all"))


def _row(each: Waiting, now: Moment) -> dict[str, Any]:
    held = each.held
    return {
        "id": held.id,
        "state": each.state(now),
        "direction": held.direction,
        "tool": held.tool,
        "seen": list(held.kinds),
        "model": held.model,
        "organization": held.organization,
        "project": held.project,
        "held_at": show(held.at),
        "call": held.call,
    }


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/held", "Requests and tool calls that wait for a human, oldest first.", _waiting),
    Route("GET", "/v1/held/all", "What was released or declined within the last days, too.", _all),
    Route("GET", "/v1/held/{id}", "What was seen in one held thing, and what was said about it.", _one),
    Route(
        "POST",
        "/v1/held/{id}/release",
        "Let it pass for an hour, of this caller alone; two officers where the model is restricted.",
        _release,
        WhyForm,
    ),
    Route("POST", "/v1/held/{id}/decline", "Let it stay held; a release that runs is over.", _decline, WhyForm),
)
