"""What does the watch hear of a call that ended? Makes the signal from what the machine knows: ids, counts and features.

INVARIANT: P8 - no signal holds content or a name that a caller chose: a model's name stands in it only where the catalog has it,
and any other as a hash under the caller's own key.
"""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallEnded, clip
from safeconduct.exchange.sessions import Resolved, Session
from safeconduct.terms.call import AnswerFacts, CallView
from safeconduct.terms.signals import CallSignal, Scored

MOST_TOOLS: Final = 32
TOOL_CHARACTERS: Final = 64
MARK_BYTES: Final = 8  # as long as other marks in signals


class Trace(msgspec.Struct, frozen=True):
    """What is learned about a call on its way for the watch alone. ``marks`` as ``events.HeadArrived`` has them.

    ``scored`` is what safeguards found, as far as they had spoken before the end; ``action`` the strongest thing they did, in
    lower case; ``justified``: the caller gave a reason.
    """

    marks: tuple[str, str, str] = ("", "", "")
    tools: tuple[str, ...] = ()
    text_bytes: int = 0
    scored: Scored | None = None
    action: str = ""
    justified: bool = False

    def body(self, call: CallView) -> Trace:
        """With what the body tells."""
        tools = tuple(clip(name, TOOL_CHARACTERS) for name in call.selections.tools[:MOST_TOOLS])
        return Trace(self.marks, tools, len(call.body))


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
