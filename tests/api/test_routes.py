"""Which request finds which route."""

from __future__ import annotations

import pytest

from safeconduct.api.routes import ROUTES, find


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_found_by_its_own_path(route) -> None:
    found = find(route.method, route.path.replace("{id}", "case-1"))
    assert found is not None
    assert found[0] is route
    assert found[1] == ("case-1" if "{id}" in route.path else "")


@pytest.mark.parametrize(
    "path", ["", "/v1", "/v1/cases/", "/v1/cases//note", "/v1/cases/a/b/note", "/v1/cases/a/note/", "v1/cases"]
)
def test_what_only_looks_like_a_route_is_none(path: str) -> None:
    assert find("POST", path) is None
    assert find("GET", path) is None


def test_every_write_says_what_it_does() -> None:
    assert all(route.tells.endswith(".") for route in ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
