"""What was heard is remembered for its caller, its origin and its version alone, and in bounds."""

from __future__ import annotations

from safeconduct.safeguards.seen import CLEAN, Heard, Seen, key
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding

ANN, BEN = b"a" * 32, b"b" * 32


def block(text: str = "hello", origin: Origin = Origin.USER, path: str = "$.a") -> Block:
    return Block(path, text, origin)


def test_a_text_is_known_by_caller_version_origin_and_words_and_not_by_its_place() -> None:
    one = key(ANN, "v1", block())
    assert key(ANN, "v1", block(path="$.b")) == one
    others = {
        key(BEN, "v1", block()),
        key(ANN, "v2", block()),
        key(ANN, "v1", block("hello!")),
        key(ANN, "v1", block(origin=Origin.DOCUMENT)),
    }
    assert len(others) == 4
    assert one not in others
    assert key(ANN, "v1", block("\ud800"))


def test_what_was_asked_about_longest_ago_is_forgotten_first() -> None:
    seen = Seen(2)
    found = Heard((Finding("misuse", "", "", chance=0.5),))
    seen.put(b"1", CLEAN)
    seen.put(b"2", found)
    assert seen.get(b"1") is CLEAN
    seen.put(b"3", CLEAN)
    assert seen.get(b"2") is None
    assert seen.get(b"1") is CLEAN
    assert len(seen) == 2
