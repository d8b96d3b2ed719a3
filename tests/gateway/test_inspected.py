"""The inline safeguards through a real worker: refused, taken out and put back, warned of, justified; and always on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.guards import KEY_TEXT, guarding, inline
from support.raw_client import Got, messages, request
from support.raw_gateway import KEY, Gate, gate, run, whole
from support.raw_provider import answer

SAYS = f"use {KEY_TEXT} for it"
CALL = request(body=messages(SAYS), key=KEY)


async def _ask(at: Gate, call: bytes) -> Got:
    client = await at.client()
    await client.send(call)
    return await client.read()


async def _logged(at: Gate) -> list[dict[str, Any]]:
    await at.settle()
    at.check()
    return [whole(entry) for entry in at.home.entries() if entry["type"] == "call.decided"]


def test_the_base_plan_notes_what_it_sees_and_changes_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline()) as at:
            assert (await _ask(at, CALL)).status == 200
            assert KEY_TEXT.encode() in at.provider.heard[0].body
            (decided,) = await _logged(at)
            names = [text.partition("==")[0] for text in decided["detectors"]]
            assert names == ["canaries", "markings", "personal", "provenance", "secrets"]
            assert (decided["effect"], decided["reasons"]) == ("permit", ("permitted",))

    run(scene())


def test_a_secret_is_refused_by_the_rule_that_asks(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("secrets request block")]) as at:
            got = await _ask(at, CALL)
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "safeguard_secrets")
            assert b"guards/guards" in got.body
            assert KEY_TEXT.encode() not in got.body
            assert not at.provider.heard
            assert (await _ask(at, request(body=messages("hello"), key=KEY))).status == 200
            assert (await _logged(at))[0]["reasons"][:2] == ("safeguard_secrets", "permitted")

    run(scene())


def test_p3_a_secret_is_taken_out_and_nothing_else_is_touched(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("secrets request redact")]) as at:
            assert (await _ask(at, CALL)).status == 200
            (heard,) = at.provider.heard
            assert KEY_TEXT.encode() not in heard.body
            assert b"use [redacted:secrets:1] for it" in heard.body
            (decided,) = await _logged(at)
            assert (decided["effect"], decided["reasons"]) == ("permit", ("permitted", "obliged", "safeguard_secrets"))

    run(scene())


def test_who_is_warned_goes_on_and_hears_which_kind(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("secrets request warn")]) as at:
            got = await _ask(at, CALL)
            assert got.status == 200
            assert got.headers["x-safeconduct-warning"].startswith("secrets.")

    run(scene())


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 403),
        ("x-safeconduct-justification: rotating it today\r\n", 200),
        (f"x-safeconduct-justification: {'a' * 501}\r\n", 403),
    ],
)
def test_who_says_why_goes_on_and_the_reason_is_committed_to(header: str, status: int, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("secrets request justify")]) as at:
            got = await _ask(at, request(body=messages(SAYS), key=KEY, extra=header))
            assert got.status == status
            (decided,) = await _logged(at)
            assert bool(decided["justification_commitment"]) is (status == 200)
            assert not any(b"justification" in name.lower() for heard in at.provider.heard for name, _ in heard.headers)
            if status != 200:
                assert got.headers["x-safeconduct-reason"] == "justification_required"
                assert decided["reasons"][0] == "justification_required"

    run(scene())


def test_tokens_are_counted_under_the_same_safeguards(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("secrets request block")]) as at:
            body = {name: value for name, value in messages(SAYS).items() if name not in ("stream", "max_tokens")}
            got = await _ask(at, request("/v1/messages/count_tokens", body, key=KEY))
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "safeguard_secrets")

    run(scene())


def test_a_rule_that_asks_for_what_is_not_enabled_refuses_and_says_what_to_do(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[guarding("misuse request block")]) as at:
            got = await _ask(at, CALL)
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "safeguard_unavailable")
            assert b"safeguards.scorers" in got.body
            ready = json.loads((await _ask(at, request("/readyz", method="GET"))).body)
            assert ready["detectors_missing"] == ["misuse@guards/guards"]
            assert (await _logged(at))[0]["effect"] == "deny"

    run(scene())


def test_a_cohort_is_measured_by_its_own_rate(tmp_path: Path) -> None:
    """Rules are about cohorts: whoever is none of the cohort is under the base plan alone."""

    async def scene() -> None:
        rule = guarding("secrets request block", cohort='principal.purpose != "defensive security research"')
        async with gate(tmp_path, answer(), safeguards=inline(), rules=[rule]) as at:
            assert (await _ask(at, CALL)).status == 403

    run(scene())


def test_p1_an_inline_detector_that_errs_refuses_and_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[Any]:
        raise RuntimeError("no")

    async def scene() -> None:
        async with gate(tmp_path, answer(), safeguards=inline()) as at:
            monkeypatch.setattr("safeconduct.detectors.rules.Rules.scan", broken)
            got = await _ask(at, CALL)
            assert (got.status, got.headers["x-safeconduct-reason"]) == (529, "safeguard_unavailable")
            assert not at.provider.heard
            assert at.worker.meters.detector_failures == 1

    run(scene())
