from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.call import Dialect, Operation, Selections
from safeconduct.wire.selecting import _KEYS, _TOP, MAX_NAMED, NOTHING, UNREADABLE, host_of
from safeconduct.wire.strict import Malformed
from support.wire_calls import read


def test_a_plain_call_selects_nothing() -> None:
    view = read(Dialect.CHAT, {"messages": [{"role": "user", "content": "hi"}], "metadata": {"model": "x", "file_id": "y"}})
    assert view.selections is NOTHING


@pytest.mark.parametrize("dialect", list(Dialect))
def test_fallbacks_in_every_form(dialect: Dialect) -> None:
    assert read(dialect, {"fallbacks": [{"model": "a"}, {"model": "b"}]}).selections.fallbacks == ("a", "b")
    assert read(dialect, {"fallbacks": "default"}).selections.fallbacks == ("default",)
    assert read(dialect, {"models": ["a", "b"]}).selections.fallbacks == ("a", "b")
    assert read(dialect, {"fallback_model": "a", "fallbacks": None}).selections.fallbacks == ("a",)


def test_models_that_tools_and_moderation_use_are_fallbacks() -> None:
    advisor = {"type": "advisor_20260301", "name": "advisor", "model": "claude-mythos-5"}
    assert read(Dialect.MESSAGES, {"tools": [advisor]}).selections.fallbacks == ("claude-mythos-5",)
    image = {"type": "image_generation", "model": "gpt-image-2"}
    view = read(Dialect.RESPONSES, {"tools": [image], "moderation": {"model": "omni"}})
    assert set(view.selections.fallbacks) == {"gpt-image-2", "omni"}


def test_hosts_and_resources_of_a_messages_call() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://Pics.Example/a.png"}}
    document = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [image, document]}
    view = read(
        Dialect.MESSAGES,
        {
            "messages": [{"role": "user", "content": [result, {"type": "text", "text": "https://not.a.source/"}]}],
            "mcp_servers": [{"type": "url", "url": "https://mcp.example:8443/sse", "name": "box"}],
            "container": {"id": "container_1", "skills": [{"type": "custom", "skill_id": "skill_1", "version": "1"}]},
            "tools": [{"type": "mcp_toolset", "mcp_server_name": "box"}, {"name": "f", "input_schema": {"type": "object"}}],
            "thread": {"type": "continue", "previous_message_id": "msg_1"},
        },
    )
    assert view.selections.hosts == {"pics.example", "mcp.example"}
    assert view.selections.resources == {"file_1", "container_1", "skill_1", "msg_1"}
    assert view.selections.tools == ("mcp_toolset:box", "custom:f", "mcp:box")


def test_a_skill_that_comes_with_the_api_is_a_tool() -> None:
    skills = [{"type": "anthropic", "skill_id": "xlsx"}, {"type": "custom", "skill_id": "skill_1"}]
    found = read(Dialect.MESSAGES, {"container": {"skills": skills}}).selections
    assert (found.tools, found.resources) == (("skill:xlsx",), {"skill_1"})


def test_files_named_by_an_earlier_answer_are_not_chosen_again() -> None:
    output = {"type": "bash_code_execution_output", "file_id": "file_9"}
    result = {"type": "bash_code_execution_result", "content": [output], "stdout": ""}
    block = {"type": "bash_code_execution_tool_result", "tool_use_id": "t", "content": result}
    upload = {"type": "container_upload", "file_id": "file_1"}
    view = read(Dialect.MESSAGES, {"messages": [{"role": "assistant", "content": [block, upload]}]})
    assert view.selections.resources == {"file_1"}
    call = {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "code": "x"}
    search = {"type": "file_search_call", "id": "fs_1", "results": [{"file_id": "file_2"}]}
    assert read(Dialect.RESPONSES, {"input": [search]}).selections is NOTHING
    assert read(Dialect.RESPONSES, {"input": [call, search]}).selections.resources == {"cntr_1"}  # a later call may reuse it


