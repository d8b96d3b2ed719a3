"""How long entries wait, and when that is worth a word."""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import SECOND
from safeconduct.workers.merging import Alarm, Status, Waiting, together


def entry(at: int) -> bytes:
    return msgspec.json.encode({"at": at, "type": "any"})


def test_the_oldest_of_all_writers_counts_until_it_is_signed() -> None:
    waiting = Waiting()
    waiting.look(0)
    waiting.take("b", entry(3 * SECOND))
    waiting.take("a", entry(2 * SECOND))
    waiting.take("a", b"not read again")
    waiting.look(10 * SECOND)
    waiting.look(9 * SECOND)
    assert (waiting.told(), waiting.told()) == (8 * SECOND, 0)
    waiting.signed()
    waiting.look(20 * SECOND)
    assert waiting.told() == 0
    waiting.take("a", entry(19 * SECOND))
    waiting.look(20 * SECOND)
    assert waiting.told() == SECOND


def test_what_waited_while_no_keeper_ran_counts_from_its_start() -> None:
    waiting = Waiting()
    waiting.take("a", entry(0))
    waiting.look(86_400 * SECOND)
    assert waiting.told() == 0
    waiting.look(86_401 * SECOND)
    assert waiting.told() == SECOND


def test_shards_are_told_as_one() -> None:
    one = Status(size=5, signed_size=5, integrated_at=20, signed_at=3, at=20, waited=1)
    two = Status(size=7, signed_size=-1, integrated_at=10, signed_at=8, at=20, waited=4)
    assert together([one, two], 21) == Status(size=12, signed_size=5, integrated_at=10, signed_at=8, at=21, waited=4)
    assert together([one], 21).signed_at == 3
    assert together([], 21) == Status(size=0, signed_size=0, integrated_at=21, signed_at=21, at=21)


def test_an_alarm_is_given_once_and_taken_back_once() -> None:
    said: list[str] = []
    alarm = Alarm(10 * SECOND, said.append)
    for waited in (10, 11, 60, 10, 2, 0):
        alarm.hear(waited * SECOND)
    assert len(said) == 2
    assert "11.0 s" in said[0]
    assert "10 s are promised" in said[0]
    assert "caught up" in said[1]
