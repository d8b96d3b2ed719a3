"""Risk is read and never written: what the watch saw is lowered by no request."""

from __future__ import annotations

from safeconduct.api.risk_routes import ROUTES
from safeconduct.registry.measures import KINDS


def test_risk_of_every_kind_is_read_and_nothing_is_written() -> None:
    assert {route.method for route in ROUTES} == {"GET"}
    assert {route.path for route in ROUTES} == {"/v1/risk", *(f"/v1/risk/{kind}/{{id}}" for kind in KINDS)}
