"""On what right does a call go on? The session and the decision it stands on, and what became of them since.

Whoever holds a ``Right`` asks ``moved`` before anything passes: a few comparisons while nothing has happened. What follows when
the right is gone is the machine's to say.
"""

from __future__ import annotations

from dataclasses import replace

from safeconduct.exchange import duties, no
from safeconduct.exchange.sessions import Resolved, Session
from safeconduct.exchange.view import View
from safeconduct.terms.call import CallView, Dialect, Operation, Refusal
from safeconduct.terms.moments import Moment


class Right:
    """What one call was decided by. ``until`` is when that runs out by the clock."""

    __slots__ = ("_epoch", "_max_output", "_view", "resolved", "session", "until")

    def __init__(self, view: View, session: Session, call: CallView, now: Moment) -> None:
        """Decide a call. The duties of a permit, and what a rule offers instead of a no, are seen to."""
        self._view = view
        self._max_output = call.max_output_tokens
        resolved = view.decide(session, call, now)
        if resolved.decision.fallback:
            resolved = self._offered(session, resolved, now)
        if resolved.decision.duties:
            resolved = duties.judged(resolved, self._max_output)
        self.session = session
        self.resolved: Resolved = resolved
        self._epoch = view.epoch
        self.until: Moment = resolved.decision.valid_until

    def charge(self, now: Moment) -> int:
        """Count this call against the measures that limit how many there may be; once for each call, before anything is done.

        0, or the seconds after which to send it again: then the decision is a no.
        """
        if self.resolved.operation != Operation.GENERATE:
            return 0
        self.resolved, wait = self._view.throttles.charge(self.resolved, self.session.standing, now)
        return wait

    def _offered(self, session: Session, held: Resolved, now: Moment) -> Resolved:
        """What the refusing rule offers instead, if this call may have it; else the no as it is."""
        other = self._view.instead(session, held, now)
        if other is held or not duties.judged(other, self._max_output).decision.permits:
            return held
        return other

    def moved(self, now: Moment) -> bool:
        """Whether anything happened since the decision that it may rest on."""
        view = self._view
        return view.epoch != self._epoch or now >= self.until or now >= view.fresh_until

    def stands(self, now: Moment) -> bool:
        """Whether nothing that it does rest on has moved."""
        return self._view.stands(self.session, self.resolved, now)

    def again(self, call_id: str, dialect: Dialect, now: Moment) -> Refusal | None:
        """Decide again, if need be. Why the call may not go on; None when it may."""
        view, session, resolved = self._view, self.session, self.resolved
        self._epoch = view.epoch
        if view.stands(session, resolved, now):
            return None
        try:
            fresh = view.refreshed(session, now)
        except OSError:
            return no.unreadable(call_id)
        if fresh is None:
            return no.key_ended(call_id)
        again = duties.judged(view.decide_again(fresh, resolved, now), self._max_output)
        same = again.model is not None and resolved.model is not None and again.model.id == resolved.model.id
        if not again.decision.permits or not same:
            return no.denied(again.decision, call_id, dialect)
        self.session = fresh
        self.resolved = replace(again, instead_of=resolved.instead_of) if resolved.instead_of else again
        self._epoch, self.until = view.epoch, again.decision.valid_until
        return None

    @property
    def seat(self) -> tuple[str, str, str]:
        """Who is served (``person/ID`` or ``agent/ID``), for which organization, and by which model."""
        standing = self.session.standing
        who = f"agent/{standing.agents[0]}" if standing.agents else f"person/{standing.person}"
        return who, standing.organization, self.resolved.decision.model

    @property
    def said(self) -> bytes:
        """What the answer's head says of a model that is served instead of another; empty when none is."""
        instead_of = self.resolved.instead_of
        return f"{instead_of}; served={self.resolved.decision.model}".encode("ascii", "replace") if instead_of else b""
