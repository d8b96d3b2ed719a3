from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from safeconduct.wire import strict
from safeconduct.wire.strict import MAX_DEPTH, Malformed, loads

scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
trees = st.dictionaries(
    st.text(max_size=6),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_size=5,
)


def code_of(raw: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        loads(raw)
    fault = caught.value
    assert fault.sentence.endswith(".")
    assert fault.mend.endswith(".")
    assert fault.where.startswith("$")
    return fault.code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"a":1}x', "invalid_json"),
        (b'{"a":1}{"a":1}', "invalid_json"),
        (b'{"a":1,}', "invalid_json"),
        (b"{'a':1}", "invalid_json"),
        (b'{"a":01}', "invalid_json"),
        (b'{"a":"\n"}', "invalid_json"),
        (b'{"a":NaN}', "invalid_json"),
        (b'{"a":Infinity}', "invalid_json"),
        (b'{"a":-Infinity}', "invalid_json"),
        (b'{"a":1e400}', "number_out_of_range"),
        (b'{"a":-1e999}', "number_out_of_range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
        (b'{"a":"\xc0\xaf"}', "invalid_utf8"),
        ('{"a":1}'.encode("utf-16"), "invalid_utf8"),
        (b'\xef\xbb\xbf{"a":1}', "byte_order_mark"),
        (b'{"a":"\\ud800"}', "lone_surrogate"),
        (b'{"a":"\\udc00\\ud800"}', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b"[]", "not_an_object"),
        (b'"a"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b'{"a":{"b":[{"c":1,"d":2,"c":3}]}}', "duplicate_key"),
        (b'{ "a" : 1, "a" : 2 }', "duplicate_key"),
        (b'{"":1,"":2}', "duplicate_key"),
        (b'{"model":"a","stream":true,"model":"b"}', "duplicate_key"),
        (b"[" * 200_000, "too_deep"),
        (b'{"a":' * 200_000, "too_deep"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "too_deep"),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "too_deep"),
    ],
)
def test_p3_ambiguous_json_is_refused_with_one_sentence(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


def test_p3_the_deepest_allowed_body_is_read() -> None:
    assert loads(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)
    assert loads(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}")


def test_many_shallow_brackets_are_not_deep() -> None:
    assert len(loads(msgspec.json.encode({"a": [{"b": []}] * 1000, "t": "[{" * 1000}))["a"]) == 1000


def test_a_repeated_name_in_different_objects_is_fine() -> None:
    assert loads(b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}')
    assert loads(b'{ "a": {"a": 1.50}, "b": [{"a": "\\u00e9"}, {"a": 2}] }')


def test_integers_stay_exact() -> None:
    for number in (2**53 + 1, 2**63, 2**64, 10**40, -(2**63) - 1):
        assert loads(b'{"a":%d}' % number) == {"a": number}
        assert loads(b'{ "a" : %d }' % number) == {"a": number}


def spellings(tree: dict[str, Any]) -> list[bytes]:
    return [
        json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode(),
        json.dumps(tree).encode(),
        json.dumps(tree, indent=3, ensure_ascii=False).encode(),
        msgspec.json.encode(tree),
    ]


@settings(max_examples=150, deadline=None)
@given(trees)
@example({"a": '\x00\x1f\x7f\u2028\U0001f30d/\\"'})
@example({"a": [1e21, 1e-7, -0.0, 5e-324, 1.7976931348623157e308]})
def test_p3_every_spelling_gives_the_tree_other_parsers_give(tree: dict[str, Any]) -> None:
    for raw in spellings(tree):
        assert loads(raw) == json.loads(raw) == msgspec.json.decode(raw) == tree


@settings(max_examples=100, deadline=None)
@given(trees, st.data())
def test_p3_a_doubled_member_is_found_wherever_it_stands(tree: dict[str, Any], data: st.DataObject) -> None:
    name, value = data.draw(st.text(max_size=4)), data.draw(scalars)
    member = json.dumps(name) + ":" + json.dumps(value)
    inner = json.dumps({name: value} | tree)
    doubled = inner[:-1] + ("," if inner != "{}" else "") + member + "}"
    raw = data.draw(
        st.sampled_from([doubled, f'{{"x":[0,{doubled}]}}', doubled.replace(" ", "") if " " not in name else doubled])
    )
    if raw.startswith("{") and json.loads(raw):
        assert code_of(raw.encode()) == "duplicate_key"


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every body a large one, taken apart to the last leaf."""
    monkeypatch.setattr(strict, "LARGE", 0)
    monkeypatch.setattr(strict, "PIECE", 0)


def test_p3_the_large_path_agrees_with_the_small_one(small_bounds: None) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("compact JSON was not recognized")

    @settings(max_examples=150, deadline=None)
    @given(trees)
    def agree(tree: dict[str, Any]) -> None:
        compact = msgspec.json.encode(tree)
        assert strict._same_large(compact, tree)
        for raw in spellings(tree):
            assert loads(raw) == tree
            assert strict._same_large(raw, tree) == (raw == compact)

    agree()


@pytest.mark.parametrize(
    "raw",
    [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'{"a":[{"b":"x","b":"y"}]}', b'{"\\u0061":1,"a":2}', b'{"a":"\\u0061","a":""}'],
)
def test_p3_the_large_path_finds_duplicates(small_bounds: None, raw: bytes) -> None:
    assert code_of(raw) == "duplicate_key"


def test_the_large_path_does_not_take_odd_escapes_for_plain_text(small_bounds: None) -> None:
    assert strict._same_large(b'{"a":"A/\\n"}', {"a": "A/\n"})
    for odd in (b'{"a":"\\u0041/\\n"}', b'{"a":"A\\/\\n"}', b'{"a":"A/\\u000a"}'):
        assert not strict._same_large(odd, {"a": "A/\n"})


def test_a_large_image_is_read_without_a_second_copy() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K" * 1_000_000}}
    tree = {"model": "m", "messages": [{"role": "user", "content": [image, {"type": "text", "text": "é\n" * 200_000}]}]}
    raw = msgspec.json.encode(tree)
    assert loads(raw) == tree
    assert code_of(raw[:-1] + b',"model":"x"}') == "duplicate_key"


def test_work_on_a_crafted_large_body_is_bounded(monkeypatch: pytest.MonkeyPatch, small_bounds: None) -> None:
    scans = 0
    elements = strict._elements

    def counted(piece: Any) -> Any:
        nonlocal scans
        scans += 1
        return elements(piece)

    monkeypatch.setattr(strict, "_elements", counted)
    raw = b'{"a":' + b"[" * 60 + b'"' + b"x" * 10_000 + b'"' + b"]" * 60 + b"}"
    assert loads(raw)
    assert scans <= 8


@pytest.mark.parametrize("part", [b"[],", b'{"a":1},', b"1,", b'"",'])
def test_a_large_body_with_too_many_values_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch, part: bytes) -> None:
    monkeypatch.setattr(strict, "LARGE", 1000)
    monkeypatch.setattr(strict, "MAX_PARTS", 500)
    monkeypatch.setattr(strict, "_decode", None)
    assert code_of(b'{"a":[' + part * 2000 + b"0]}") == "too_many_parts"


def test_brackets_and_commas_in_a_large_text_are_not_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "LARGE", 1000)
    monkeypatch.setattr(strict, "MAX_PARTS", 500)
    assert loads(msgspec.json.encode({"a": 'if (x[0], {"y": "\\"}) \\' * 1000}))
