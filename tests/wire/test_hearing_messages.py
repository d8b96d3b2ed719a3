from __future__ import annotations

import msgspec

from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.call import Dialect
from support.listening import calls, channels, listen
from support.wire_streams import STREAMS


def test_p4_escapes_in_arguments_hide_nothing() -> None:
    start = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    }
    delta = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "input_json_delta", "partial_json": '{"k":"\\u0041BC"}'},
    }
    stop = {"type": "content_block_stop", "index": 0}
    stream = b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in (start, delta, stop))
    heard = listen(Dialect.MESSAGES, stream)
    assert [block.text for block in heard[-1].blocks] == ['{"k":"ABC"}']


def test_p1_a_call_whose_number_is_taken_again_is_reviewed_and_the_stream_is_doubtful() -> None:
    def start(name: str, index: int) -> dict[str, object]:
        block = {"type": "tool_use", "id": name, "name": name, "input": {}}
        return {"type": "content_block_start", "index": index, "content_block": block}

    given = {"type": "input_json_delta", "partial_json": '{"k":1}'}
    events = [start("a", 0), {"type": "content_block_delta", "index": 0, "delta": given}, start("b", 0), start("c", 1)]
    heard = listen(Dialect.MESSAGES, b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events))
    assert [each.doubled for each in heard] == [False, False, True, False]
    assert calls(heard) == [ToolCall("a", "a", '{"k":1}')]


def test_the_recorded_streams_say_what_they_say() -> None:
    said = {name: channels(listen(dialect, stream)) for name, dialect, stream, _ in STREAMS if dialect is Dialect.MESSAGES}
    assert said["text"] == {"text": "Grüße, 世界 🌍"}
    assert said["tools"]["tool.2"] == '{"city": "München"}'
    told = [
        call for name, dialect, stream, _ in STREAMS if dialect is Dialect.MESSAGES for call in calls(listen(dialect, stream))
    ]
    assert ToolCall("toolu_a", "a", '{"city": "München"}') in told
