"""The ring shows what arrived and never a secret."""

from __future__ import annotations

import json

from safeconduct.upstreams.simulated.arrivals import KEPT, KEPT_BODY, Ring, fingerprint


def test_p11_secrets_are_kept_as_fingerprints_only() -> None:
    ring = Ring()
    headers = [
        ("x-api-key", "sk-secret-one"),
        ("authorization", "Bearer sk-secret-two"),
        ("cookie", "sk-secret-three"),
        ("x", "y"),
    ]
    arrival = ring.note("POST", "/v1/messages", "", headers, b"{}")
    assert "sk-secret" not in json.dumps(arrival.as_json())
    assert "sk-secret" not in repr(arrival)
    assert arrival.credential == "x-api-key"
    assert arrival.header("X-API-Key") == fingerprint("sk-secret-one")
    assert arrival.header("authorization") == f"Bearer {fingerprint('sk-secret-two')}"
    assert arrival.header("x") == "y"
    assert fingerprint("sk-secret-one") != fingerprint("sk-secret-two")


def test_the_ring_is_bounded() -> None:
    ring = Ring()
    for _ in range(KEPT + 5):
        ring.note("POST", "/", "", [], b"x" * (KEPT_BODY + 9))
    assert len(ring.all()) == KEPT
    assert ring.all()[-1].seq == KEPT + 5
    assert len(ring.all()[0].body) == KEPT_BODY
    assert ring.all()[0].body_bytes == KEPT_BODY + 9
    ring.clear()
    assert ring.all() == ()


def test_prompts_are_counted_by_path_and_step() -> None:
    ring = Ring()
    assert [ring.seen_before("/a", "hi", 0) for _ in range(3)] == [0, 1, 2]
    assert ring.seen_before("/b", "hi", 0) == 0
    assert ring.seen_before("/a", "hi", 1) == 0
