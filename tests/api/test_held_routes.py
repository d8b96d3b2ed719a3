"""How many officers a release takes, and whose thing it is, is told by the note of it and by no request."""

from __future__ import annotations

from safeconduct.api.held_routes import ROUTES
from safeconduct.api.route import WhyForm


def test_p9_a_request_says_why_and_nothing_else() -> None:
    assert {route.form for route in ROUTES if route.method == "POST"} == {WhyForm}
    assert set(WhyForm.__struct_fields__) == {"why"}
