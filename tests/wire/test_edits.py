from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.blocks import Edit, Origin
from safeconduct.wire.blocks import Reading
from safeconduct.wire.edits import NoSuchText, edited_text, spliced, steps

SIGNED = b'{"a":[{"text":"one two","sig":"\\u0041\\/=="},1.50],"b" : {"x.y":"z"}, "c":1e2}'


def test_p3_only_what_is_named_is_written_anew() -> None:
    sent = spliced(SIGNED, [Edit("$.a[0].text", 4, 7, "three")])
    assert sent == b'{"a":[{"text":"one three","sig":"\\u0041\\/=="},1.50],"b":{"x.y":"z"},"c":1e2}'
    assert spliced(SIGNED, []) is SIGNED


def test_edits_of_one_text_are_made_together_and_those_that_overlap_become_one() -> None:
    edits = [Edit("", 8, 9, "!"), Edit("", 0, 3, "A"), Edit("", 2, 5, "B")]
    assert edited_text("012345678", edits) == "A567!"
    assert edited_text("abc", [Edit("", 0, 0, "whole")]) == "whole"
    with pytest.raises(NoSuchText):
        edited_text("abc", [Edit("", 2, 4, "")])


@pytest.mark.parametrize(
    "path", ["$.a[0].none", "$.a[7]", "$.a[0]", "$.a[0].text.deeper", "$.b[0]", "$x", "$.c[", '$["a', "$[x]"]
)
def test_an_edit_that_finds_no_text_is_an_error(path: str) -> None:
    with pytest.raises(NoSuchText):
        spliced(SIGNED, [Edit(path, 0, 1, "x")])


def test_numbers_names_and_json_inside_strings_can_be_changed() -> None:
    assert spliced(b'{"n":4111111111111111}', [Edit("$.n", 0, 16, "[card]")]) == b'{"n":"[card]"}'
    assert spliced(b'{"old":1,"d":{"old":"v"}}', [Edit("$.old~", 0, 3, "new")]) == b'{"new":1,"d":{"new":"v"}}'
    with pytest.raises(NoSuchText):
        spliced(b'{"a":1,"b":2}', [Edit("$.a~", 0, 1, "b")])
    arguments = msgspec.json.encode({"arguments": '{"k":"\\u0041BC"}'})
    assert msgspec.json.decode(spliced(arguments, [Edit("$.arguments#", 6, 9, "x")])) == {"arguments": '{"k":"x"}'}
    with pytest.raises(NoSuchText):
        spliced(b'{"arguments":"plain"}', [Edit("$.arguments#", 0, 1, "x")])


def test_a_path_is_taken_apart() -> None:
    assert steps('$.a[0]["x.\\"y"].b') == ["a", 0, 'x."y', "b"]
    assert steps("$") == []


trees = st.recursive(
    st.text() | st.none() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(max_size=6), trees, max_size=4), st.data())
def test_every_text_can_be_changed_alone(tree: dict[str, object], data: st.DataObject) -> None:
    raw = msgspec.json.encode(tree)
    reading = Reading()
    reading.under("$", tree, Origin.USER)
    blocks = [block for block in reading.done() if not block.path.endswith("~")]
    if not blocks:
        return
    chosen = data.draw(st.sampled_from(blocks))
    changed = msgspec.json.decode(spliced(raw, [Edit(chosen.path, 0, len(chosen.text), "~changed~")]))
    again = Reading()
    again.under("$", changed, Origin.USER)
    texts = {block.path: block.text for block in again.done() if not block.path.endswith("~")}
    assert texts == {block.path: "~changed~" if block.path == chosen.path else block.text for block in blocks}
