"""Which events of a stream are everyday ones? The exact shapes; any other member makes an event one that is read thoroughly.

They stand alone because ``hearing`` is compiled and ``msgspec`` builds its classes while Python runs.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Text(msgspec.Struct, gc=False, tag_field="type", tag="text_delta", forbid_unknown_fields=True):
    text: str


class Thinking(msgspec.Struct, gc=False, tag_field="type", tag="thinking_delta", forbid_unknown_fields=True):
    thinking: str


class PartialJson(msgspec.Struct, gc=False, tag_field="type", tag="input_json_delta", forbid_unknown_fields=True):
    partial_json: str


class MessagesDelta(msgspec.Struct, gc=False, tag_field="type", tag="content_block_delta", forbid_unknown_fields=True):
    index: int
    delta: Text | Thinking | PartialJson


class Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    content: str


class Choice(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    index: int
    delta: Content
    finish_reason: None = None
    logprobs: None = None


class ChatDelta(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    choices: list[Choice]
    id: str = ""
    object: str = ""
    created: int = 0
    model: str = ""
    service_tier: str | None = None
    system_fingerprint: str | None = None
    usage: None = None
    obfuscation: str = ""


class ResponsesDelta(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    type: str
    item_id: str
    output_index: int
    delta: str
    sequence_number: int = 0
    content_index: int | None = None
    summary_index: int | None = None
    logprobs: list[Any] = []
    obfuscation: str = ""
