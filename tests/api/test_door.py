"""The officers' API over real sockets: the key decides who acts, every write is an act, and nothing else passes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from safeconduct.api.door import GUESSES, MAX_BODY, Door
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.officer_key import VARIABLE
from safeconduct.office.acts import RaiseCase
from safeconduct.terms.faults import Fault, Refused
from support.officers import two
from support.registry_cli import Home


class Api:
    """A served home, with the keys of two officers."""

    def __init__(self, home: Home, url: str, keys: dict[str, str]) -> None:
        self.home, self.keys = home, keys
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 0

    def ask(
        self, method: str, path: str, body: Any = None, *, by: str = "mira", headers: Any = (), raw: bytes | None = None
    ) -> Any:
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        said = {"authorization": f"Bearer {self.keys.get(by, by)}"} if by else {}
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=20)) as line:
            line.request(method, path, sent, {**said, **dict(headers)})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    def codes(self, *words: Any, **more: Any) -> tuple[int, list[str]]:
        status, said = self.ask(*words, **more)
        return status, [fault["code"] for fault in said["faults"]]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home = Home(tmp_path_factory.mktemp("api"))
    keys = {}
    for name, seen in zip(("mira", "noor"), two(home), strict=True):
        keys[name] = Path(seen.environ[VARIABLE]).read_text().strip()
    with open_desk(home.environ) as desk:
        desk.perform(
            RaiseCase("case-1", "person/ada", "probing", "Asked for models.", ("call_a_1",), severity="high"), actor="watch"
        )
    command = [sys.executable, "-m", "safeconduct", "api", "serve", "--listen", "127.0.0.1:0", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **home.environ})
    assert server.stdout is not None
    try:
        yield Api(home, json.loads(server.stdout.readline())["url"], keys)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM)
        server.stdout.close()


def test_p11_who_acts_is_told_by_the_key_alone(api: Api) -> None:
    status, done = api.ask("POST", "/v1/cases/case-1/note", {"note": "by noor"}, by="noor", headers={"x-officer": "mira"})
    assert (status, done["actor"], done["act"]) == (200, "officer:noor", "case.note")
    _, found = api.ask("GET", "/v1/cases/case-1")
    assert ("officer:noor", "noted: by noor") in [(each["who"], each["what"]) for each in found["timeline"]]


def test_a_case_goes_from_the_queue_to_a_verdict(api: Api) -> None:
    assert "case-1" in [each["id"] for each in api.ask("GET", "/v1/queue")[1]]
    assert api.ask("POST", "/v1/cases/case-1/assign", {"officer": "noor"})[0] == 200
    assert api.ask("POST", "/v1/cases/case-1/verdict", {"verdict": "right", "kind": "probing"}, by="noor")[0] == 200
    assert api.ask("GET", "/v1/calibration")[1][0]["right"] >= 1
    assert api.ask("GET", "/v1/cases")[1][0]["assignee"] == "officer:noor"


def test_refusals_come_with_every_fault_and_how_to_mend_it(api: Api) -> None:
    status, said = api.ask("POST", "/v1/cases", {"id": "Bad Id", "why": ""})
    assert status == 409
    assert [fault["code"] for fault in said["faults"]] == ["bad_id", "no_reason", "case_about_nothing"]
    assert all(fault["mend"] for fault in said["faults"])
    assert api.codes("GET", "/v1/cases/none") == (404, ["unknown_case"])


@pytest.mark.parametrize("by", ["", "sc-officer-wrong", "x" * 1000])
def test_without_the_key_of_an_officer_nothing_is_told(api: Api, by: str) -> None:
    status, codes = api.codes("GET", "/v1/cases", by=by)
    assert (status, len(codes)) == (401, 1)


@pytest.mark.parametrize(
    "path", ["/v1/cases/", "/v1/cases/a/b", "/v1//cases", "/v1/cases/case-1/", "/V1/cases", "/", "/v1/cases/%2e"]
)
def test_p4_what_is_not_in_the_table_is_refused(api: Api, path: str) -> None:
    assert api.ask("GET", path)[0] == 404
    assert api.ask("DELETE", "/v1/cases/case-1")[0] == 404
    assert api.codes("GET", "/v1/cases?x=1") == (400, ["bad_query"])


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'{"note":"a","note":"b"}',
        b'{"note":1}',
        b'{"note":"a","actor":"officer:noor"}',
        b"\xff",
        b"[" * 5000,
        b'{"note":NaN}',
    ],
)
def test_a_body_that_two_readers_could_read_differently_is_refused(api: Api, raw: bytes) -> None:
    assert api.codes("POST", "/v1/cases/case-1/note", raw=raw) == (400, ["bad_body"])


def test_bodies_are_bounded(api: Api) -> None:
    assert api.codes("POST", "/v1/cases/case-1/note", {"note": "x" * MAX_BODY}) == (413, ["too_large"])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_no_page_reaches_it_by_a_name_of_its_own(api: Api, host: str) -> None:
    assert api.codes("GET", "/v1/cases", headers={"host": host}) == (421, ["foreign_host"])


def test_it_describes_itself(api: Api) -> None:
    status, said = api.ask("GET", "/openapi.json")
    assert status == 200
    assert said["paths"]["/v1/cases/{id}/verdict"]["post"]["requestBody"]
    assert set(said["components"]["schemas"]["VerdictForm"]["required"]) == {"verdict", "kind"}
    assert api.ask("GET", "/healthz", by="") == (200, {"ok": True})


def test_every_write_is_an_act_in_the_log(api: Api) -> None:
    before = api.ask("GET", "/v1/cases/case-1")[1]["timeline"]
    _, done = api.ask("POST", "/v1/cases/case-1/note", {"note": "once more"})
    assert done["changes"][0]["kind"] == "case.noted"
    assert len(api.ask("GET", "/v1/cases/case-1")[1]["timeline"]) == len(before) + 1


def test_guesses_are_slowed_down_for_all(tmp_path: Path) -> None:
    now = [0.0]

    def sit(key: str) -> Any:
        raise Refused(Fault("no_officer", "no", "officer key", "ask"))

    door = Door(sit, {"h"}, lambda: now[0])
    for _ in range(GUESSES):
        assert door._judged("k", "GET", "/v1/cases", b"")[0] == 401
    assert door._slowed()
    now[0] = 61.0
    assert not door._slowed()
