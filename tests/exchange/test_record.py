"""Entries about calls hold pseudonyms and commitments, and nothing that somebody said."""

from __future__ import annotations

from hashlib import sha256

import pytest

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided, Outcome, encode
from safeconduct.exchange import record
from safeconduct.exchange.view import Session
from safeconduct.terms.call import AnswerFacts, CallView, Dialect, Operation, Selections
from support.exchange_world import FABLE, Scene, scene

SECRET = "the plan is under the red lantern"


def view_of(model: str, text: str = SECRET) -> CallView:
    body = f'{{"model":"{model}","max_tokens":5,"messages":[{{"role":"user","content":"{text}"}}]}}'.encode()
    return CallView(Dialect.MESSAGES, Operation.GENERATE, body, {}, model, False, Selections(), 5)


def entry_of(place: Scene, call: CallView, session_id: str = "session-1", call_id: str = "call_1") -> tuple[CallDecided, Session]:
    session = place.session()
    resolved = place.view.decide(session, call, place.now)
    return record.decision(call_id, call, session, resolved, session_id, place.now), session


def test_a_commitment_opens_with_the_salt_and_nothing_else() -> None:
    place = scene()
    call = view_of(FABLE.id)
    entry, session = entry_of(place, call)
    salt = commitment.salt(session.subject_key, "call_1", "request_sha256")
    assert commitment.opens(entry.request_commitment, salt, "request_sha256", sha256(call.body).hexdigest())
    other = commitment.salt(session.subject_key, "call_2", "request_sha256")
    assert not commitment.opens(entry.request_commitment, other, "request_sha256", sha256(call.body).hexdigest())


def test_p8_no_entry_holds_what_was_said_or_who_said_it() -> None:
    place = scene()
    for model in (FABLE.id, "secret-model-name"):
        data = encode(entry_of(place, view_of(model), session_id="my-session")[0])
        for word in (SECRET, "secret-model-name", "my-session", "ann", "Ann Example"):
            assert word.encode() not in data


def test_two_calls_share_a_template_and_nothing_else() -> None:
    place = scene()
    one, session = entry_of(place, view_of(FABLE.id, "one"), call_id="call_1")
    two, _ = entry_of(place, view_of(FABLE.id, "two"), session_id="", call_id="call_2")
    assert len(session.templates) == 1
    assert (one.call, two.call) == ("call_1", "call_2")
    assert one.request_commitment != two.request_commitment
    assert one.session_commitment
    assert not two.session_commitment
    assert (one.caller, one.resolved, one.effect) == (two.caller, two.resolved, two.effect)


@pytest.mark.parametrize("size", [0, 10, 2047, 2048, 5000, 32 * 1024, 32 * 1024 + 1, 100_000])
def test_a_body_hashes_the_same_in_one_go_and_in_pieces(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    assert record._hash(body) == sha256(body).hexdigest()


def test_an_outcome_clips_what_a_provider_says() -> None:
    facts = AnswerFacts(served_model="m" * 5000, stop_reason="end_turn", input_tokens=3)
    entry = record.outcome("call_1", Outcome.SERVED, "", 5, 9, facts)
    assert (len(entry.served_model), entry.stop_reason, entry.tokens_in, entry.duration_us) == (256, "end_turn", 3, 4)
    assert record.outcome("call_1", Outcome.REFUSED, "code", 9, 5, None).duration_us == 0
