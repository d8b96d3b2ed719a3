"""The two entries of a call: complete, without content, and never one call's words in another's entry."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import commitment
from safeconduct.audit.entries import MAX_TEXT, CallDecided, Outcome, decode, encode
from safeconduct.exchange import record
from safeconduct.exchange.duties import judged
from safeconduct.office import acts
from safeconduct.terms.call import AnswerFacts, Dialect, Operation
from support.exchange_world import COMMITMENT_KEY, FABLE, HELD, MYTHOS, Scene, read, scene
from support.tree import ROOT

MESSAGES = Dialect.MESSAGES


def _decided(at: Scene, name: str = "call_1", session_id: str = "", **fields: Any) -> CallDecided:
    session, call = at.session(), read(MESSAGES, **fields)
    return record.decision(name, call, session, at.view.decide(session, call, at.now), session_id, at.view.version, at.now)


def _opens(at: Scene, entry: CallDecided, field: str, name: str, value: str) -> bool:
    """Whether a commitment of the entry can be opened by whoever holds the master key, and says this."""
    standing = at.session().standing
    key = commitment.subject_key(COMMITMENT_KEY, standing.leaf_pseudonym, standing.handle)
    return commitment.opens(getattr(entry, field), commitment.salt(key, "call_1", name), name, value)


def test_the_decision_entry_says_what_was_decided_from_what() -> None:
    at = scene()
    entry = _decided(at, model="fable", stream=True)
    resolved = at.view.decide(at.session(), read(MESSAGES, model="fable", stream=True), at.now)
    assert (entry.at, entry.call, entry.effect, entry.reasons) == (at.now, "call_1", "permit", ("permitted",))
    assert (entry.requested, entry.resolved, entry.dialect, entry.operation, entry.stream) == (
        "fable",
        FABLE.id,
        "messages",
        "generate",
        True,
    )
    assert (entry.organization, entry.caller) == ("acme", at.session().standing.leaf_pseudonym)
    assert (entry.requested_commitment, entry.session_commitment) == ("", ""), "there was nothing to commit to"
    assert (entry.policy_hash, entry.standing_hash) == (resolved.decision.policy_hash, at.session().standing.hash)
    assert (entry.registry_version, entry.rules) == (len(at.world.changes), ("terms/everyone",))


def test_the_entry_says_which_upstream_the_model_lives_at() -> None:
    at = scene()
    assert (_decided(at, model="fable").provider, _decided(at, model="nothing-11111").provider) == (FABLE.upstream, "")


def test_it_goes_through_the_log_unchanged() -> None:
    entry = _decided(scene(), session_id="s", fallbacks=[{"model": MYTHOS.id}])
    assert decode(encode(entry)) == entry


def test_p8_body_name_and_session_are_only_committed_to() -> None:
    at = scene()
    entry = _decided(at, session_id="my-session", model="my-secret-model")
    call = read(MESSAGES, model="my-secret-model")
    assert _opens(at, entry, "request_commitment", "request_sha256", hashlib.sha256(call.body).hexdigest())
    assert _opens(at, entry, "requested_commitment", "requested", "my-secret-model")
    assert _opens(at, entry, "session_commitment", "session", "my-session")
    assert (entry.requested, entry.resolved) == ("", "")
    text = encode(entry)
    assert not [word for word in (b"secret", b"my-session", "Grüße".encode(), b"ann") if word in text]


def test_p8_two_unknown_names_differ_in_commitments_alone() -> None:
    at = scene()
    one, other = (msgspec.to_builtins(_decided(at, model=name)) for name in ("nothing-11111", "nothing-22222"))
    differ = {name for name in one if one[name] != other[name]}
    assert differ == {"request_commitment", "requested_commitment"}


def test_the_same_words_commit_differently_in_every_call() -> None:
    at = scene()
    first, second = (_decided(at, name, session_id="s") for name in ("call_1", "call_2"))
    assert first.request_commitment != second.request_commitment
    assert first.session_commitment != second.session_commitment


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([FABLE.id, "fable", MYTHOS.id, HELD.id, "nothing-1"]),
            st.booleans(),
            st.sampled_from(["", "session-1"]),
            st.sampled_from([None, "Hello"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_an_entry_from_memory_is_the_entry_made_anew(calls: list[tuple[str, bool, str, str | None]]) -> None:
    for index, (model, stream, session_id, system) in enumerate(calls):
        fields: dict[str, Any] = {"model": model, "stream": stream, "system": system}
        name = f"call_{index}"
        fresh = scene()
        assert _decided(_SHARED, name, session_id, **fields) == _decided(fresh, name, session_id, **fields)


_SHARED = scene()


def test_what_is_remembered_for_entries_is_bounded_and_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MAX_TEMPLATES", 3)
    at = scene()
    session = at.session()
    for index in range(12):
        call = read(MESSAGES, model=HELD.id)
        resolved = judged(at.view.decide(session, call, at.now), 1)  # a new object for every call
        entry = record.decision(f"call_{index}", call, session, resolved, "", at.view.version, at.now)
        assert (entry.call, entry.effect, entry.reasons) == (f"call_{index}", "hold", ("held", "permitted"))
        assert len(session.templates) <= 3


def test_a_held_call_is_recorded_with_what_was_granted_and_what_stood_in_the_way() -> None:
    at = scene()
    call = read(MESSAGES, model=HELD.id)
    resolved = judged(at.view.decide(at.session(), call, at.now), 500)
    entry = record.decision("call_1", call, at.session(), resolved, "", at.view.version, at.now)
    assert (entry.effect, entry.duties, entry.rules) == ("hold", ("approve=lead@terms/held",), ("terms/held",))


def test_what_was_decided_about_is_in_the_entry() -> None:
    at = scene()
    call = read(Dialect.RESPONSES, previous_response_id="resp_1")
    resolved = at.view.decide(at.session(), call, at.now)
    entry = record.decision("call_1", call, at.session(), resolved, "", at.view.version, at.now)
    assert (entry.context, entry.effect, entry.dialect) == (("foreign=resp_1",), "deny", "responses")
    counting = read(MESSAGES, Operation.COUNT_TOKENS)
    resolved = at.view.decide(at.session(), counting, at.now)
    assert record.decision("call_1", counting, at.session(), resolved, "", at.view.version, at.now).operation == "count_tokens"


def test_a_change_of_the_registry_shows_in_the_next_entry() -> None:
    at = scene()
    before = _decided(at)
    at.act(acts.Suspend("person", "ann", "theft"))
    after = _decided(at)
    assert (after.effect, after.registry_version) == ("deny", before.registry_version + 1)
    assert after.standing_hash != before.standing_hash


@pytest.mark.parametrize("size", [2046, 2047, 2048, 4094, 4095, 32 * 1024, 32 * 1024 + 1, 100_000])
def test_the_hash_of_a_body_is_its_sha256_at_every_size(size: int) -> None:
    at = scene()
    call = read(MESSAGES, system="x" * (size - len(read(MESSAGES, system="").body)))
    assert len(call.body) == size
    entry = record.decision("call_1", call, at.session(), at.view.decide(at.session(), call, at.now), "", at.view.version, at.now)
    assert _opens(at, entry, "request_commitment", "request_sha256", hashlib.sha256(call.body).hexdigest())
    assert entry.body_length == len(call.body)


def test_an_outcome_without_an_answer_knows_no_tokens() -> None:
    entry = record.outcome("call_1", Outcome.REFUSED, "too_large", 1_000, 4_000, None)
    assert (entry.call, entry.at, entry.outcome, entry.code, entry.duration_us) == (
        "call_1",
        4_000,
        Outcome.REFUSED,
        "too_large",
        3_000,
    )
    assert (entry.served_model, entry.tokens_in, entry.tokens_out, entry.tool_calls) == ("", -1, -1, 0)


def test_an_outcome_holds_the_facts_of_the_answer_and_clips_what_is_not_ours() -> None:
    facts = AnswerFacts("m" * 5_000, "resp_1", "s" * 5_000, 1, 2, 3, 4)
    entry = record.outcome("call_1", Outcome.SERVED, "c" * 5_000, 5_000, 4_000, facts)
    assert (len(entry.served_model), len(entry.stop_reason), len(entry.code)) == (MAX_TEXT,) * 3
    assert (entry.tokens_in, entry.tokens_out, entry.tokens_cached, entry.tool_calls) == (1, 2, 3, 4)
    assert entry.duration_us == 0, "a clock that was set back makes no negative time"
    assert b"resp_1" not in encode(entry)


def test_the_entry_says_by_which_schema_conditions_were_read_and_claims_no_look_that_nobody_took() -> None:
    at = scene()
    entry = _decided(at)
    published = hashlib.sha256((ROOT / "docs" / "schema" / "safeconduct.cedarschema").read_bytes()).hexdigest()
    assert entry.schema_hash == published
    assert (entry.detectors, entry.scanned_blocks, entry.scanned_bytes) == ((), 0, 0)
    assert (entry.kept_class, entry.kept_place, entry.kept_sha256) == ("", "", "")
