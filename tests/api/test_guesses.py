"""Wrong keys are counted by source and beginning; nobody is locked out for what others tried, and memory is bounded."""

from __future__ import annotations

import pytest

from safeconduct.api import guesses
from safeconduct.api.guesses import A_BEGINNING, A_SOURCE, MINUTE, Guesses
from safeconduct.registry.keys import OFFICER_PREFIX, mint

HERE, THERE = "192.0.2.1", "192.0.2.2"
RIGHT = mint(b"\x80" * 32, OFFICER_PREFIX)


def key(number: int, beginning: str = "guess") -> str:
    return f"{OFFICER_PREFIX}{beginning}{number}"


class Tried:
    def __init__(self) -> None:
        self.now = 0.0
        self.guesses = Guesses(lambda: self.now)

    def guess(self, count: int, source: str = HERE, beginning: str = "guess") -> None:
        for number in range(count):
            self.guesses.wrong(source, key(number, beginning))


def test_guesses_of_one_beginning_end_for_a_minute() -> None:
    at = Tried()
    at.guess(A_BEGINNING - 1)
    assert at.guesses.may(HERE, key(99))
    at.guess(1)
    assert not at.guesses.may(HERE, key(99))
    assert at.guesses.may(THERE, key(99)), "another source"
    assert at.guesses.may(HERE, RIGHT), "another beginning, never seen before"
    at.now = MINUTE
    assert at.guesses.may(HERE, key(99))


def test_a_source_that_tries_hundreds_of_beginnings_is_bounded_and_a_proved_key_is_not() -> None:
    at = Tried()
    at.guesses.right(RIGHT)
    for number in range(A_SOURCE):
        at.guess(1, beginning=f"{number:04}")
    assert not at.guesses.may(HERE, key(1, "fresh"))
    assert at.guesses.may(HERE, RIGHT)
    at.guesses.wrong(HERE, RIGHT)
    assert not at.guesses.may(HERE, RIGHT), "it was replaced, and is a guess like any other"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::9", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
    ],
)
def test_an_ipv6_site_is_one_source(one: str, other: str, same: bool) -> None:
    at = Tried()
    at.guess(A_BEGINNING, one)
    assert at.guesses.may(other, key(0)) is not same


def test_memory_is_bounded_and_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST_COUNTS", 16)
    monkeypatch.setattr(guesses, "MOST_PROVED", 4)
    at = Tried()
    for number in range(40):
        at.guesses.wrong(f"192.0.2.{number}", key(number))
        at.guesses.right(key(number, "right"))
    held = at.guesses._counts, at.guesses._proved
    assert [len(each) for each in held] == [16, 4]
    assert OFFICER_PREFIX not in repr(held)


def test_what_has_no_form_is_turned_away_before_anything_is_read() -> None:
    made = Tried().guesses
    assert made.formed(RIGHT)
    assert not any(made.formed(text) for text in ("", RIGHT[:-1], RIGHT[:-1] + "~", key(1), "sc-key-" + RIGHT[11:]))
