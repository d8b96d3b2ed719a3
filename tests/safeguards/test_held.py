from safeconduct.safeguards import held
from safeconduct.terms.blocks import Block, Origin, ToolCall
from safeconduct.terms.findings import Finding
from safeconduct.terms.held import is_held_id

KEY, OTHER = b"k" * 32, b"o" * 32
FOUND = [Finding("tools", "destructive", "tool_call[1]")]


def test_the_same_thing_has_the_same_id_however_it_is_spelled() -> None:
    one = held.of_call(KEY, ToolCall("1", "Bash", '{"command":"rm -rf docs","x":1}'), FOUND)
    assert is_held_id(one)
    assert held.of_call(KEY, ToolCall("2", "Bash", '{ "x": 1, "command": "rm -rf docs" }'), FOUND) == one


def test_p9_whatever_is_different_has_another_id() -> None:
    call = ToolCall("1", "Bash", '{"command":"rm -rf docs"}')
    ids = {
        held.of_call(KEY, call, FOUND),
        held.of_call(OTHER, call, FOUND),
        held.of_call(KEY, ToolCall("1", "Shell", call.arguments), FOUND),
        held.of_call(KEY, ToolCall("1", "Bash", '{"command":"rm -rf src"}'), FOUND),
        held.of_call(KEY, call, [*FOUND, Finding("tools", "scope_path", "tool_call[1]")]),
        held.of_call(KEY, ToolCall("1", "Bash", "not json"), FOUND),
    }
    assert len(ids) == 6


def test_a_request_is_known_by_the_texts_in_which_something_was_found() -> None:
    found = [Finding("markings", "banner", "$.a")]
    first = [Block("$.a", "SECRET//NOFORN", Origin.USER)]
    longer = [*first, Block("$.b", "more words", Origin.USER)]
    assert held.of_texts(KEY, first, found) == held.of_texts(KEY, longer, found)
    assert held.of_texts(KEY, [Block("$.a", "SECRET//OTHER", Origin.USER)], found) != held.of_texts(KEY, first, found)


def test_ids_are_twelve_hex_digits() -> None:
    assert not is_held_id("H-123")
    assert not is_held_id("H-ABCDEF123456")
    assert not is_held_id("123456789012")
