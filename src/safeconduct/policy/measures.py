"""What do the measures in force on a caller, or on a model, make of a permit? Which of them are in force is told by the registry.

1. The strongest measure that stops the call speaks. ``suspend`` and ``revoke`` stop every call, ``hold`` leaves every call to a
   human, ``lower_model`` and ``step_up`` stop those to restricted models, ``throttle`` adds a duty, ``watch`` does nothing.
2. A measure in rehearsal does nothing, and is named where it would have stopped the call.

INVARIANT: a measure only ever takes away. A no stays the very no that it is, so measures tell nobody what is hidden (P12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from safeconduct.terms.decision import Decision, Duty, Effect, Reason
from safeconduct.terms.measures import THROTTLE, Measure, Step
from safeconduct.terms.moments import FOREVER, Moment, show

RESTRICTED_ONLY: Final = frozenset({Step.LOWER_MODEL, Step.STEP_UP})
CODES: Final = {
    Step.SUSPEND: "measure_suspend",
    Step.REVOKE: "measure_revoke",
    Step.HOLD: "held",
    Step.LOWER_MODEL: "measure_lower_model",
    Step.STEP_UP: "step_up_required",
}
"""The code of the no, for each step that stops a call."""

THROTTLED: Final = "measure_throttle"


def judged(decision: Decision, measures: Sequence[Measure], now: Moment, *, restricted: bool) -> Decision:
    """The decision under these measures: itself where none of them bears on it. ``restricted`` tells of the model."""
    if not decision.permits:
        return decision
    lasting = [each for each in measures if each.since <= now < each.until]
    in_force = [each for each in lasting if not each.rehearsal]
    rehearsed = tuple(each.id for each in lasting if each.rehearsal and _bears(each, restricted=restricted))
    stops = [each for each in in_force if each.step in CODES and _bears(each, restricted=restricted)]
    valid_until = min((each.until for each in lasting), default=FOREVER)
    decision = replace(decision, rehearsed=rehearsed, valid_until=min(decision.valid_until, valid_until))
    if stops:
        return _stopped(decision, max(stops, key=_strength))
    slowed = tuple(Duty(THROTTLE, str(each.rate), each.id) for each in in_force if each.step is Step.THROTTLE)
    if not slowed:
        return decision
    return replace(decision, duties=(*decision.duties, *slowed), measures=tuple(each.rule for each in slowed))


def throttled(measure: str, measures: Iterable[Measure], seconds: int) -> Reason:
    """Why a call comes too soon, and when the next one may come."""
    found = next((each for each in measures if each.id == measure), None)
    rate = f" {found.rate} calls a minute" if found is not None else ""
    say = f"Calls are limited{':' if rate else ''}{rate} for now.{_message(found)} (Measure {measure}.)"
    return Reason(THROTTLED, say, f"Send it again in {seconds} s. {_appeal(measure)}")


def _strength(measure: Measure) -> tuple[int, Moment, str]:
    """The order of measures; of one step the one that lasts longest speaks."""
    return _ORDER[measure.step], measure.until, measure.id


_ORDER: Final = {step: place for place, step in enumerate(Step)}


def _bears(measure: Measure, *, restricted: bool) -> bool:
    """Whether the measure takes anything from a call to such a model."""
    return measure.step is not Step.WATCH and (restricted or measure.step not in RESTRICTED_ONLY)


def _stopped(decision: Decision, measure: Measure) -> Decision:
    effect = Effect.HOLD if measure.step is Step.HOLD else Effect.DENY
    return replace(
        decision,
        effect=effect,
        reasons=(_reason(measure), *decision.reasons),
        measures=(measure.id,),
        fallback=measure.fallback if measure.step is Step.LOWER_MODEL else "",
    )


def _reason(measure: Measure) -> Reason:
    ends = f" until {show(measure.until)}" if measure.until < FOREVER else ""
    whom = {"organization": "Your organization's access", "project": "This project", "model": "This model"}
    subject = whom.get(measure.who.partition("/")[0], "This access")
    match measure.step:
        case Step.HOLD:
            say, mend = f"Every call is held for a human{ends}.", "An officer has to look at it first."
        case Step.LOWER_MODEL:
            say, mend = f"Restricted models are not served to this access{ends}.", "Use another model meanwhile."
        case Step.STEP_UP:
            say = "Restricted models need fresh evidence of who you are."
            mend = "Have your identity verified again, and ask your organization's access officer to record it."
        case Step.REVOKE:
            say, mend = f"{subject} was revoked{ends}.", "Ask your organization's access officer."
        case _:
            say, mend = f"{subject} is suspended{ends}.", "Ask your organization's access officer."
    return Reason(CODES[measure.step], f"{say}{_message(measure)} (Measure {measure.id}.)", f"{mend} {_appeal(measure.id)}")


def _message(measure: Measure | None) -> str:
    return f" {measure.message.rstrip('.')}." if measure is not None and measure.message else ""


def _appeal(measure: str) -> str:
    return f"If this is wrong, appeal against {measure}."
