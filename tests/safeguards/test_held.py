from safeconduct.safeguards import held
from safeconduct.terms.blocks import Block, Origin, ToolCall
from safeconduct.terms.findings import Finding
from safeconduct.terms.held import is_held_id

KEY, OTHER = b"k" * 32, b"o" * 32
HERE = ("acme", "red", "claude-haiku-4-5")
ELSEWHERE = (("other", "red", "claude-haiku-4-5"), ("acme", "", "claude-haiku-4-5"), ("acme", "red", "claude-mythos-5"))
FOUND = [Finding("tools", "destructive", "tool_call[1]")]


def test_the_same_thing_has_the_same_id_however_it_is_spelled() -> None:
    one = held.of_call(KEY, HERE, ToolCall("1", "Bash", '{"command":"rm -rf docs","x":1}'), FOUND)
    assert is_held_id(one)
    assert held.of_call(KEY, HERE, ToolCall("2", "Bash", '{ "x": 1, "command": "rm -rf docs" }'), FOUND) == one


def test_p9_whatever_is_different_has_another_id() -> None:
    call = ToolCall("1", "Bash", '{"command":"rm -rf docs"}')
    ids = {
        held.of_call(KEY, HERE, call, FOUND),
        held.of_call(OTHER, HERE, call, FOUND),
        held.of_call(KEY, HERE, ToolCall("1", "Shell", call.arguments), FOUND),
        held.of_call(KEY, HERE, ToolCall("1", "Bash", '{"command":"rm -rf src"}'), FOUND),
        held.of_call(KEY, HERE, call, [*FOUND, Finding("tools", "scope_path", "tool_call[1]")]),
        held.of_call(KEY, HERE, ToolCall("1", "Bash", "not json"), FOUND),
        *(held.of_call(KEY, where, call, FOUND) for where in ELSEWHERE),
    }
    assert len(ids) == 9


def test_p9_a_release_for_one_model_opens_no_other_to_the_same_words() -> None:
    found, blocks = [Finding("markings", "banner", "$.a")], [Block("$.a", "SECRET//NOFORN", Origin.USER)]
    assert len({held.of_texts(KEY, where, blocks, found) for where in (HERE, *ELSEWHERE)}) == 4


def test_a_request_is_known_by_the_texts_in_which_something_was_found() -> None:
    found = [Finding("markings", "banner", "$.a")]
    first = [Block("$.a", "SECRET//NOFORN", Origin.USER)]
    longer = [*first, Block("$.b", "more words", Origin.USER)]
    assert held.of_texts(KEY, HERE, first, found) == held.of_texts(KEY, HERE, longer, found)
    assert held.of_texts(KEY, HERE, [Block("$.a", "SECRET//OTHER", Origin.USER)], found) != held.of_texts(KEY, HERE, first, found)


def test_ids_are_twelve_hex_digits() -> None:
    assert not is_held_id("H-123")
    assert not is_held_id("H-ABCDEF123456")
    assert not is_held_id("123456789012")
