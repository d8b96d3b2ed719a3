"""The description names every route and every form, and nothing else."""

from __future__ import annotations

from safeconduct.api.openapi import description
from safeconduct.api.route import Nothing
from safeconduct.api.routes import ROUTES


def test_every_route_and_form_is_described() -> None:
    said = description(ROUTES)
    assert {(method.upper(), path) for path, methods in said["paths"].items() for method in methods} == {
        (route.method, route.path) for route in ROUTES
    }
    forms = {route.form.__name__ for route in ROUTES if route.form is not Nothing}
    assert set(said["components"]["schemas"]) == forms
    assert all(form["additionalProperties"] is False for form in said["components"]["schemas"].values())
