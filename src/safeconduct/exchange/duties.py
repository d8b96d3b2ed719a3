"""Can the duties of a permit be carried out for this call? Which rule asks for which duty is the policy's answer.

A duty that nobody carries out would make the permit a different one than the authority gave. So:

- ``cap`` with the value ``max_output_tokens=N`` is carried out here: a call that asks for more, or names no limit, is refused.
- ``approve`` holds the call for a human; nobody can release it yet, so it is refused as held.
- ``retain`` is carried out by the machine, which keeps the call in the longest of the classes asked for; where another rule
  forbids keeping it (``none``), or a class is not known here, the call is refused. This is seen to once, with the decision
  (``retained``), because it depends on nothing that a request says.
- ``safeguard``, and ``redact`` with the name of a detector, become the plan that the call is inspected by (``planned``); the
  machine sees to it that the detectors look. One that cannot be read, and every cap of another form, are beyond this version:
  the call is refused, and told which rule asks.
- ``throttle``, which a measure asks for and no rule can, is carried out once for each call (``measures``).

INVARIANT (P1): a duty is carried out or the answer is no; no duty is ever left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from safeconduct.exchange.sessions import Resolved
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import Enabled
from safeconduct.terms.call import Operation
from safeconduct.terms.content import BANNED, CLASS_DAYS, RETAIN
from safeconduct.terms.decision import Decision, Duty, Effect, Reason
from safeconduct.terms.findings import SAFEGUARD
from safeconduct.terms.measures import THROTTLE
from safeconduct.terms.safeguards import REDACT, order, redacting

_CAP = "max_output_tokens="
_DIGITS = 12  # no model writes a trillion tokens; longer numbers are no caps


class Asks(Protocol):
    """As much of a rule as is asked here, in force or still in a letter."""

    @property
    def id(self) -> str: ...
    @property
    def duties(self) -> tuple[tuple[str, str], ...]: ...


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
        keeps="",
    )


def retained(decision: Decision, classes: Mapping[str, int]) -> tuple[Decision, str]:
    """The class that a permit's content is to be kept in, empty where nothing is kept; or the permit as a no.

    ``classes`` are the retention classes there are, in days. INVARIANT (P1): an order to keep and a ban on keeping are both
    obeyed, so a call under both does not leave.
    """
    asked = [duty for duty in decision.duties if duty.name == RETAIN]
    if not asked or not decision.permits:
        return decision, ""
    wanted = [duty for duty in asked if duty.value != BANNED]
    unknown = next((duty for duty in wanted if duty.value not in classes), None)
    bans = next((duty for duty in asked if duty.value == BANNED), None)
    if unknown is not None:
        return _refused(decision, _classless(unknown)), ""
    if not wanted:
        return decision, ""
    longest = max(wanted, key=lambda duty: (classes[duty.value], duty.value))
    if bans is not None:
        return _refused(decision, _contradicted(decision, longest, bans, classes[longest.value])), ""
    return decision, longest.value


def planned(decision: Decision, base: Plan) -> Plan:
    """The safeguards that a permit is under: the base, and what its rules ask. What cannot be read is refused by ``judged``."""
    if not decision.permits:
        return Plan.EMPTY
    return Plan.of([duty for duty in decision.duties if _safeguard(duty)], base)


def unseen(rules: Iterable[Asks], enabled: Enabled) -> tuple[str, ...]:
    """What rules ask of detectors that nobody enabled, as ``detector@rule``, sorted: calls under those in force are refused."""
    found = set()
    for rule in rules:
        plan = Plan.of([Duty(*duty, rule.id) for duty in rule.duties if _safeguard(Duty(*duty, rule.id))], Plan.EMPTY)
        found |= {f"{name}@{rule.id}" for name in plan.everyone - enabled.versions.keys()}
    return tuple(sorted(found))


def foreseen(decision: Decision, classes: Mapping[str, int] = CLASS_DAYS) -> Decision:
    """A permit as it would be judged for a call that keeps within every cap; for questions asked before there is a call."""
    decision, _ = retained(decision, classes)
    if not decision.permits:
        return decision
    found = unmet([duty for duty in decision.duties if duty.name != "cap" or _limit(duty.value) is None], 0, generates=True)
    if found is None:
        return decision
    return _refused(decision, found[1], found[0])


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
        elif duty.name not in (RETAIN, THROTTLE) and not _safeguard(duty):
            return Effect.DENY, _unavailable(duty)
    return held


def _safeguard(duty: Duty) -> bool:
    """Whether a duty asks for a safeguard, in words that can be read."""
    return duty.name in (SAFEGUARD, REDACT) and _readable(duty.name, duty.value)


@lru_cache(maxsize=1024)  # asked for every duty of every call; there are as many as rules in force write
def _readable(name: str, value: str) -> bool:
    try:
        order(value) if name == SAFEGUARD else redacting(value)
    except ValueError:
        return False
    return True


def _refused(decision: Decision, reason: Reason, effect: Effect = Effect.DENY) -> Decision:
    return replace(decision, effect=effect, reasons=(reason, *decision.reasons))


def _contradicted(decision: Decision, asks: Duty, bans: Duty, days: int) -> Reason:
    says = {reason.rule: f' ("{reason.say}")' for reason in decision.reasons if reason.say}
    say = (
        f"Rule {asks.rule}{says.get(asks.rule, '')} asks that this call is kept for {days:,} days, in the class {asks.value}, "
        f"and rule {bans.rule}{says.get(bans.rule, '')} forbids keeping it; so it is refused."
    )
    mend = "Ask your organization's access officer which models need not be kept, or which of the two rules is to give way."
    return Reason("retention_conflict", say, mend, asks.rule)


def _classless(duty: Duty) -> Reason:
    return Reason(
        "retention_class_unknown",
        f'Rule {duty.rule} asks that this call is kept in the class "{duty.value}", which this gateway does not have.',
        f"The operator has to write [vault.class.{duty.value}] into the settings, or mend the rule.",
        duty.rule,
    )


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