names = st.sampled_from(sorted({*_KEYS, *_TOP, "type", "id", "to"}))
words = st.sampled_from(["url", "image", "fallback", "allowlist", "code_execution_output"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(Dialect)),
    st.dictionaries(st.sampled_from(["input", "messages", "tools", "prompt", *sorted(_TOP)]), trees),
)
def test_p4_no_shape_breaks_the_reader(dialect: Dialect, request_body: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        found = read(dialect, request_body).selections
        assert all(
            type(text) is str for text in (*found.fallbacks, *found.hosts, *found.resources, *found.programs, *found.tools)
        )


@pytest.mark.parametrize("kind", [["file_citation"], {"a": 1}, 5, None])
def test_p4_an_odd_type_does_not_hide_a_selection(kind: object) -> None:
    assert read(Dialect.RESPONSES, {"input": [{"role": "user", "type": kind, "file_id": "f"}]}).selections.resources == {"f"}


def test_the_callers_own_data_selects_nothing() -> None:
    schema = {"type": "object", "properties": {"model": {"type": "string"}, "url": {"type": "url", "url": "x"}}}
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"file_id": 5, "model": ["x"], "type": "url", "url": "x"}}
    view = read(
        Dialect.MESSAGES,
        {
            "messages": [{"role": "assistant", "content": [use]}],
            "output_config": {"format": {"type": "json_schema", "schema": {"properties": {"file_id": {}}}}},
            "tools": [{"name": "f", "input_schema": schema}],
        },
    )
    assert view.selections == Selections(tools=("custom:f",))
    prompt = {"id": "pmpt_1", "variables": {"model": "sonnet", "file": {"type": "input_file", "file_id": "file_2"}}}
    found = read(Dialect.RESPONSES, {"prompt": prompt}).selections
    assert (found.fallbacks, found.resources) == ((), {"pmpt_1", "file_2"})


def test_an_echoed_fallback_block_is_not_a_choice_but_an_unknown_block_is() -> None:
    echo = {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}
    other = {"type": "handover", "to": {"model": "c"}}
    assert read(Dialect.MESSAGES, {"messages": [{"role": "assistant", "content": [echo, other]}]}).selections.fallbacks == ("c",)


def test_responses_references_and_declared_tools() -> None:
    view = read(
        Dialect.RESPONSES,
        {
            "previous_response_id": "resp_0",
            "conversation": {"id": "conv_1"},
            "prompt_cache_key": "k",
            "input": [
                {"type": "item_reference", "id": "msg_a"},
                {"id": "msg_b"},
                {"type": "image_generation_call", "id": "ig_1"},
                {"type": "image_generation_call", "id": "ig_2", "result": "iVBOR"},
                {"type": "reasoning", "id": "rs_1", "encrypted_content": "x"},
                {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]},
                {"type": "additional_tools", "tools": [{"type": "function", "name": "late"}]},
            ],
            "tools": [
                {"type": "namespace", "name": "ns", "tools": [{"type": "custom", "name": "c"}]},
                {"type": "mcp", "server_label": "gh", "server_url": "https://gh.example/mcp", "headers": {"model": "x"}},
                {"type": "mcp", "server_label": "drive", "connector_id": "connector_drive"},
                {
                    "type": "code_interpreter",
                    "container": {
                        "type": "auto",
                        "file_ids": ["f1", "f2"],
                        "network_policy": {"type": "allowlist", "allowed_domains": ["Packages.Example"]},
                    },
                },
                {"type": "file_search", "vector_store_ids": ["vs_1"]},
                {"type": "web_search", "filters": {"allowed_domains": ["only.example"]}},
            ],
        },
    )
    found = view.selections
    assert found.resources == {
        *("resp_0", "conv_1", "msg_a", "msg_b", "ig_1"),
        *("f1", "f2", "vs_1"),
    }
    assert found.hosts == {"gh.example", "packages.example", "connector_drive"}
    assert found.tools == (
        *("namespace:ns", "custom:c", "mcp:gh", "mcp:drive", "code_interpreter:", "file_search:", "web_search:"),
        "function:late",
    )


def test_chat_tools_files_and_stored_audio() -> None:
    view = read(
        Dialect.CHAT,
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a.example/x"}}]},
                {"role": "user", "content": [{"type": "file", "file": {"file_id": "file_1"}}]},
                {"role": "assistant", "audio": {"id": "audio_1"}},
            ],
            "audio": {"format": "mp3", "voice": {"id": "voice_1"}},
            "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "g"}}],
            "functions": [{"name": "h"}],
            "web_search_options": {},
        },
    )
    assert view.selections.hosts == {"a.example"}
    assert view.selections.resources == {"file_1", "audio_1", "voice_1"}
    assert view.selections.tools == ("function:f", "custom:g", "function:h", "web_search:")
    assert not read(Dialect.CHAT, {"audio": {"format": "mp3", "voice": "alloy"}}).selections.resources


@pytest.mark.parametrize("dialect", list(Dialect))
def test_routing_fields_are_nobodys(dialect: Dialect) -> None:
    view = read(dialect, {"route": "fallback", "provider": {"order": ["x"]}, "workspace_id": "w", "billing_policy": None})
    assert view.selections.resources == {"route:fallback", "provider:set", "workspace_id:w"}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_claimed_programs(dialect: Dialect) -> None:
    assert read(dialect, {"access_programs": {"cyber": "daybreak_red", "bio": None}}).selections.programs == (
        "cyber=daybreak_red",
    )
    assert read(dialect, {"access_programs": ["cyber"]}).selections.programs == ("cyber",)


