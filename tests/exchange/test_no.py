"""Every no in words: a sentence, a way forward, a stable code, a status that clients read as meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.exchange import no
from safeconduct.exchange.duties import retained, unmet
from safeconduct.exchange.events import EdgeRefused
from safeconduct.exchange.no import BROKEN, FINAL
from safeconduct.terms.call import Dialect, Refusal
from safeconduct.terms.content import CLASS_DAYS
from safeconduct.terms.decision import Decision, Duty, Effect, Reason
from safeconduct.wire.dialect import of
from safeconduct.wire.strict import Malformed
from support.exchange_world import MYTHOS, OLD, read, scene

PROVIDER_CODES = (
    "upstream_unreachable",
    "upstream_connect_timeout",
    "upstream_first_byte_timeout",
    "upstream_idle_timeout",
    "upstream_pool_full",
    "upstream_unknown",
    "upstream_unreadable",
    "upstream_content_encoding",
    "something new",
)


def _decision(*reasons: Reason, effect: Effect = Effect.DENY) -> Decision:
    return Decision(effect, "m", reasons, "", "", 0)


def _held_by(name: str, value: str) -> Decision:
    found = unmet((Duty(name, value, "terms/rule"),), 0, generates=True)
    assert found is not None
    return _decision(found[1], effect=found[0])


def _under(*values: str) -> Decision:
    duties = tuple(Duty("retain", value, f"terms/{value}") for value in values)
    return replace(_decision(effect=Effect.PERMIT), duties=duties)


def _decided(model: str) -> Decision:
    at = scene()
    return at.view.decide(at.session(), read(Dialect.MESSAGES, model=model), at.now).decision


def _every_no() -> dict[str, Refusal]:
    return {
        "no key": no.unauthenticated("c", presented=False),
        "wrong key": no.unauthenticated("c", presented=True),
        "key ended": no.key_ended("c"),
        "malformed": no.malformed(Malformed("invalid_json", "$", "The request body is not valid JSON.", "Send one object."), "c"),
        "edge": no.edge(EdgeRefused(408, "slow", "Too slow.", "Send faster."), "c"),
        "undecided": no.denied(_decision(), "c", Dialect.CHAT),
        "not found": no.denied(_decided(MYTHOS.id), "c", Dialect.CHAT),
        "withdrawn": no.denied(_decided(OLD.id), "c", Dialect.CHAT),
        "broken rules": no.denied(_decision(BROKEN), "c", Dialect.CHAT),
        "held": no.denied(_held_by("approve", "lead"), "c", Dialect.CHAT),
        "duty": no.denied(_held_by("redact", "names"), "c", Dialect.CHAT),
        "limit": no.denied(_held_by("cap", "max_output_tokens=5"), "c", Dialect.CHAT),
        "unrecorded": no.unrecorded("c"),
        "not kept": no.not_kept("c"),
        "keeping changed": no.keeping_changed("c"),
        "not to be kept": no.denied(retained(_under("standard", "none"), CLASS_DAYS)[0], "c", Dialect.CHAT),
        "no such class": no.denied(retained(_under("a-class-of-nobody"), CLASS_DAYS)[0], "c", Dialect.CHAT),
        "torn": no.torn("c"),
        "draining": no.draining("c"),
        "out of turn": no.out_of_turn("c"),
        **{code: no.upstream(code, "c") for code in PROVIDER_CODES},
    }


EVERY = _every_no()


@pytest.mark.parametrize("name", EVERY)
def test_p12_every_no_says_what_happened_and_what_to_do_next(name: str) -> None:
    refusal = EVERY[name]
    assert refusal.code
    assert refusal.request_id == "c"
    assert refusal.mend.endswith(".")
    assert refusal.sentence.endswith((".", ")")), "a sentence, or one with its place in the body"
    for text in (refusal.sentence, refusal.mend):
        assert text[0].isupper()
        assert text.isprintable()
    assert 400 <= refusal.status < 600


@pytest.mark.parametrize("name", EVERY)
def test_only_a_short_wait_invites_to_try_again(name: str) -> None:
    refusal = EVERY[name]
    assert 0 <= refusal.retry_after <= 5, "a client would sleep through a longer one"
    assert refusal.retry_after == 0 or refusal.status not in FINAL


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("name", EVERY)
def test_p12_every_no_speaks_every_dialect(name: str, dialect: Dialect) -> None:
    refusal = EVERY[name]
    wire = of(dialect)
    for said in (wire.refusal(refusal, stream=False).body, wire.cut(refusal, wire.stream_reader().facts)):
        assert refusal.mend.encode() in said.replace(b'\\"', b'"')
        assert refusal.code.encode() in said


def test_an_unknown_name_is_not_found_but_for_claude_code_which_would_ask_twice() -> None:
    decision = _decided("nothing-1")
    statuses = {dialect: no.denied(decision, "c", dialect).status for dialect in Dialect}
    assert statuses == {Dialect.MESSAGES: 403, Dialect.CHAT: 404, Dialect.RESPONSES: 404}


def test_the_first_reason_speaks() -> None:
    first, second = Reason("first", "One.", "Do."), Reason("second", "Two.", "Try.")
    refusal = no.denied(_decision(first, second), "c", Dialect.CHAT)
    assert (refusal.status, refusal.code, refusal.sentence, refusal.mend) == (403, "first", "One.", "Do.")


def test_p1_a_permit_with_errors_is_no_reason_to_let_anything_pass() -> None:
    permit = replace(_decision(Reason("permitted", "Yes.")), effect=Effect.PERMIT, errors=("an error",))
    refusal = no.denied(permit, "c", Dialect.CHAT)
    assert (refusal.status, refusal.code) == (403, "decision_failed")


def test_a_body_that_is_too_large_says_so_by_its_status() -> None:
    assert no.malformed(Malformed("too_large", "$", "Too large.", "Send less."), "c").status == 413
    assert EVERY["malformed"].status == 400


def test_p11_no_sentence_about_a_provider_repeats_what_it_sent() -> None:
    assert no.upstream("something new", "c").sentence == "The model provider broke the connection or sent an unreadable answer."
