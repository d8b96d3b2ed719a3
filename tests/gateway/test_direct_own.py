"""GET /v1/safeconduct/me: the caller's own record by the caller's own key, and never anybody else's."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest

from safeconduct.assembly.seed import AGENT, ORGANIZATION
from safeconduct.office import acts
from support.raw_client import Got, request
from support.raw_gateway import KEY, PEPPER, Gate, gate, run

ME = "/v1/safeconduct/me"


async def get(at: Gate, **more: str) -> Got:
    return await (await at.client()).exchange(request(ME, method="GET", **more))


def issue(at: Gate, kind: str, holder: str, text: str) -> None:
    digest = hmac.digest(PEPPER, text.encode(), "sha256")
    at.act(acts.IssueKey(f"key-{holder}", digest, kind, holder, ORGANIZATION))


async def caught_up(at: Gate) -> None:
    await at.until(lambda: at.worker.view.version == at.world.registry.version)


def test_a_person_sees_the_own_record_and_nobody_elses(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            got = await get(at, key=KEY)
            assert got.status == 200
            assert got.headers["cache-control"] == "no-store"
            assert got.tree["person"] == "ada"
            held = {each["fact"]: each for each in got.tree["facts"]}
            assert held["vetting"]["records"][0]["value"] == "enhanced"
            assert "Bo Example" not in json.dumps(got.tree)
            assert at.worker.meters.arrivals == 0, "it is no call"
            assert at.provider.connections == 0

    run(scene())


def test_an_agent_sees_states_only(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            issue(at, "agent", AGENT, "sc-key-of-agent")
            await caught_up(at)
            got = await get(at, key="sc-key-of-agent")
            assert got.status == 200
            assert got.tree["agent"] == AGENT
            text = json.dumps(got.tree)
            assert "enhanced" not in text
            assert "records" not in text
            assert all(set(each) == {"fact", "state", "needed_by"} for each in got.tree["facts"])

    run(scene())


@pytest.mark.parametrize("key", ["", "sc-key-of-nobody"])
def test_without_a_key_of_ones_own_there_is_nothing_to_see(key: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            got = await get(at, key=key) if key else await get(at)
            assert got.status == 401
            assert got.headers["x-should-retry"] == "false"

    run(scene())


def test_a_key_that_was_taken_back_opens_nobodys_record(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            at.act(acts.RevokeKey("key-ada", "lost"))
            await caught_up(at)
            got = await get(at, key=KEY)
            assert got.status in (401, 403)
            assert "vetting" not in json.dumps(got.tree)

    run(scene())


def test_a_registry_that_cannot_be_read_is_said_so_and_no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:

            def broken(*_: object) -> None:
                raise OSError(5, "input/output error")

            monkeypatch.setattr(type(at.worker.view.registry), "facts_of", broken)
            got = await get(at, key=KEY)
            assert (got.status, got.tree["error"]["code"]) == (503, "registry_unreadable")

    run(scene())
