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

from safeconduct.api.door import MAX_BODY
from safeconduct.api.guesses import A_BEGINNING
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.officer_key import VARIABLE
from safeconduct.gateway.held import HeldFile
from safeconduct.office.acts import MoveRisk, RaiseCase, RegisterOrganization
from safeconduct.registry.keys import OFFICER_PREFIX, mint
from safeconduct.terms.held import Held
from safeconduct.terms.moments import FOREVER
from support.officers import two
from support.registry_cli import Home

HELD = "H-0123456789ab"


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
        desk.perform(RegisterOrganization("acme", "Acme"))
        desk.perform(MoveRisk("organization/acme", "high", FOREVER, ("Much.",)), actor="watch")
        held = Held(HELD, desk.now(), "call_a_1", "sc_1", "acme", model="unknown-model", direction="answer", tool="Bash")
    HeldFile(home.folder / "run" / "held-0.jsonl").tell(held)
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


def test_ten_wrong_keys_lock_nobody_else_out(api: Api) -> None:
    wrong = [mint(number.to_bytes(32), OFFICER_PREFIX) for number in range(A_BEGINNING)]
    assert {api.codes("GET", "/v1/cases", by=key)[0] for key in wrong} == {401}
    assert api.codes("GET", "/v1/cases", by=mint((99).to_bytes(32), OFFICER_PREFIX)) == (429, ["too_many_guesses"])
    assert api.codes("GET", "/v1/cases", by=mint(b"\x80" + bytes(31), OFFICER_PREFIX))[0] == 401
    assert {api.ask("GET", "/v1/cases", by=name)[0] for name in ("mira", "noor")} == {200}


def test_risk_is_told_with_its_parts(api: Api) -> None:
    found = [(row["who"], row["band"], row["parts"]) for row in api.ask("GET", "/v1/risk")[1]]
    assert found == [("organization/acme", "high", ["Much."])]
    _, one = api.ask("GET", "/v1/risk/organization/acme")
    assert (one["band"], one["explained"]["who"]) == ("high", "organization/acme")
    assert api.ask("GET", "/v1/risk/organization/other")[0] == 404, "a misspelled name is not told to be at no risk"
    assert api.ask("GET", "/v1/risk/thing/acme")[0] == 404


def test_p9_a_measure_is_taken_by_one_and_undone_by_two_as_at_the_command_line(api: Api) -> None:
    form = {"who": "organization/acme", "step": "throttle", "rate": 30, "minutes": 5, "why": "a burst"}
    status, done = api.ask("POST", "/v1/measures", form, by="mira")
    assert (status, done["actor"], done["act"], done["request"]) == (200, "officer:mira", "measure.take", "")
    name = done["measure"]
    assert name in [row["id"] for row in api.ask("GET", "/v1/measures")[1]]
    assert api.ask("GET", f"/v1/measures/{name}")[1]["rate"] == 30
    assert api.ask("POST", f"/v1/measures/{name}/appeal", {"words": "An on-call night."})[0] == 200
    assert api.ask("GET", f"/v1/measures/{name}")[1]["appealed_by"] == "officer:mira"
    _, asked = api.ask("POST", f"/v1/measures/{name}/undo", {"why": "enough"}, by="noor")
    assert asked["request"]
    assert api.codes("POST", f"/v1/requests/{asked['request']}/approve", by="noor") == (409, ["own_work"])
    assert api.ask("GET", f"/v1/measures/{name}")[1]["state"] == "in force"
    assert api.ask("POST", f"/v1/requests/{asked['request']}/approve", by="mira")[0] == 200
    assert name not in [row["id"] for row in api.ask("GET", "/v1/measures")[1]]
    assert name in [row["id"] for row in api.ask("GET", "/v1/measures/all")[1]]
    assert api.codes("POST", "/v1/measures", {**form, "minutes": -1}) == (409, ["bad_end"])
    assert api.codes("GET", "/v1/measures/M-000000000000") == (404, ["unknown_measure"])


def test_p9_what_is_held_for_a_restricted_model_is_released_by_two(api: Api) -> None:
    assert [(row["id"], row["state"]) for row in api.ask("GET", "/v1/held")[1]] == [(HELD, "waiting")]
    assert api.ask("GET", f"/v1/held/{HELD}")[1]["officers"] == 2
    assert api.codes("POST", f"/v1/held/{HELD}/release", {"why": "fine", "restricted": False}) == (400, ["bad_body"])
    _, asked = api.ask("POST", f"/v1/held/{HELD}/release", {"why": "looked at it"})
    assert api.ask("GET", f"/v1/held/{HELD}")[1]["state"] == "waiting"
    assert api.ask("POST", f"/v1/requests/{asked['request']}/approve", by="noor")[0] == 200
    assert api.ask("GET", f"/v1/held/{HELD}")[1]["state"] == "released"
    assert api.ask("POST", f"/v1/held/{HELD}/decline", {"why": "a second look"})[0] == 200
    assert [row["state"] for row in api.ask("GET", "/v1/held/all")[1]] == ["declined"]
    assert api.ask("GET", "/v1/held")[1] == []
    assert api.codes("POST", "/v1/held/H-000000000000/decline", {"why": "x"}) == (404, ["unknown_held"])
