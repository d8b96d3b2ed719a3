"""Every no that a call can meet, in words. One function a kind, one table of sentences; dialects only dress them.

INVARIANT (P12): every no has a stable code, a sentence that says what happened, and what to do next.
"""

from __future__ import annotations

from safeconduct.exchange.events import EdgeRefused
from safeconduct.policy.measures import THROTTLED
from safeconduct.terms.call import Dialect, Refusal
from safeconduct.terms.decision import Decision, Effect, Reason
from safeconduct.wire.strict import Malformed

# Statuses of a no that repeating the call will not change.
FINAL = frozenset({400, 401, 403, 404, 413, 415})

BROKEN = Reason(
    "rules_broken",
    "The rules in force cannot be read, so every call is refused.",
    "The operator has to mend the instruments; the readiness page says where.",
)

STALE = Reason(
    "view_stale",
    "The gateway has not heard lately whether this model may still be used, so it is refused for the moment.",
    "Try again shortly; if it stays so, the operator has to mend the gateway's change feed.",
)

# Reasons that a moment may mend: the same call may be sent again soon.
_PASSING = frozenset({STALE.code})

_UPSTREAM = {
    "upstream_unreachable": (502, "The model provider cannot be reached."),
    "upstream_connect_timeout": (504, "The model provider did not accept a connection in time."),
    "upstream_first_byte_timeout": (504, "The model provider did not answer in time."),
    "upstream_idle_timeout": (504, "The model provider fell silent in the middle of its answer."),
    "upstream_pool_full": (503, "All connections to the model provider are in use."),
    "upstream_unknown": (503, "No provider is configured for this model."),
    "upstream_unreadable": (502, "The model provider sent an answer that cannot be read."),
    "upstream_content_encoding": (502, "The model provider sent an encoding that cannot be inspected."),
}

NOT_KEPT = "not_kept"
UNAVAILABLE = "safeguard_unavailable"
JUSTIFY = "justification_required"
HELD = "held"
DRAINING = "gateway_draining"  # the code of calls that a worker's own end cuts, not a stop


def unauthenticated(call: str, *, presented: bool) -> Refusal:
    if presented:
        return Refusal(401, "credential_invalid", "This key is not valid here.", "Ask your access officer for a new key.", call)
    return Refusal(
        401, "credential_missing", "No key was sent.", "Send your key in the x-api-key header or as a bearer token.", call
    )


def key_ended(call: str) -> Refusal:
    return Refusal(
        403, "credential_ended", "The key of this call is no longer valid.", "Ask your access officer for a new key.", call
    )


def malformed(fault: Malformed, call: str) -> Refusal:
    status = 413 if fault.code == "too_large" else 400
    return Refusal(status, fault.code, f"{fault.sentence} (at {fault.where})", fault.mend, call)


def edge(event: EdgeRefused, call: str) -> Refusal:
    wait = 1 if event.status in {408, 503} else 0  # what a moment may mend
    return Refusal(event.status, event.code, event.sentence, event.mend, call, retry_after=wait)


def denied(decision: Decision, call: str, dialect: Dialect, wait: int = 0) -> Refusal:
    """The decision's first reason speaks. A name that means nothing here is a 404, every other no a 403; what only comes too soon
    is a 429 that says after how many seconds (``wait``) to send it again.

    In Messages every no is a 403: Claude Code answers a 404 with a second call and a sentence of its own (docs/clients.md).
    """
    if decision.effect is Effect.PERMIT or not decision.reasons:
        return Refusal(
            403,
            "decision_failed",
            "The request could not be decided, so it is refused.",
            "Tell the operator; the log holds the details.",
            call,
        )
    reason = decision.reasons[0]
    if reason.code in _PASSING:
        return Refusal(503, reason.code, reason.say, reason.mend, call, retry_after=1)
    if reason.code == THROTTLED and wait:
        return Refusal(429, reason.code, reason.say, reason.mend, call, retry_after=wait)
    status = 404 if reason.code == "model_not_found" and dialect is not Dialect.MESSAGES else 403
    return Refusal(status, reason.code, reason.say, reason.mend, call)


def unreadable(call: str) -> Refusal:
    """Who calls cannot be looked up. Nobody is let in on a guess, and nobody else is concerned."""
    return Refusal(
        503,
        "registry_unreadable",
        "The registry cannot be read, so it is not known whether this key is valid.",
        "Try again shortly; if it stays so, the operator has to mend the registry.",
        call,
        retry_after=1,
    )


def unrecorded(call: str) -> Refusal:
    return Refusal(
        503,
        "log_unavailable",
        "The decision could not be recorded, so the call was not forwarded.",
        "The operator has to repair the log.",
        call,
        retry_after=5,
    )


def not_kept(call: str) -> Refusal:
    return Refusal(
        503,
        NOT_KEPT,
        "A rule asks that this call is kept, and it could not be kept, so it was not forwarded.",
        "Try again shortly; if it stays so, the operator has to repair the vault.",
        call,
        retry_after=5,
    )


def safeguard(reason: Reason, call: str) -> Refusal:
    """What detectors found stops the call, or its answer."""
    return Refusal(403, reason.code, reason.say, reason.mend, call)


def unavailable(detector: str, call: str, mend: str = "") -> Refusal:
    """A detector that has to look cannot: it failed, or nobody enabled it, and then ``mend`` says what to do."""
    if mend:
        say = f"A rule asks that the detector {detector} looks at this call, and it is not enabled here, so it was not forwarded."
        return Refusal(403, UNAVAILABLE, say, mend, call)
    say = f"The detector {detector}, which has to look at this call, does not answer, so it was not forwarded."
    mend = "Try again shortly; if it stays so, the operator has to mend the detector; the readiness page says which."
    return Refusal(503, UNAVAILABLE, say, mend, call, retry_after=5)


def blind(detector: str, call: str) -> Refusal:
    """A detector failed that has to look at the answer."""
    say = f"The detector {detector}, which has to look at the answer, does not answer, so the answer was stopped."
    mend = "Try again shortly; if it stays so, the operator has to mend the detector; the readiness page says which."
    return Refusal(503, UNAVAILABLE, say, mend, call, retry_after=5)


def keeping_changed(call: str) -> Refusal:
    return Refusal(
        503,
        "keeping_changed",
        "The rules about what is kept of this call changed while it was recorded, so it was not forwarded.",
        "Send it again.",
        call,
        retry_after=1,
    )


def safeguards_changed(call: str) -> Refusal:
    return Refusal(
        503,
        "safeguards_changed",
        "The rules about what is inspected of this call changed while it was recorded, so it was not forwarded.",
        "Send it again.",
        call,
        retry_after=1,
    )


def upstream(why: str, call: str) -> Refusal:
    status, sentence = _UPSTREAM.get(why, (502, "The model provider broke the connection or sent an unreadable answer."))
    return Refusal(status, why, sentence, "Try again shortly.", call, retry_after=1)


def torn(call: str) -> Refusal:
    return Refusal(502, "upstream_stream_torn", "The model provider ended the answer in the middle.", "Try again.", call)


def draining(call: str) -> Refusal:
    return Refusal(503, DRAINING, "The gateway is restarting.", "Try again.", call, retry_after=1)


def out_of_turn(call: str) -> Refusal:
    return Refusal(500, "out_of_turn", "The gateway lost track of this call and stopped it.", "Tell the operator.", call)
