"""Which requests of the officers' API are about risk? Reading alone: what the watch saw is lowered by no request."""

from __future__ import annotations

from typing import Any, Final

from safeconduct.api.route import Answers, Desk, Form, Route
from safeconduct.office.measures import no_target
from safeconduct.registry.measures import KINDS, RiskRecord
from safeconduct.terms.faults import Refused
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import show


def _all(desk: Desk, _name: str, _form: Form) -> list[dict[str, Any]]:
    now = desk.now()
    found = [(who, marks.risk) for who, marks in desk.registry.marked() if marks.risk is not None and marks.band(now) != BANDS[0]]
    found.sort(key=lambda pair: (-BANDS.index(pair[1].band), pair[0]))
    return [_row(who, risk.band, risk) for who, risk in found]


def _one(kind: str) -> Answers:
    def does(desk: Desk, name: str, _form: Form) -> dict[str, Any]:
        who = f"{kind}/{name}"
        fault = no_target(desk.registry, who, "risk")
        if fault is not None:
            raise Refused(fault)
        marks = desk.registry.marks(who)
        return {**_row(who, marks.band(desk.now()), marks.risk), "explained": desk.explained(who)}

    return does


def _row(who: str, band: str, risk: RiskRecord | None) -> dict[str, Any]:
    told: dict[str, Any] = {"who": who, "band": band, "since": "", "until": "", "parts": []}
    if risk is None:
        return told
    return {**told, "since": show(risk.since), "until": show(risk.until), "parts": list(risk.parts)}


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/risk", "Everybody at risk, the highest band first.", _all),
    *(Route("GET", f"/v1/risk/{kind}/{{id}}", f"The risk of one {kind}, and why.", _one(kind)) for kind in KINDS),
)
