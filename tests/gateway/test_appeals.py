"""POST /v1/safeconduct/appeal: a caller's words against a measure on this very caller, noted for those who perform acts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.gateway import appeals
from safeconduct.gateway.appeals import Noted, taken
from safeconduct.office import acts
from safeconduct.terms.moments import FOREVER
from support.raw_client import Got, request
from support.raw_gateway import KEY, Gate, gate, run

PATH = "/v1/safeconduct/appeal"
NAME = "M-0123456789ab"
SAID = {"measure": NAME, "words": "It was an on-call night."}


async def send(at: Gate, body: object = SAID, *, key: str = KEY) -> Got:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await (await at.client()).exchange(request(PATH, data, key=key))


async def measured(at: Gate) -> None:
    at.act(acts.TakeMeasure(NAME, "person/ada", "suspend", FOREVER))
    await at.until(lambda: at.worker.view.version == at.world.registry.version)


def noted(folder: Path) -> list[Noted]:
    list(taken(folder))
    return [each for _, found in taken(folder) for each in found]


def test_p11_a_suspended_caller_is_heard_by_the_credential_that_it_sent(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            await measured(at)
            got = await send(at)
            assert (got.status, got.tree["measure"]) == (202, NAME)
            assert at.worker.meters.arrivals == 0, "it is no call"

    run(scene())
    assert noted(tmp_path / "run") == [Noted(NAME, "It was an on-call night.", "key-ada")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"measure": "M-000000000009", "words": "not mine"}, 404),
        ({"measure": NAME, "words": " "}, 400),
        ({"measure": NAME, "words": "x" * (appeals.MAX_WORDS + 1)}, 400),
        ({"measure": NAME, "words": "a\x00b"}, 400),
        ({"measure": NAME}, 400),
        ({**SAID, "user": "bo"}, 400),
        (b"{", 400),
        (b"x" * (appeals.MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_appeal_is_refused_and_noted_nowhere(body: object, status: int, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            await measured(at)
            assert (await send(at, body)).status == status

    run(scene())
    assert not list(tmp_path.rglob("appeals-*"))


def test_p11_nobody_appeals_without_a_key_of_ones_own(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            await measured(at)
            assert (await send(at, key="sc-key-of-nobody")).status == 401

    run(scene())


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appeals, "MOST_BYTES", 190)

    async def scene() -> None:
        async with gate(tmp_path) as at:
            await measured(at)
            assert [(await send(at)).status for _ in range(3)] == [202, 202, 503]

    run(scene())


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "appeals-a.taking").write_bytes(b'{"measure":"M-1","words":"x","key":"k"}\n{"mea')
    ((path, found),) = taken(tmp_path)
    assert (path.name, found) == ("appeals-a.taking", [Noted("M-1", "x", "k")])


def test_p8_what_an_erased_person_said_and_nobody_took_up_is_in_no_file(tmp_path: Path) -> None:
    lines = [json.dumps({"measure": NAME, "words": words, "key": key}) for words, key in (("telltale", "k1"), ("mine", "k2"))]
    for name in ("appeals-a.jsonl", "appeals-b.taking"):
        (tmp_path / name).write_text("\n".join((*lines, '{"telltale of whom nobody knows')))
    (tmp_path / "appeals-c.jsonl").write_text(lines[1] + "\n")
    appeals.forget_appeals(tmp_path, {"k1"})
    assert not [path for path in tmp_path.iterdir() if b"telltale" in path.read_bytes()]
    assert {path.name for path in tmp_path.iterdir()} == {"appeals-a.jsonl", "appeals-b.taking", "appeals-c.jsonl"}
    assert noted(tmp_path) == [Noted(NAME, "mine", "k2")] * 3, "others are still heard"
