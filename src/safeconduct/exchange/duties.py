"""Can the duties of a permit be carried out for this call? Which rule asks for which duty is the policy's answer.

A duty that nobody carries out would make the permit a different one than the authority gave. So:

- ``cap`` with the value ``max_output_tokens=N`` is carried out here: a call that asks for more, or names no limit, is refused.
- ``approve`` holds the call for a human; nobody can release it yet, so it is refused as held.
- ``redact``, ``retain`` and every cap of another form are beyond this version: the call is refused, and told which rule asks.

INVARIANT (P1): a duty is carried out or the answer is no; no duty is ever left aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safeconduct.exchange.sessions import Resolved
from safeconduct.terms.call import Operation
from safeconduct.terms.decision import Decision, Duty, Effect, Reason

_CAP = "max_output_tokens="
_DIGITS = 12  # no model writes a trillion tokens; longer numbers are no caps


def judged(resolved: Resolved, max_output_tokens: int) -> Resolved:
    """``resolved`` itself, or the same as a no when a duty of its permit cannot be carried out for this call.

    ``max_output_tokens`` is the limit that the request names, 0 for none. The reason that refuses comes first; the reasons
    and rules of the permit stay behind it, so that the entry shows what was granted and what stood in the way.
    """
    decision = resolved.decision
    if not decision.permits or not decision.duties:
        return resolved
    generates = resolved.operation == Operation.GENERATE
    found = unmet(decision.duties, max_output_tokens, generates=generates)
    if found is None:
        return resolved
    effect, reason = found
    return replace(
        resolved,
        decision=replace(decision, effect=effect, reasons=(reason, *decision.reasons)),
        effect=effect.value,
        reason_codes=(reason.code, *resolved.reason_codes),
    )


def foreseen(decision: Decision) -> Decision:
    """A permit as it would be judged for a call that keeps within every cap; for questions asked before there is a call."""
    found = unmet([duty for duty in decision.duties if duty.name != "cap" or _limit(duty.value) is None], 0, generates=True)
    if not decision.permits or found is None:
        return decision
    effect, reason = found
    return replace(decision, effect=effect, reasons=(reason, *decision.reasons))


def unmet(duties: Iterable[Duty], max_output_tokens: int, *, generates: bool) -> tuple[Effect, Reason] | None:
    """What stands in the way, the final kind first: what cannot be done at all comes before what a human could release."""
    held = None
    for duty in duties:
        if duty.name == "cap":
            limit = _limit(duty.value)
            if limit is None:
                return Effect.DENY, _unavailable(duty)
            if generates and not 0 < max_output_tokens <= limit:  # counting tokens writes none
                return Effect.DENY, _over(duty, limit, max_output_tokens)
        elif duty.name == "approve":
            held = held or (Effect.HOLD, _held(duty))
        else:
            return Effect.DENY, _unavailable(duty)
    return held


def _limit(value: str) -> int | None:
    """The number in a cap of the one form we carry out; None for any other."""
    digits = value.removeprefix(_CAP)
    if digits == value or not digits.isascii() or not digits.isdigit() or len(digits) > _DIGITS:
        return None
    return int(digits)


def _over(duty: Duty, limit: int, asked: int) -> Reason:
    if not asked:
        say = f"Rule {duty.rule} caps answers at {limit:,} tokens, and the request names no limit."
        return Reason("output_limit_missing", say, f"Ask for at most {limit:,} output tokens.", duty.rule)
    say = f"Rule {duty.rule} caps answers at {limit:,} tokens, and the request asks for {asked:,}."
    return Reason("output_limit_exceeded", say, f"Ask for at most {limit:,} output tokens.", duty.rule)


def _held(duty: Duty) -> Reason:
    return Reason(
        "held",
        f"Rule {duty.rule} asks that a human approve this call first, so it is held.",
        "Ask your organization's access officer for approval.",
        duty.rule,
    )


def _unavailable(duty: Duty) -> Reason:
    return Reason(
        "duty_unavailable",
        f'Rule {duty.rule} asks for the duty "{duty.name}", which this version cannot carry out.',
        "Ask the operator for an instrument without this duty, or for a version that carries it out.",
        duty.rule,
    )
