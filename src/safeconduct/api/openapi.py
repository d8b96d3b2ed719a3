"""How is the officers' API described to programs? OpenAPI 3.1, made from the one table of routes."""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.api.route import Nothing, Route

_FAULTS = {
    "description": "Refused; nothing was done.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "faults": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {name: {"type": "string"} for name in ("code", "what", "where", "mend")},
                        },
                    }
                },
            }
        }
    },
}


def description(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The OpenAPI document."""
    forms = sorted({route.form for route in routes if route.form is not Nothing}, key=lambda form: form.__name__)
    _, schemas = msgspec.json.schema_components(forms, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Safeconduct officers' API", "version": "1"},
        "security": [{"officer": []}],
        "paths": paths,
        "components": {"securitySchemes": {"officer": {"type": "http", "scheme": "bearer"}}, "schemas": schemas},
    }


def _operation(route: Route) -> dict[str, Any]:
    said: dict[str, Any] = {
        "summary": route.tells,
        "responses": {"200": {"description": "Done.", "content": {"application/json": {}}}, "4XX": _FAULTS},
    }
    if "{id}" in route.path:
        said["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    if route.form is not Nothing:
        shape = {"$ref": f"#/components/schemas/{route.form.__name__}"}
        said["requestBody"] = {"content": {"application/json": {"schema": shape}}}
    return said
