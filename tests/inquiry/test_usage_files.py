"""Exports of providers: the shapes they have, and everything that is none."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.usage import HOUR, Used
from safeconduct.inquiry.usage_files import MAX_COUNT, read_export
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import parse

DAY = 24 * HOUR
JUNE = parse("2026-06-01T00:00:00Z")

ANTHROPIC_RESULT: dict[str, Any] = {
    "uncached_input_tokens": 1500,
    "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
    "cache_read_input_tokens": 200,
    "output_tokens": 700,
    "server_tool_use": {"web_search_requests": 10},
    "api_key_id": None,
    "workspace_id": None,
    "model": "claude-fable-5",
    "service_tier": None,
    "context_window": None,
    "inference_geo": None,
}
ANTHROPIC: dict[str, Any] = {
    "data": [
        {"starting_at": "2026-06-01T00:00:00Z", "ending_at": "2026-06-02T00:00:00Z", "results": [ANTHROPIC_RESULT]},
        {"starting_at": "2026-06-02T00:00:00Z", "ending_at": "2026-06-03T00:00:00Z", "results": []},
    ],
    "has_more": False,
    "next_page": None,
}
OPENAI: dict[str, Any] = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": JUNE // 1_000_000,
            "end_time": (JUNE + DAY) // 1_000_000,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 1000,
                    "output_tokens": 500,
                    "input_cached_tokens": 800,
                    "input_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "num_model_requests": 5,
                    "project_id": None,
                    "user_id": None,
                    "api_key_id": None,
                    "model": "gpt-6",
                    "batch": None,
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}
CONSOLE = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
    "web_search_count,inference_geo,speed\n"
    "2026-06-01,claude-fable-5,prod,Default,standard,\u2264 200k,1500,500,1000,200,700,0,,\n"
)
DASHBOARD = (
    "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,"
    "input_tokens,output_tokens,input_cached_tokens\n"
    f"{JUNE // 1_000_000},{(JUNE + DAY) // 1_000_000},2026-06-01T00:00:00+00:00,2026-06-02T00:00:00+00:00,"
    ",5,,,gpt-6,,,1000,500,800\n"
    f"{(JUNE + DAY) // 1_000_000},{(JUNE + 2 * DAY) // 1_000_000},,,,,,,,,,,,\n"
)
FABLE = Used(JUNE, JUNE + DAY, "claude-fable-5", 3200, 700, 200)
GPT = Used(JUNE, JUNE + DAY, "gpt-6", 1000, 500, 800, 5)


def codes(provider: str, *texts: str | bytes) -> list[str]:
    files = [(f"f{number}", text.encode() if isinstance(text, str) else text) for number, text in enumerate(texts)]
    with pytest.raises(Refused) as refused:
        read_export(files, provider)
    assert all(fault.mend and fault.where for fault in refused.value.faults)
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("provider", "text", "used"),
    [
        ("anthropic", json.dumps(ANTHROPIC), FABLE),
        ("anthropic", CONSOLE, FABLE),
        ("anthropic", "\ufeff" + CONSOLE, FABLE),
        ("openai", json.dumps(OPENAI), GPT),
        ("openai", DASHBOARD, GPT),
    ],
)
def test_each_form_says_the_same(provider: str, text: str, used: Used) -> None:
    export = read_export([("f", text.encode())], provider)
    assert export.used[0] == used
    assert all(not (each.input or each.output) for each in export.used[1:])
    assert (JUNE, JUNE + DAY) in export.spans


def test_a_span_without_usage_is_spoken_of() -> None:
    export = read_export([("f", json.dumps(ANTHROPIC).encode())], "anthropic")
    assert export.spans == {(JUNE, JUNE + DAY), (JUNE + DAY, JUNE + 2 * DAY)}


def test_an_older_console_with_one_column_for_the_cache_reads_too() -> None:
    text = CONSOLE.replace(
        "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_write"
    )
    export = read_export([("f", text.replace("1500,500,1000", "1500,1500").encode())], "anthropic")
    assert export.used == [FABLE]


def test_pages_have_to_be_all_there_and_once() -> None:
    first = json.dumps(ANTHROPIC | {"has_more": True, "next_page": "p2"})
    assert codes("anthropic", first) == ["usage_incomplete"]
    assert codes("anthropic", first, first) == ["usage_twice"]
    export = read_export([("a", first.encode()), ("b", json.dumps(ANTHROPIC).encode())], "anthropic")
    assert len(export.used) == 2


def _changed(page: dict[str, Any], member: str, value: object) -> str:
    copy = json.loads(json.dumps(page))
    copy["data"][0]["results"][0][member] = value
    return json.dumps(copy)


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("anthropic", ""),
        ("anthropic", "{}"),
        ("anthropic", '{"data": 1}'),
        ("anthropic", json.dumps(ANTHROPIC)[:-10]),
        ("anthropic", json.dumps(OPENAI)),
        ("openai", json.dumps(ANTHROPIC)),
        ("anthropic", DASHBOARD),
        ("openai", CONSOLE),
        ("anthropic", _changed(ANTHROPIC, "output_tokens", -1)),
        ("anthropic", _changed(ANTHROPIC, "output_tokens", "700")),
        ("anthropic", _changed(ANTHROPIC, "output_tokens", 7.5)),
        ("anthropic", _changed(ANTHROPIC, "uncached_input_tokens", None)),
        ("anthropic", _changed(ANTHROPIC, "output_tokens", MAX_COUNT + 1)),
        ("openai", _changed(OPENAI, "num_model_requests", -5)),
        ("anthropic", json.dumps(ANTHROPIC).replace("2026-06-01T00:00:00Z", "yesterday")),
        ("anthropic", json.dumps(ANTHROPIC).replace("2026-06-01T00:00:00Z", "2026-06-05T00:00:00Z")),
        ("anthropic", CONSOLE.replace(",700,", ",-700,")),
        ("anthropic", CONSOLE.replace(",700,", ",many,")),
        ("anthropic", CONSOLE.replace("2026-06-01", "someday")),
        ("openai", DASHBOARD.replace(",1000,500,", ",1e3,500,")),
        ("openai", '"start_time'),
        ("openai", b"\xff\xfe\x00"),
        ("openai", "[" * 5000),
    ],
)
def test_what_is_no_export_is_refused(provider: str, text: str | bytes) -> None:
    assert set(codes(provider, text)) == {"usage_unreadable"}


def test_every_bad_row_is_named() -> None:
    text = CONSOLE + "2026-06-02,m,,,,,x,0,0,0,1,,,\n2026-06-03,m,,,,,1,0,0,0,y,,,\n"
    with pytest.raises(Refused) as refused:
        read_export([("f.csv", text.encode())], "anthropic")
    assert [fault.where for fault in refused.value.faults] == ["f.csv:3", "f.csv:4"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["anthropic", "openai"]), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_is_in_a_file_is_read_or_refused(provider: str, data: bytes) -> None:
    with contextlib.suppress(Refused):
        read_export([("f", data)], provider)
