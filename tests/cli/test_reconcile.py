"""``safeconduct reconcile``: what a person sees, and the exit codes; and traffic that passed by the gateway, end to end."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.cli import reconcile
from safeconduct.office import acts
from support.behind import edit
from support.registry_cli import Home
from support.stand import Stand, start_stand

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    with open_desk(made.environ) as desk:
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
        desk.perform(acts.RegisterPerson("ann", "acme"))
    return made


def test_where_nothing_differs(home: Home) -> None:
    assert "nothing was compared" in home.run(reconcile.app, "last", code=1).output
    assert "nothing differs" in home.run(reconcile.app, "run").output
    told = home.read(reconcile.app, "run", "--trust-log")
    assert (told["differences"], told["registry_version"]) == ([], 3)
    assert home.read(reconcile.app, "last") == told


def test_a_difference_is_named_with_its_place_and_its_mend(home: Home) -> None:
    edit(home.folder / "registry.db", ("UPDATE change SET actor = 'os:mallory' WHERE seq = 2", ()))
    text = home.run(reconcile.app, "run", code=5).output
    assert "row_edited (change 2)" in text
    assert "backup" in text
    assert "1 DIFFERENCES" in text
    told = home.read(reconcile.app, "last", code=5)
    assert [(each["code"], each["seq"]) for each in told["differences"]] == [("row_edited", 2)]


def test_an_export_that_is_none_is_told_in_words(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "usage.json"
    path.write_text("{}")
    output = home.run(reconcile.app, "usage", str(path), "--provider", "openai", code=1).output
    assert "no usage export of openai" in output


def _post(url: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}", "anthropic-version": "2023-06-01"}
    request = urllib.request.Request(url, json.dumps(body).encode(), {**headers, "x-api-key": key})
    with _OPENER.open(request, timeout=20) as answer:
        return dict(json.loads(answer.read()))


def _anthropic(stand: Stand, *answers: dict[str, Any]) -> dict[str, Any]:
    """What the provider's admin API would say of these answers."""
    counts = [answer["usage"] for answer in answers]
    day = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())
    result = {
        "uncached_input_tokens": sum(each["input_tokens"] for each in counts),
        "cache_creation": {
            "ephemeral_1h_input_tokens": 0,
            "ephemeral_5m_input_tokens": sum(each["cache_creation_input_tokens"] for each in counts),
        },
        "cache_read_input_tokens": sum(each["cache_read_input_tokens"] for each in counts),
        "output_tokens": sum(each["output_tokens"] for each in counts),
        "server_tool_use": {"web_search_requests": 0},
        "model": answers[0]["model"],
    }
    after = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 86_400))
    return {"data": [{"starting_at": day, "ending_at": after, "results": [result]}], "has_more": False, "next_page": None}


def _openai(*answers: dict[str, Any]) -> dict[str, Any]:
    counts = [answer["usage"] for answer in answers]
    start = int(time.time()) // 86_400 * 86_400
    result = {
        "object": "organization.usage.completions.result",
        "input_tokens": sum(each["prompt_tokens"] for each in counts),
        "output_tokens": sum(each["completion_tokens"] for each in counts),
        "input_cached_tokens": sum(each["prompt_tokens_details"]["cached_tokens"] for each in counts),
        "num_model_requests": len(counts),
        "model": answers[0]["model"],
    }
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [result]}
    return {"object": "page", "data": [bucket], "has_more": False, "next_page": None}


def test_one_call_that_passed_by_the_gateway_is_found_in_the_providers_bill(tmp_path: Path) -> None:
    """Real traffic through a whole installation, the provider's own counts, and one call straight to the provider."""
    messages = [{"role": "user", "content": "Say hello to everybody who reads this."}]
    with start_stand(tmp_path / "home", settings='[reconcile]\nat = ""') as stand:
        models = stand.cli("model", "list", "--json").stdout
        served = {each["upstream"]: each["id"] for each in json.loads(models) if each.get("tier") == "standard"}
        claude = {"model": served["anthropic"], "max_tokens": 200, "messages": messages}
        gpt = {"model": served["openai"], "messages": messages}
        anthropic = [_post(f"{stand.url}/v1/messages", stand.key, claude) for _ in range(3)]
        openai = [_post(f"{stand.url}/v1/chat/completions", stand.key, gpt) for _ in range(2)]
        past = [
            _post(f"{stand.provider_url}/v1/messages", "another", claude | {"model": anthropic[0]["model"]}),
            _post(f"{stand.provider_url}/v1/chat/completions", "another", gpt | {"model": openai[0]["model"]}),
        ]
        stand.stop()
        for name, export, code in (
            ("anthropic", _anthropic(stand, *anthropic), 0),
            ("anthropic", _anthropic(stand, *anthropic, past[0]), 5),
            ("openai", _openai(*openai), 0),
            ("openai", _openai(*openai, past[1]), 5),
        ):
            path = tmp_path / f"{name}-{code}.json"
            path.write_text(json.dumps(export))
            done = stand.cli("reconcile", "usage", str(path), "--provider", name, "--json", ok=False)
            assert done.returncode == code, done.stdout + done.stderr
            told = json.loads(done.stdout)
            assert [each["code"] for each in told["differences"]] == (["bypassed"] if code else [])
            assert (told["calls"], told["unknown_calls"]) == ({"anthropic": 3, "openai": 2}[name], 0)
        assert stand.cli("reconcile", "run", "--json").returncode == 0
