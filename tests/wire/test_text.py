from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.call import Dialect, Operation
from safeconduct.wire.dialect import of
from safeconduct.wire.text import every_text
from support.wire_calls import REQUEST_TYPES
from support.wire_types import planted_requests

CALLS = {name: (dialect, operation, hint) for name, dialect, operation, hint in REQUEST_TYPES}


def assert_every_plant_is_read(*names: str) -> None:
    for name in names:
        dialect, operation, hint = CALLS[name]
        wire = of(dialect)
        plants = planted_requests(hint)
        assert len(plants) > 300, "the SDK's types were not walked"
        unread = {
            plant.place
            for plant in plants
            if not any(
                plant.needle in text for _, text in wire.texts(wire.read(msgspec.json.encode(plant.request), operation).tree)
            )
        }
        assert not unread


def test_p4_every_text_field_is_read_messages() -> None:
    assert_every_plant_is_read("messages", "messages_beta", "count_tokens", "count_tokens_beta")


def test_p4_every_text_field_is_read_chat() -> None:
    assert_every_plant_is_read("chat")


def test_p4_every_text_field_is_read_responses() -> None:
    assert_every_plant_is_read("responses")


def test_the_walk_finds_the_fields_a_person_would_look_for() -> None:
    places = {dialect: set() for dialect in Dialect}
    for _, dialect, _, hint in REQUEST_TYPES:
        places[dialect] |= {plant.field for plant in planted_requests(hint)}
    assert {"system", "text", "thinking", "data", "description", "input", "content", "signature", "title"} <= places[
        Dialect.MESSAGES
    ]
    assert {"content", "arguments", "refusal", "description", "file_data", "metadata~", "stop"} <= places[Dialect.CHAT]
    assert {"instructions", "arguments", "output", "encrypted_content", "variables~", "diff"} <= places[Dialect.RESPONSES]


def test_p4_unknown_fields_and_names_are_read_too() -> None:
    tree = {"model": "m", "x_new": {"deep": [["one", {"two words": "three"}]]}, "n": 5, "z": None}
    assert list(every_text(tree)) == [
        ("$.model~", "model"),
        ("$.x_new~", "x_new"),
        ("$.n~", "n"),
        ("$.z~", "z"),
        ("$.model", "m"),
        ("$.x_new.deep~", "deep"),
        ("$.x_new.deep[0][0]", "one"),
        ("$.x_new.deep[0][1].two words~", "two words"),
        ("$.x_new.deep[0][1].two words", "three"),
    ]


nested = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(max_size=5), nested, max_size=4))
def test_p4_every_string_of_any_tree_comes_once_and_in_order(tree: dict[str, object]) -> None:
    values: list[str] = []
    names: set[str] = set()

    def collect(node: object) -> None:
        if isinstance(node, str):
            values.append(node)
        elif isinstance(node, dict):
            names.update(node)
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(tree)
    texts = [text for _, text in every_text(tree)]
    assert sorted(texts) == sorted([*values, *names])
    remaining = iter(texts)
    assert all(value in remaining for value in values)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_each_dialect_reads_all_texts(dialect: Dialect) -> None:
    view = of(dialect).read(b'{"model":"m","messages":[{"content":"hello"}]}', Operation.GENERATE)
    assert ("$.messages[0].content", "hello") in list(of(dialect).texts(view.tree))
