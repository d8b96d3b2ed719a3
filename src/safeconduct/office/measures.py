"""May this measure be taken, undone or appealed, and may this risk be noted?

1. A measure has a target that is known, a step, an end that lies ahead, and what its step needs.
2. What no person decided (``automatic``) goes no further than the ladders in force allow; beyond it waits for an officer, and
   what somebody agreed to is a person's decision. ``revoke`` is always a person's to decide. Meanwhile the strongest step that
   needs nobody is taken (``meanwhile``); about guarded callers that is ``watch`` (``guarded``).
3. Undoing lowers a safeguard: a second officer agrees, unless it is the actor's own slip, nothing was enforced, or an officer
   takes back what no person decided.
4. An appeal is made once, and changes nothing by itself.

INVARIANT (P9): nobody lowers a safeguard alone, neither by undoing a measure nor by noting less than the watch saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from safeconduct.office import persons
from safeconduct.office.asking import Asking
from safeconduct.office.ladders import ladder_of
from safeconduct.office.measure_acts import AppealMeasure, MoveRisk, TakeMeasure, UndoMeasure
from safeconduct.registry.bodies import evidence, measures
from safeconduct.registry.measures import KINDS, MeasureRecord
from safeconduct.registry.names import is_measure_id
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault
from safeconduct.terms.measures import BANDS, STEPS, Step
from safeconduct.terms.moments import FOREVER, SECOND, Moment, show

WATCH: Final = "watch"  # the actor that is no person: signals in, measures out
SLIP: Final = 3_600 * SECOND  # so long an officer may take back what he did himself
MAX_RATE: Final = 100_000  # calls per minute
MAX_PARTS: Final = 16
MAX_PART: Final = 400  # characters of one sentence about risk
MAX_WORDS: Final = 2_000  # of an appeal
_TABLES: Final = {
    "person": "people",
    "agent": "agents",
    "key": "keys",
    "project": "projects",
    "organization": "organizations",
}
STOPPING: Final = frozenset({Step.HOLD, Step.SUSPEND, Step.REVOKE})
"""The steps that stop a caller altogether; guarded callers are not stopped without leave (``guarded``). What no person decided
asks for leave from ``step_up`` on."""


def take(act: TakeMeasure, ask: Asking) -> None:
    _wants_target(act.who, ask)
    if not is_measure_id(act.id):
        ask.refuse("bad_id", f"{act.id[:80]!r} is no id of a measure", "use M- and 12 hex digits, or leave the id out")
    elif ask.registry.measure(act.id) is not None:
        ask.refuse("measure_exists", f"measure {act.id} was taken already", f"see: safeconduct measure show {act.id}")
    if act.step not in STEPS:
        ask.refuse("bad_step", f"{act.step[:80]!r} is no step", f"use one of {', '.join(STEPS)}")
        return
    if not ask.now < act.until <= FOREVER:
        ask.refuse("bad_end", f"the measure would end at {show(act.until)}, which is over", "name an end that lies ahead")
    ask.wants_text("message or reason", act.message, act.why)
    ask.wants_text("case", act.case)
    _wants_settings(act, ask)
    same = _same(act, ask.registry, ask.now)
    if same is not None:
        mend = f"undo {same.id} first, or name a later end"
        ask.refuse("measure_in_force", f"{act.who} is under {same.step} until {show(same.until)} ({same.id})", mend)
    _wants_person(act, ask)
    body = measures.MeasureTaken(
        called=act.id,
        step=act.step,
        until=act.until,
        message=act.message,
        why=act.why,
        case=act.case,
        rehearsal=act.rehearsal,
        machine=act.automatic and not ask.agreed,
        rate=act.rate,
        fallback=act.fallback,
    )
    ask.change("measure.taken", act.who, body)
    _take_key(act, ask)


def undo(act: UndoMeasure, ask: Asking) -> None:
    ask.wants_text("reason", act.why)
    found = _known(act.id, ask)
    if found is None:
        return
    state = found.state_at(ask.now)
    if state in ("undone", "ended"):
        ask.refuse("measure_over", f"measure {found.id} is over already ({state})", "nothing needs to be done")
    if ask.actor == WATCH and not found.automatic:
        ask.refuse("person_decided", f"a person took measure {found.id}", "a person undoes it")
    elif not _may_undo_alone(found, ask):
        ask.wants_second(f"{found.by} took {found.step} ({found.id}); undoing that would lower a safeguard")
    ask.change("measure.undone", found.who, measures.MeasureUndone(found.id, act.why))


def appeal(act: AppealMeasure, ask: Asking) -> None:
    if not act.words.strip() or len(act.words) > MAX_WORDS or not act.words.replace("\n", " ").isprintable():
        ask.refuse("bad_text", "an appeal is printable text", f"write at most {MAX_WORDS:,} characters, and some")
    found = _known(act.id, ask)
    if found is None:
        return
    if found.appealed_at is not None:
        mend = "an officer answers it; nothing more needs to be sent"
        ask.refuse("appealed_already", f"measure {found.id} was appealed at {show(found.appealed_at)}", mend)
    elif found.state_at(ask.now) in ("undone", "ended"):
        ask.refuse("measure_over", f"measure {found.id} is over already", "nothing needs to be done")
    ask.change("measure.appealed", found.who, measures.MeasureAppealed(found.id, act.words, _speaker(act, ask), act.key))


def _speaker(act: AppealMeasure, ask: Asking) -> str:
    """Who holds the credential that the appeal was made with; empty where an officer speaks for somebody.

    INVARIANT (P11): who appealed is told by the credential alone, and only whoever took it up says which that was.
    """
    key = ask.registry.keys.get(act.key) if act.key else None
    if act.key and (key is None or ask.actor != WATCH):
        ask.refuse("bad_caller", "an appeal with a credential comes from its holder", "send it to the gateway with one's own key")
    return "" if key is None else f"{key.holder_kind}/{key.holder}"


def move_risk(act: MoveRisk, ask: Asking) -> None:
    _wants_target(act.who, ask)
    if act.band not in BANDS:
        ask.refuse("bad_band", f"{act.band[:80]!r} is no band of risk", f"use one of {', '.join(BANDS)}")
        return
    if act.band != BANDS[0] and not ask.now < act.until <= FOREVER:
        ask.refuse("bad_end", f"the risk would end at {show(act.until)}, which is over", "name an end that lies ahead")
    if len(act.parts) > MAX_PARTS or any(len(each) > MAX_PART or not each.isprintable() for each in act.parts):
        mend = f"use at most {MAX_PARTS} parts of one printable line of {MAX_PART} characters each"
        ask.refuse("bad_text", "the parts of the risk are too many, too long or not printable", mend)
    risk = ask.registry.marks(act.who).risk
    before = ask.registry.marks(act.who).band(ask.now)
    sooner = risk is not None and before != BANDS[0] and act.until < risk.until
    if ask.actor != WATCH and (BANDS.index(act.band) < BANDS.index(before) or sooner):
        ask.wants_second(f"{act.who} is at {before}; noting {act.band}, or an earlier end, would lower a safeguard")
    same = risk is not None and (risk.band, risk.until, risk.parts) == (act.band, act.until, act.parts)
    if not same and (act.band, before) != (BANDS[0], BANDS[0]):
        ask.change("risk.moved", act.who, measures.RiskMoved(act.band, act.until, act.parts))


def meanwhile(act: TakeMeasure, ask: Asking) -> TakeMeasure | None:
    """What is taken at once where ``act`` has to wait for somebody: the strongest step below it that needs nobody.

    Of automatic measures only: an officer who asks for a step gets that step or none. Its id is the other's, told apart.
    """
    if not act.automatic or act.rehearsal:
        return None
    guarded = any(each.authority for each in ask.needs)  # then nothing that a caller meets is done without leave
    limit = 0 if guarded else _limit(act, ask)
    for step in reversed(STEPS[: STEPS.index(Step(act.step))]):
        needs = (step is Step.THROTTLE and not act.rate) or (step is Step.LOWER_MODEL and not act.fallback)
        if step in STOPPING or needs or STEPS.index(step) > limit:
            continue
        rate = act.rate if step is Step.THROTTLE else 0
        fallback = act.fallback if step is Step.LOWER_MODEL else ""
        return replace(act, id=_beside(act.id), step=step.value, rate=rate, fallback=fallback)
    return None


def from_now_on(act: TakeMeasure, asked_at: Moment, now: Moment) -> TakeMeasure:
    """What no person decided lasts as long as it was meant to from the agreement on, not from the asking."""
    return replace(act, until=min(FOREVER, act.until + max(0, now - asked_at))) if act.automatic else act


def _beside(name: str) -> str:
    """The id of what is taken meanwhile: that of the measure that waits, with its last digit turned."""
    return f"{name[:-1]}{(int(name[-1], 16) + 1) % 16:x}"


def _limit(act: TakeMeasure, ask: Asking) -> int:
    """The place of the strongest step that ladders allow without a person, about this target."""
    return STEPS.index(ladder_of(ask.registry, ask.now).limit(act.who.partition("/")[0]))


def _wants_person(act: TakeMeasure, ask: Asking) -> None:
    if ask.actor == WATCH and not act.automatic:
        ask.refuse("not_a_person", "the watch is no person, and what it takes is automatic", "say so")
    if not act.automatic or act.rehearsal:
        return
    if STEPS.index(Step(act.step)) > _limit(act, ask):
        ask.wants_second(f"{act.step} goes further than the ladders in force allow without a person")


def _wants_settings(act: TakeMeasure, ask: Asking) -> None:
    """What a step needs to know, and no other step may say."""
    if act.step == Step.THROTTLE and not 1 <= act.rate <= MAX_RATE:
        what = f"{act.rate} calls per minute is no rate" if act.rate else "throttle wants a rate: calls per minute"
        ask.refuse("bad_rate", what, f"use 1 to {MAX_RATE:,}")
    elif act.step != Step.THROTTLE and act.rate:
        ask.refuse("bad_rate", f"{act.step} takes no rate", "leave the rate out, or throttle")
    if act.fallback and act.step != Step.LOWER_MODEL:
        ask.refuse("bad_fallback", f"{act.step} offers no model", "leave the fallback out, or lower the model")
    elif act.fallback and act.fallback not in {each.id for each in ask.registry.models()}:
        ask.refuse("unknown_model", f"there is no model {act.fallback!r}", "see: safeconduct model list")
    if act.step == Step.REVOKE and act.rehearsal:
        ask.refuse("bad_step", "revoking cannot be rehearsed", "rehearse suspend: it stops the same calls")


def _take_key(act: TakeMeasure, ask: Asking) -> None:
    """A key that is revoked is revoked for good; undoing the measure does not bring it back."""
    kind, _, name = act.who.partition("/")
    key = ask.registry.keys.get(name) if kind == "key" and act.step == Step.REVOKE else None
    if key is not None and key.revoked_at is None:
        ask.change("key.revoked", name, evidence.KeyRevoked(act.why))


def _same(act: TakeMeasure, registry: Registry, now: Moment) -> MeasureRecord | None:
    """A measure in force that does all that this one would, and as long."""
    what = (act.step, act.rehearsal, act.rate, act.fallback)
    for each in registry.marks(act.who).measures:
        if each.lasts(now) and (each.step, each.rehearsal, each.rate, each.fallback) == what and each.until >= act.until:
            return each
    return None


def _may_undo_alone(found: MeasureRecord, ask: Asking) -> bool:
    if found.rehearsal or found.step == Step.WATCH:
        return True  # nothing was enforced
    if found.automatic and (ask.actor == WATCH or ask.actor.startswith(persons.OFFICER)):
        return True
    return found.by == ask.actor and not ask.actor.startswith(persons.ACCOUNT) and ask.now - found.since <= SLIP


def _known(name: str, ask: Asking) -> MeasureRecord | None:
    found = ask.registry.measure(name)
    if found is None:
        ask.refuse("unknown_measure", f"there is no measure {name[:80]!r}", "see: safeconduct measure list --all")
    return found


def _wants_target(who: str, ask: Asking) -> None:
    fault = no_target(ask.registry, who, ask.where)
    if fault is not None:
        ask.refuse(fault.code, fault.what, fault.mend)


def no_target(registry: Registry, who: str, where: str) -> Fault | None:
    """Why nothing can be noted about ``KIND/ID``: no such kind, or nobody of that id; None where it can. Raises OSError."""
    kind, _, name = who.partition("/")
    if kind == "model":
        found = any(each.id == name for each in (*registry.models(), *registry.withdrawn_models()))
    elif kind in KINDS:
        table: Mapping[str, object] = getattr(registry, _TABLES[kind])
        found = table.get(name) is not None
    else:
        return Fault("bad_target", f"{who[:80]!r} names no target", where, f"write KIND/ID with one of {', '.join(KINDS)}")
    if found:
        return None
    noun = "org" if kind == "organization" else kind
    return Fault(f"unknown_{kind}", f"there is no {kind} {name[:80]!r}", where, f"see: safeconduct {noun} list")
