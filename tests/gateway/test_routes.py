"""The route table knows what is served; everything else is refused, whatever it resembles."""

from __future__ import annotations

import pytest

from safeconduct.gateway import routes
from safeconduct.gateway.routes import Kind
from safeconduct.terms.call import Dialect, Operation


def test_the_calls_of_the_client_contract_are_known() -> None:
    for path, dialect in ((b"/v1/messages", "messages"), (b"/v1/chat/completions", "chat"), (b"/v1/responses", "responses")):
        route = routes.find(b"POST", path)
        assert route is not None
        assert (route.kind, route.dialect) == (Kind.CALL, Dialect(dialect))
    count = routes.find(b"POST", b"/v1/messages/count_tokens")
    assert count is not None
    assert count.operation is Operation.COUNT_TOKENS


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (b"POST", b"/v1/messages/"),
        (b"POST", b"/V1/messages"),
        (b"POST", b"/v1//messages"),
        (b"POST", b"/v1/%6Dessages"),
        (b"POST", b"/v1/messages/batches"),
        (b"POST", b"/v1/files"),
        (b"GET", b"/v1/messages"),
        (b"PUT", b"/v1/responses"),
        (b"POST", b"/v1/embeddings"),
        (b"GET", b"/v1/models/"),
        (b"POST", b"http://other/v1/messages"),
        (b"CONNECT", b"other:443"),
    ],
)
def test_p4_unknown_routes_are_not_known(method: bytes, path: bytes) -> None:
    assert routes.find(method, path) is None


def test_every_route_says_whether_it_needs_a_credential() -> None:
    open_kinds = {route.kind for route in routes.ROUTES.values() if not route.credential}
    assert open_kinds == {Kind.PROBE, Kind.HEALTH, Kind.READY, Kind.METRICS, Kind.UPGRADE}


def test_an_unknown_path_is_answered_in_the_likeliest_dialect() -> None:
    assert routes.dialect_of(b"/v1/messages/batches") is Dialect.MESSAGES
    assert routes.dialect_of(b"/v1/chat/x") is Dialect.CHAT
    assert routes.dialect_of(b"/v1/responses/resp_1") is Dialect.RESPONSES
    assert routes.dialect_of(b"/admin") is None
