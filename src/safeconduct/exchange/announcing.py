"""What does the watch hear of a call that ended? Makes the signal from what the machine knows: ids, counts and features.

INVARIANT: P8 - no signal holds content or a name that a caller chose: a model's name stands in it only where the catalog has it,
and any other as a hash under the caller's own key.
"""

from __future__ import annotations

from typing import Final

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallEnded
from safeconduct.exchange.sessions import Resolved, Session
from safeconduct.exchange.trace import Trace
from safeconduct.terms.call import AnswerFacts
from safeconduct.terms.signals import CallSignal, Scored

MARK_BYTES: Final = 8  # as long as other marks in signals


def signal(session: Session, resolved: Resolved | None, trace: Trace, entry: CallEnded, facts: AnswerFacts | None) -> CallSignal:
    """The signal of a call whose outcome is ``entry``. ``resolved`` is None where nothing was decided about it."""
    standing = session.standing
    model = resolved.model if resolved is not None else None
    client, net, own_session = trace.marks
    scored = trace.scored or _NOT_SCORED
    features = scored.features
    return CallSignal(
        at=entry.at,
        call=entry.call,
        person=standing.person,
        agent=standing.agents[0] if standing.agents else "",
        key=standing.credential,
        organization=standing.organization,
        project=standing.project,
        purpose=standing.purpose,
        model=model.id if model is not None else "",
        tier=model.tier if model is not None else "",
        requested=_requested(session, resolved),
        outcome=entry.outcome.value,
        code=entry.code,
        refused=facts is not None and facts.refused,
        client=client,
        net=net,
        session=own_session,
        text_bytes=features.text_bytes or trace.text_bytes,
        tokens_in=max(0, entry.tokens_in),
        tokens_out=max(0, entry.tokens_out),
        tools=trace.tools,
        language=features.language,
        sketch=features.sketch,
        shingles=features.shingles,
        misuse=scored.misuse,
        injection=scored.injection,
        seen=scored.seen,
        action=trace.action,
        justified=trace.justified,
        repeats=scored.repeats,
    )


def _requested(session: Session, resolved: Resolved | None) -> str:
    if resolved is None:
        return ""
    name = resolved.requested or resolved.question[0]
    if resolved.model is not None:
        return name
    return "?" + commitment.mac(session.subject_key, name.encode("utf-8", "replace"))[:MARK_BYTES].hex()


_NOT_SCORED: Final = Scored()
