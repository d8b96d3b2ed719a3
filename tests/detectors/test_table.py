"""Tables are whole: every rule has a reader, sane bounds, and a description without quotes of content."""

from __future__ import annotations

from safeconduct.detectors import markings, personal, secrets, table


def test_every_rule_has_a_reader_and_words() -> None:
    readers = {**secrets.READERS, **markings.READERS, **personal.READERS}
    every = [*secrets.load(), *markings.load(), *personal.load()]
    for rule in every:
        assert rule.reader in readers, rule.kind
        assert rule.patterns
        assert rule.said
        assert 0 < rule.least <= rule.most
    assert len({rule.kind for rule in every if rule.detector == "secrets"}) >= 50


def test_prefixes_become_rules_by_length() -> None:
    told = table.rules("secrets", [{"kind": "k", "said": "s", "reader": "token", "prefixes": ["ab_", "abc-", "xy_"]}])
    assert [(rule.behind, len(rule.patterns)) for rule in told] == [(3, 2), (4, 1)]


def test_literals_are_taken_as_they_are() -> None:
    assert table.escaped("a.ö") == b"a\\x2e\\xc3\\xb6"
    assert table.either_case("ä1") == b"(?i:(?:\\xc3\\xa4|\\xc3\\x84)1)"


def test_a_prefix_begins_a_word_or_follows_an_escape() -> None:
    assert table.begins(b"\nsk-", 1)
    assert table.begins(b"\\nsk-", 2)
    assert not table.begins(b"ansk-", 2)
    assert not table.begins(b"task-", 2)
