from __future__ import annotations

from typing import Any

import anthropic.types
import anthropic.types.beta
import msgspec
import openai.types.chat
import openai.types.responses
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.blocks import Edit, Origin
from safeconduct.terms.call import Dialect
from safeconduct.wire.blocks import WORDS, Reading
from safeconduct.wire.dialect import of
from safeconduct.wire.edits import spliced
from support.wire_calls import REQUEST_TYPES
from support.wire_types import planted_requests

ANSWER_TYPES: tuple[tuple[str, Dialect, Any], ...] = (
    ("messages", Dialect.MESSAGES, anthropic.types.Message),
    ("messages_beta", Dialect.MESSAGES, anthropic.types.beta.BetaMessage),
    ("chat", Dialect.CHAT, openai.types.chat.ChatCompletion),
    ("responses", Dialect.RESPONSES, openai.types.responses.Response),
)


@pytest.mark.parametrize("name", [name for name, *_ in REQUEST_TYPES])
def test_p4_every_string_of_the_sdk_request_types_is_a_block_and_can_be_changed_there(name: str) -> None:
    dialect, operation, hint = next(rest for known, *rest in REQUEST_TYPES if known == name)
    wire = of(dialect)
    plants = planted_requests(hint)
    assert len(plants) > 300, "the SDK's types were not walked"
    for plant in plants:
        if plant.literal:
            continue
        view = wire.read(msgspec.json.encode(plant.request), operation)
        found = [block for block in wire.blocks(view.tree) if plant.needle in block.text]
        assert found, plant.place
        assert len({block.path for block in found}) == len(found)
        edits = [Edit(block.path, 0, len(block.text), "gone") for block in found]
        changed = wire.replaced(view, edits)
        assert plant.needle.encode() not in changed, plant.place
        assert changed.count(b"gone") >= len(edits)


@pytest.mark.parametrize("name", [name for name, *_ in ANSWER_TYPES])
def test_p4_every_string_of_the_sdk_answer_types_is_a_block_and_can_be_changed_there(name: str) -> None:
    dialect, hint = next(rest for known, *rest in ANSWER_TYPES if known == name)
    wire = of(dialect)
    plants = [plant for plant in planted_requests(hint) if not plant.literal]
    assert len(plants) > 30
    for plant in plants:
        raw = msgspec.json.encode(plant.request)
        found = [block for block in wire.answer(raw).blocks if plant.needle in block.text]
        assert found, plant.place
        assert plant.needle.encode() not in spliced(raw, [Edit(block.path, 0, len(block.text), "gone") for block in found])


def test_the_walk_finds_the_fields_a_person_would_look_for() -> None:
    places = {dialect: set() for dialect in Dialect}
    for _, dialect, _, hint in REQUEST_TYPES:
        places[dialect] |= {plant.field for plant in planted_requests(hint)}
    assert {"system", "text", "thinking", "data", "description", "input", "content", "signature", "title"} <= places[
        Dialect.MESSAGES
    ]
    assert {"content", "arguments", "refusal", "description", "file_data", "metadata~", "stop"} <= places[Dialect.CHAT]
    assert {"instructions", "arguments", "output", "encrypted_content", "variables~", "diff"} <= places[Dialect.RESPONSES]


def test_no_two_strings_share_a_path() -> None:
    tree = {"a.b": "one", "a": {"b": "two", "b[0]": "three", "b~": "four"}, 'q"': "five", "": "six"}
    reading = Reading()
    reading.under("$", tree, Origin.USER)
    paths = [block.path for block in reading.done()]
    assert len(set(paths)) == len(paths)


nested = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["messages", "input", "system", "choices", "output", "x.y"]) | st.text(max_size=3), nested)
)
def test_p4_every_string_of_any_tree_is_there_in_every_dialect(tree: dict[str, Any]) -> None:
    values: set[str] = set()

    def collect(node: object) -> None:
        if isinstance(node, str):
            values.add(node)
        elif isinstance(node, dict):
            values.update(node)
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(tree)
    for dialect in Dialect:
        wire = of(dialect)
        for blocks in (wire.blocks(tree), wire.answer(msgspec.json.encode(tree)).blocks):
            assert values - WORDS - {""} <= {block.text for block in blocks}