@pytest.mark.parametrize(
    "request_body",
    [
        {"fallbacks": 5},
        {"fallbacks": [5]},
        {"fallbacks": [{"models": "x"}]},
        {"models": True},
        {"container": 7},
        {"previous_response_id": ["a", 5]},
        {"access_programs": {"cyber": ["x"]}},
        {"tools": [{"type": "t", "model": {"name": "x"}}]},
        {"messages": [{"content": [{"type": "image", "source": {"type": "url", "url": ["x"]}}]}]},
        {"messages": [{"content": [{"image_url": {"href": "x"}}]}]},
        {"messages": [{"content": [{"file_id": {"id": "x"}}]}]},
    ],
)
@pytest.mark.parametrize("dialect", list(Dialect))
def test_p4_a_selecting_field_of_unknown_shape_is_refused(dialect: Dialect, request_body: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        read(dialect, request_body)
    assert caught.value.code == "unreadable_selection"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com", "example.com"),
        ("HTTPS://Example.COM:443/path?q#f", "example.com"),
        ("http://example.com.?x", "example.com"),
        ("https://10.0.0.1/x", "10.0.0.1"),
        ("https://user@evil.example/", UNREADABLE),
        ("https://good.example\\@evil.example/", UNREADABLE),
        ("https://good.example%2f.evil.example/", UNREADABLE),
        ("https://good.example\t.evil.example/", UNREADABLE),
        (" https://example.com", UNREADABLE),
        ("https://ex\u0430mple.com/", UNREADABLE),
        ("https://[::1]/", UNREADABLE),
        ("https://example.com:80:90/", UNREADABLE),
        ("https://example.com:\u0661/", UNREADABLE),
        ("https:///path", UNREADABLE),
        ("https:example.com", UNREADABLE),
        ("//example.com", UNREADABLE),
        ("file:///etc/passwd", UNREADABLE),
        ("gs://bucket/x", UNREADABLE),
        ("", UNREADABLE),
    ],
)
def test_hosts_are_read_only_where_all_parsers_agree(url: str, host: str) -> None:
    assert host_of(url) == host


def test_data_urls_name_no_host() -> None:
    parts = [{"type": "input_image", "image_url": "DATA:image/png;base64,AA"}]
    assert not read(Dialect.RESPONSES, {"input": [{"role": "user", "content": parts}]}).selections.hosts


def test_count_tokens_is_read_like_any_call() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://a.example/"}}
    view = read(Dialect.MESSAGES, {"messages": [{"role": "user", "content": [image]}]}, Operation.COUNT_TOKENS)
    assert view.selections.hosts == {"a.example"}


@pytest.mark.parametrize("block", [{"source": {"type": "url", "url": "https://{}.example/"}}, {"source": {"file_id": "file_{}"}}])
def test_more_than_can_be_recorded_is_one_clear_no(block: dict[str, dict[str, str]]) -> None:
    def content(count: int, digits: int) -> dict[str, Any]:
        blocks = [
            {"type": "image", "source": {key: value.format(str(number).zfill(digits)) for key, value in block["source"].items()}}
            for number in range(count)
        ]
        return {"messages": [{"role": "user", "content": blocks}]}

    read(Dialect.MESSAGES, content(200, 60))
    read(Dialect.MESSAGES, content(0, 1))
    with pytest.raises(Malformed, match="than can be decided") as no:
        read(Dialect.MESSAGES, content(400, 60))
    assert no.value.code == "too_many_selections"
    with pytest.raises(Malformed, match="than can be decided"):
        read(Dialect.MESSAGES, content(1, MAX_NAMED))


@pytest.mark.parametrize(
    "name", ["Model", "MODEL", "Metadata", "\u017ftream", "\u017fafety_identifier", "Fallbacks", "acce\u017fs_programs"]
)
@pytest.mark.parametrize("dialect", list(Dialect))
def test_p4_a_name_that_a_careless_reader_takes_for_a_real_one_is_refused(dialect: Dialect, name: str) -> None:
    with pytest.raises(Malformed, match="imitates") as no:
        read(dialect, {name: "claude-mythos-5"})
    assert no.value.code == "lookalike_field"


def test_names_of_new_fields_pass_whatever_their_case() -> None:
    assert read(Dialect.CHAT, {"newField": 1, "X": 2}).selections is NOTHING


def test_p4_a_container_named_by_an_earlier_call_is_a_stored_thing() -> None:
    item = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "cntr_victim", "status": "completed"}
    assert "cntr_victim" in read(Dialect.RESPONSES, {"input": [item]}).selections.resources
