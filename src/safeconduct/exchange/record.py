"""What does the log say about a call? Makes the two entries of a call from what the machine knows.

Everything that stays the same while a decision is remembered is put together once, as a template; a call copies it and fills
in what is its own. No entry holds content or a name: the body, unknown model names and session ids are salted commitments (P8).
"""

from __future__ import annotations

import copy
from hashlib import sha256

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, clip
from safeconduct.exchange import no
from safeconduct.exchange.sessions import Resolved, Session
from safeconduct.policy.measures import THROTTLED
from safeconduct.policy.schema import SCHEMA_HASH
from safeconduct.terms.call import AnswerFacts, CallView
from safeconduct.terms.moments import Moment

HELD_HASH = 2047  # bytes; hashing more in one go lets go of the interpreter lock, which costs more than it gives for small bodies
SMALL = 32 * 1024
MAX_TEMPLATES = 64


def decision(
    call_id: str, call: CallView, session: Session, resolved: Resolved, session_id: str, version: int, now: Moment
) -> CallDecided:
    """The entry that opens a call: what was decided, from what. ``version`` is the last registry change seen."""
    key = session.subject_key
    entry = copy.copy(_template(session, resolved))
    entry.at = now
    entry.call = call_id
    entry.registry_version = version
    entry.body_length = len(call.body)
    entry.request_commitment = _commit(key, call_id, "request_sha256", _hash(call.body))
    if resolved.model is None:
        entry.requested_commitment = _commit(key, call_id, "requested", call.model)
    if session_id:
        entry.session_commitment = _commit(key, call_id, "session", session_id)
    return entry


def not_kept(entry: CallDecided) -> CallDecided:
    """The same entry as a no, because what a duty asks to be kept could not be kept."""
    entry.effect = "deny"
    entry.reasons = (no.NOT_KEPT, *entry.reasons)
    entry.kept_class = entry.kept_place = entry.kept_sha256 = ""
    return entry


def stopped(entry: CallDecided, code: str, effect: str = "deny") -> CallDecided:
    """The same entry as a no, because of what detectors found in the request or because they could not look.

    What the policy said stays behind the new reason; a replay takes everything away again that is about content (``inspected``).
    """
    entry.effect = effect
    entry.reasons = (code, *entry.reasons)
    return entry


def inspected(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Reasons without those that follow from content, or from how many calls there were; no replay can see either."""
    own = (no.NOT_KEPT, no.JUSTIFY, THROTTLED)
    return tuple(code for code in reasons if code not in own and not code.startswith("safeguard_"))


def justification(session: Session, call_id: str, words: str) -> str:
    """The commitment to why a caller says that something is needed."""
    return _commit(session.subject_key, call_id, "justification", words)


def outcome(call_id: str, how: Outcome, code: str, arrived: Moment, now: Moment, facts: AnswerFacts | None) -> CallEnded:
    """The entry that closes a call, without what only the machine knows (status, bytes, first byte, forwarded)."""
    if facts is None:
        return CallEnded(at=now, call=call_id, outcome=how, code=clip(code), duration_us=max(0, now - arrived))
    return CallEnded(
        at=now,
        call=call_id,
        outcome=how,
        code=clip(code),
        duration_us=max(0, now - arrived),
        served_model=clip(facts.served_model),
        stop_reason=clip(facts.stop_reason),
        tokens_in=facts.input_tokens,
        tokens_out=facts.output_tokens,
        tokens_cached=facts.cached_tokens,
        tool_calls=facts.tool_calls,
    )


def _template(session: Session, resolved: Resolved) -> CallDecided:
    template = session.templates.get(id(resolved))
    if template is not None and template[0] is resolved:
        return template[1]
    standing, made, model = session.standing, resolved.decision, resolved.model
    asked, dialect, operation, stream = resolved.question[:4]
    name = resolved.requested or asked
    entry = CallDecided(
        at=0,
        call="",
        caller=standing.leaf_pseudonym,
        organization=standing.organization,
        project=standing.project,
        dialect=str(dialect),
        operation=str(operation),
        stream=stream,
        requested="" if model is None else name,
        resolved="" if model is None else model.id,
        provider="" if model is None else model.upstream,
        effect=resolved.effect,
        reasons=resolved.reason_codes,
        rules=made.rules,
        duties=resolved.duty_texts,
        context=resolved.context_texts,
        policy_hash=made.policy_hash,
        standing_hash=made.standing_hash,
        schema_hash=SCHEMA_HASH,
        fallback_from=resolved.instead_of,
        measures=made.measures,
        rehearsed=made.rehearsed,
    )
    if len(session.templates) >= MAX_TEMPLATES:
        session.templates.clear()
    session.templates[id(resolved)] = (resolved, entry)
    return entry


def _hash(body: bytes) -> str:
    if len(body) <= HELD_HASH or len(body) > SMALL:
        return sha256(body).hexdigest()
    state = sha256()
    for at in range(0, len(body), HELD_HASH):
        state.update(body[at : at + HELD_HASH])
    return state.hexdigest()


def _commit(key: bytes, call_id: str, name: str, value: str) -> str:
    return commitment.commit(commitment.salt(key, call_id, name), name, value)
