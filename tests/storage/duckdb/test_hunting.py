"""Hunts go through signals day by day: every indicator, crashes in between, and hostile words."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from safeconduct.inquiry.hunt import Condition, Example, Fingerprint, Hunt, Seen, Shape
from safeconduct.storage.duckdb.hunting import Hunting
from safeconduct.terms.signals import Seen as SeenThere
from support.hunts import BIG, DAY, START, found, kept, signal


def test_a_fingerprint_is_found_where_enough_is_shared(tmp_path: Path) -> None:
    history = kept(
        tmp_path,
        [
            signal(1, shingles=(1, 2, 3, BIG)),
            signal(2, "bea", shingles=(1, 9, 10)),
            signal(3, "bea", day=2, shingles=(2, 3, BIG)),
            signal(4, agent="bot", shingles=(1, 2, BIG)),
        ],
    )
    assert found(tmp_path, history, Fingerprint((1, 2, 3, BIG), 3)) == {"person/ada": 1, "person/bea": 1, "agent/bot": 1}
    assert found(tmp_path, history, Fingerprint((1, 2, 3, BIG), 4)) == {"person/ada": 1}


def test_an_example_finds_what_is_about_the_same(tmp_path: Path) -> None:
    chance = random.Random(1)
    here = bytes(chance.randrange(256) for _ in range(64))
    near = bytes((each + 1) % 256 if each not in (127, 255) else each for each in here)
    history = kept(
        tmp_path,
        [signal(1, sketch=near), signal(2, "bea", sketch=bytes(64)), signal(3, "cid"), signal(4, "dan", sketch=here[::-1])],
    )
    assert found(tmp_path, history, Example(here, 0.9)) == {"person/ada": 1}


def test_what_a_detector_saw_is_found_by_kind_and_direction(tmp_path: Path) -> None:
    saw = (SeenThere("secrets", "aws_access_key", "request", 1), SeenThere("markings", "cui", "answer", 2))
    history = kept(tmp_path, [signal(1, seen=saw), signal(2, "bea")])
    assert found(tmp_path, history, Seen("secrets")) == {"person/ada": 1}
    assert found(tmp_path, history, Seen("secrets", "aws_access_key", "request")) == {"person/ada": 1}
    assert found(tmp_path, history, Seen("secrets", direction="answer")) == {}
    assert found(tmp_path, history, Seen("markings", "secret")) == {}


def test_a_shape_of_behavior_is_put_together_over_days(tmp_path: Path) -> None:
    signals = [signal(n, day=n % 3, hour=2, model=f"m-{n % 4}", refused=n % 2 == 0) for n in range(24)]
    signals += [signal(100 + n, "bea", day=n % 3) for n in range(24)]
    history = kept(tmp_path, signals)
    night = Shape((Condition("calls", 24), Condition("days", 3, 3), Condition("night_share", 0.9), Condition("models", 4)))
    assert set(found(tmp_path, history, night)) == {"person/ada"}
    assert set(found(tmp_path, history, Shape((Condition("refusal_share", at_most=0.1),)))) == {"person/bea"}
    assert set(found(tmp_path, history, Shape((Condition("busiest_hour", 8),)))) == {"person/ada", "person/bea"}


def test_time_organization_and_model_bound_a_hunt(tmp_path: Path) -> None:
    history = kept(tmp_path, [signal(1, day=0), signal(2, "bea", day=5)])
    every = Shape((Condition("calls", 1),))
    assert set(found(tmp_path, history, every, until=START + DAY)) == {"person/ada"}
    assert found(tmp_path, history, every, organizations=("globex",)) == {}
    assert set(found(tmp_path, history, every, models=("m-1", "m-2"))) == {"person/ada", "person/bea"}


def test_a_hunt_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    history = kept(tmp_path, [signal(n, day=n % 5, shingles=(1, 2)) for n in range(50)])
    hunt = Hunt("h-1", Fingerprint((1, 2), 2), 0)
    first = Hunting(history, tmp_path / "p", hunt)
    walk = first.run()
    done = [next(walk), next(walk)]
    first.close()
    (tmp_path / "p" / f"{first.days()[2]}.new").write_bytes(b"half a file")  # struck while writing
    again = Hunting(history, tmp_path / "p", hunt)
    rest = list(again.run())
    assert done + rest == again.days()
    (one,) = again.found()
    assert (one.who, one.hits, len(one.calls)) == ("person/ada", 50, 20)
    again.close()


@pytest.mark.parametrize("word", ["'; DROP TABLE found; --", "$files", "\x00", "x' OR 1=1 --", "\N{ROMAN NUMERAL ONE}"])
def test_words_of_a_hunt_are_never_part_of_a_statement(tmp_path: Path, word: str) -> None:
    history = kept(tmp_path, [signal(1, seen=(SeenThere("secrets", "k", "request", 1),))])
    assert found(tmp_path, history, Seen(f"of-a-plugin {word}", word)) == {}
    assert found(tmp_path, history, Seen("secrets"), organizations=(word,)) == {}


def test_many_days_give_the_same_as_counting_by_hand(tmp_path: Path) -> None:
    chance = random.Random(7)
    signals = [
        signal(n, f"p{chance.randrange(6)}", day=chance.randrange(7), shingles=tuple(chance.sample(range(12), 4)))
        for n in range(400)
    ]
    wanted = {1, 3, 5, 7}
    by_hand = Counter(f"person/{each.person}" for each in signals if len(wanted & set(each.shingles)) >= 2)
    assert found(tmp_path, kept(tmp_path, signals), Fingerprint(tuple(wanted), 2)) == dict(by_hand)
