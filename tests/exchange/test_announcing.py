"""What the watch hears of a call: ids, counts and features, never a word of anybody."""

from __future__ import annotations

import msgspec

from safeconduct.exchange.events import BodyArrived, ClientGone, HeadArrived, Recorded, UpstreamBody, UpstreamHead
from safeconduct.terms.signals import CallSignal, Features, Scored, Seen
from support.exchange_play import JSON, MESSAGES, Play, forwarded, play
from support.exchange_world import FABLE, STRANGER, Scene, request, scene

MARKS = ("c" * 16, "n" * 16, "s" * 16)


def _told(conversation: Play) -> CallSignal:
    (signal,) = conversation.announced
    return signal


def _refused(at: Scene, model: str) -> CallSignal:
    conversation = play(at)
    for event in (HeadArrived(at.ann, 10, (), "", b"", MARKS), BodyArrived(request(MESSAGES, model=model)), Recorded()):
        conversation >> event
        conversation.waiting.clear()
    return _told(conversation)


def test_a_served_call_is_told_with_whom_and_what() -> None:
    at = scene()
    conversation = forwarded(at)
    conversation >> UpstreamHead(200, JSON, False)
    body = b'{"type":"message","model":"fable-served","stop_reason":"refusal","usage":{"input_tokens":7,"output_tokens":5}}'
    conversation >> UpstreamBody(body)
    told = _told(conversation)
    assert (told.person, told.organization, told.key) == ("ann", "acme", at.session().standing.credential)
    assert (told.model, told.requested, told.tier) == (FABLE.id, FABLE.id, "frontier")
    assert (told.outcome, told.tokens_in, told.tokens_out, told.refused) == ("served", 7, 5, True)
    assert told.text_bytes == len(request(MESSAGES))


def test_marks_come_from_the_door_and_survive_to_the_end() -> None:
    conversation = play(scene_ := scene()) >> HeadArrived(scene_.ann, 10, (), "", b"", MARKS)
    conversation >> ClientGone()
    told = _told(conversation)
    assert (told.client, told.net, told.session) == MARKS
    assert (told.outcome, told.model) == ("disconnected", "")


def test_p8_a_name_that_the_catalog_does_not_have_is_told_as_a_hash_that_tells_names_apart() -> None:
    at = scene()
    first, again, other = (_refused(at, name) for name in ("secret-model-x", "secret-model-x", "secret-model-y"))
    assert first.code == "model_not_found"
    assert first.requested.startswith("?")
    assert b"secret-model" not in msgspec.msgpack.encode(first)
    assert first.requested == again.requested != other.requested


def test_p8_no_word_of_the_request_is_in_its_signal() -> None:
    at = scene()
    conversation = play(at) >> HeadArrived(at.ann, 10, ((b"user-agent", b"canary-agent"),), "canary-session", b"", MARKS)
    conversation >> BodyArrived(request(MESSAGES, messages=[{"role": "user", "content": "canary-content"}]))
    conversation.waiting.clear()
    conversation >> ClientGone()
    assert b"canary" not in msgspec.msgpack.encode(_told(conversation))


def test_a_stranger_is_not_told() -> None:
    conversation = play(scene()) >> HeadArrived(STRANGER, 10, ())
    assert conversation.announced == []


def test_what_was_scored_before_the_end_is_told() -> None:
    conversation = forwarded(scene())
    seen = (Seen("secrets", "aws", "request", 2),)
    features = Features(sketch=b"s" * 64, shingles=(1, 2), language="de", text_bytes=9)
    conversation.exchange._trace = msgspec.structs.replace(
        conversation.exchange._trace, scored=Scored(features, 0.01, 0.2, seen), action="redact", justified=True
    )
    conversation >> ClientGone()
    told = _told(conversation)
    assert (told.misuse, told.injection, told.seen, told.action, told.justified) == (0.01, 0.2, seen, "redact", True)
    assert (told.sketch, told.shingles, told.language, told.text_bytes) == (b"s" * 64, (1, 2), "de", 9)
