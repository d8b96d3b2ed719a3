"""Requests that are no calls: who may see what, and what the operator's probes say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.gateway.direct import KEEPER_STALE_SECONDS
from safeconduct.terms.moments import SECOND
from support.letters import put_in_force
from support.raw_client import Got, messages, request
from support.raw_gateway import KEY, Gate, gate, now_moment, run


def keeper(
    folder: Path, *, age: float = 0.0, behind: int = 0, signed_age: float = 0.0, drained_age: float = 0.0, waited: float = 0.0
) -> None:
    now = now_moment()
    ages = {"at": age, "signed_at": signed_age, "integrated_at": drained_age}
    status = {
        "size": 9,
        "signed_size": 9 - behind,
        "waited": int(waited * SECOND),
        **{name: now - int(each * SECOND) for name, each in ages.items()},
    }
    (folder / "run" / "keeper.json").write_text(json.dumps(status))


async def get(at: Gate, path: str, **more: str) -> Got:
    return await (await at.client()).exchange(request(path, method="GET", **more))


def test_probes_answer_without_a_key(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            await client.send(request("/", method="HEAD"))
            got = await client.read(head_only=True)
            assert (got.status, got.headers["content-length"]) == (200, "12")
            assert (await client.exchange(request("/healthz", method="GET"))).body == b"ok\n"
            assert at.worker.meters.arrivals == 0, "a probe is no call"

    run(scene())


LATE = KEEPER_STALE_SECONDS + 5


@pytest.mark.parametrize(
    ("state", "ready", "words"),
    [
        ({}, True, ""),
        ({"age": LATE}, False, "merge delay"),
        ({"behind": 3}, True, ""),
        ({"behind": 3, "signed_age": LATE}, False, "merge delay"),
        ({"signed_age": LATE}, True, ""),
        ({"drained_age": LATE}, False, "merge delay"),
        ({"waited": LATE}, False, "merge delay"),
        (None, False, "not signed yet"),
    ],
)
def test_readiness_follows_the_log_keeper(state: dict[str, float] | None, ready: bool, words: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            if state is not None:
                keeper(tmp_path, **state)  # type: ignore[arg-type]
            got = await get(at, "/readyz")
            assert got.status == (200 if ready else 503)
            assert got.tree["ready"] is ready
            assert words in " ".join(got.tree["faults"])

    run(scene())


def test_readiness_follows_journal_feed_and_drain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            keeper(tmp_path)
            monkeypatch.setattr(at.journal, "_failure", "writing failed")
            assert "journal" in (await get(at, "/readyz")).tree["faults"][0]
            monkeypatch.undo()
            monkeypatch.setattr(at.worker, "draining", True)
            assert "draining" in (await get(at, "/readyz")).tree["faults"]
            monkeypatch.undo()
            monkeypatch.setattr(at.worker.watch, "_feed", lambda version: 1 / 0)
            at.worker.watch.fed_at -= 60 * SECOND
            at.worker.view.fresh_until = at.worker.watch.fed_at + 2 * SECOND
            told = (await get(at, "/readyz")).tree
            assert "change feed" in told["faults"][0]
            assert told["view_stale"]
            assert told["feed_age"] >= 60
            assert told["registry_version"] == len(at.world.changes)

    run(scene())


def test_p11_metrics_are_about_nobody(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            await (await at.client()).exchange(request(body=messages(), key=KEY))
            at.worker.meters.flush()
            text = (await get(at, "/metrics")).body.decode()
            assert "safeconduct_arrivals_total 1\n" in text
            assert "{" not in text, "no labels"
            assert not any(word in text for word in ("ada", "acme", "haiku", KEY))

    run(scene())


def test_p12_the_model_list_holds_what_the_caller_may_use_and_nothing_else(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            for path, names in (("/v1/models", "data"), ("/v1/models?client_version=1", "models")):
                data = request(path, method="GET", key=KEY).replace(b"anthropic-version", b"x-other")
                got = await (await at.client()).exchange(data)
                assert got.status == 200
                shown = json.dumps(got.tree[names])
                assert ("claude-haiku-4-5" in shown) is (
                    names == "data"
                )  # Codex keeps its own list; an empty one leaves it alone
                assert "mythos" not in shown
            assert (await get(at, "/v1/models/claude-haiku-4-5", key=KEY)).status == 200
            hidden, absent = [await get(at, f"/v1/models/{name}", key=KEY) for name in ("claude-mythos-5", "no-such-model")]
            assert hidden.status == absent.status == 404
            assert hidden.tree["error"] == absent.tree["error"], "forbidden looks like absent"
            assert at.provider.connections == 0

    run(scene())


KEPT = """
[instrument]
id = "keep"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "answers"
effect = "permit"
models = ["claude-haiku-4-5"]
cohort = "true"
duties = [{ name = "retain", value = "30d" }]
"""


def test_the_model_list_leaves_out_a_model_whose_duty_nobody_can_carry_out(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            assert (await get(at, "/v1/models/claude-haiku-4-5", key=KEY)).status == 200
            put_in_force(at, KEPT)
            await at.until(lambda: at.worker.view.version == at.world.registry.version)
            assert (await get(at, "/v1/models/claude-haiku-4-5", key=KEY)).status == 404
            assert b"claude-haiku-4-5" not in (await get(at, "/v1/models", key=KEY)).body

    run(scene())


@pytest.mark.parametrize("key", ["", "wrong"])
def test_p1_models_are_shown_to_nobody_without_a_key(key: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            got = await get(at, "/v1/models", key=key)
            assert got.status == 401
            assert b"claude" not in got.body

    run(scene())


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/batches",
        "/v1/files",
        "/v1/responses/resp_1",
        "/v1/chat/completions/",
        "/V1/MESSAGES",
        "/v1/messages/../files",
        "//v1/messages",
        "/v1/%6dessages",
        "/admin",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_p4_an_unknown_route_is_refused_and_nothing_goes_out(path: str, method: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            got = await (await at.client()).exchange(request(path, messages(), key=KEY, method=method))
            assert got.status == 404
            assert got.headers["x-safeconduct-reason"] == "route_unknown"
            assert "message" in got.tree["error"]
            assert at.provider.connections == 0
            assert at.worker.meters.arrivals == 0

    run(scene())
