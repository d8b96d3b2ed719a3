"""What one request may choose is bounded before it costs a look-up, a decision or an entry."""

from __future__ import annotations

import json

import pytest

from safeconduct.exchange.bounds import MAX_FALLBACKS, MAX_THINGS, asked, bounded
from safeconduct.exchange.commands import RecordDecision, SendAnswer
from safeconduct.exchange.events import BodyArrived
from safeconduct.terms.call import Dialect, Selections
from safeconduct.wire.names import MAX_NAME, canonical_candidate
from safeconduct.wire.strict import Malformed
from support.exchange_play import head, play
from support.exchange_world import FABLE, read, request, scene

MESSAGES = Dialect.MESSAGES


def many(count: int) -> frozenset[str]:
    return frozenset(f"file_{number}" for number in range(count))


@pytest.mark.parametrize(
    ("picked", "code"),
    [
        (Selections(fallbacks=("a",) * MAX_FALLBACKS, resources=many(MAX_THINGS)), ""),
        (Selections(fallbacks=("a",) * (MAX_FALLBACKS + 1)), "too_many_fallbacks"),
        (Selections(resources=many(MAX_THINGS + 1)), "too_many_selections"),
        (Selections(hosts=many(MAX_THINGS), resources=frozenset({"x"})), "too_many_selections"),
    ],
)
def test_more_than_can_be_decided_and_recorded_is_refused(picked: Selections, code: str) -> None:
    if not code:
        bounded(picked)
        return
    with pytest.raises(Malformed) as refused:
        bounded(picked)
    assert refused.value.code == code


def test_a_request_of_very_many_stored_things_is_refused_before_one_is_looked_up() -> None:
    at = scene()
    looked: list[str] = []
    at.view._owner_of = looked.append  # type: ignore[assignment]
    blocks = [{"type": "document", "source": {"type": "file", "file_id": name}} for name in sorted(many(MAX_THINGS + 1))]
    body = request(MESSAGES, messages=[{"role": "user", "content": blocks}])
    call = play(at, MESSAGES) >> head(at.ann)
    from_machine = call.exchange.step(BodyArrived(body), at.now)
    assert not [command for command in from_machine if isinstance(command, RecordDecision)]
    (answer,) = [command.answer for command in from_machine if isinstance(command, SendAnswer)]
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "too_many_selections"
    assert not looked


def test_a_request_that_repeats_one_fallback_for_ever_is_refused_before_a_decision() -> None:
    at = scene()
    body = request(MESSAGES, fallbacks=[{"model": FABLE.id}] * 2_000)
    asked_for = (play(at, MESSAGES) >> head(at.ann)).exchange.step(BodyArrived(body), at.now)
    assert not [command for command in asked_for if isinstance(command, RecordDecision)]


def test_a_name_too_long_to_mean_anything_is_not_kept_in_memory() -> None:
    at = scene()
    session = at.session()
    at.view.decide(session, read(MESSAGES, model=FABLE.id + "x" * 1_000_000), at.now)
    assert all(len(question[0]) <= MAX_NAME + 1 for question in session.decisions)


@pytest.mark.parametrize("length", [1, MAX_NAME, MAX_NAME + 1, 10_000])
def test_cutting_a_name_never_makes_it_mean_something(length: int) -> None:
    name = "m" * length
    assert canonical_candidate(asked(name)) == canonical_candidate(name)
