"""Topics that are new for a person."""

from __future__ import annotations

from random import Random

from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.novelty import see
from safeconduct.watch.subject import fresh
from support.watching import MONDAY, call


def sketch(topic: int, rnd: Random) -> bytes:
    base = Random(topic)
    return bytes((base.randrange(-90, 90) + rnd.randrange(-20, 20)) % 256 for _ in range(64))


def heaviest(topics: list[int]) -> float:
    subject, rnd, most = fresh("person/ann", MONDAY), Random(1), 0.0
    for number, topic in enumerate(topics):
        seen = see(subject, call(MONDAY + number, sketch=sketch(topic, rnd)), team("code"))
        subject.calls += 1
        most = max(most, seen.weight if seen else 0.0)
    return most


def test_a_turn_to_many_new_topics_is_said_and_weighs_little() -> None:
    assert 0.5 <= heaviest([number % 3 for number in range(100)] + list(range(100, 120))) <= 1.3


def test_one_new_topic_that_is_stayed_with_is_a_new_task() -> None:
    assert heaviest([number % 3 for number in range(100)] + [50] * 60) == 0.0


def test_a_newcomer_has_no_topics_yet() -> None:
    assert heaviest(list(range(40))) == 0.0


def test_calls_without_a_sketch_say_nothing() -> None:
    assert see(fresh("person/ann", MONDAY), call(), team("code")) is None
