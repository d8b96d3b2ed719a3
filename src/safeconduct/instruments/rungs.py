"""What does one line of a ladder say, and does it make sense by itself?

A ladder is a part of program terms or of an organization's policy: which band of risk calls for which step. What is called for,
where several ladders are in force, is the question of another room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import UNSET

from safeconduct.instruments.forms import InstrumentForm, RungForm
from safeconduct.instruments.lines import Lines
from safeconduct.terms.measures import Rung, Step
from safeconduct.terms.moments import SECOND

Refuse = Callable[[str, str, int, str], None]
"""Code, what is wrong, line, mend."""

LADDERED: Final = frozenset({"program_terms", "organization_policy"})
USUAL: Final = ("person", "agent")  # whom a rung is about where it does not say


def rung_fits(form: RungForm, head: InstrumentForm | None, index: int, lines: Lines, refuse: Refuse) -> bool:
    """Whether the step has what it needs, and nothing else has it; what is wrong goes to ``refuse``."""
    fits, step = True, Step(form.step)

    def fault(code: str, key: str, what: str, mend: str) -> None:
        nonlocal fits
        fits = False
        refuse(code, f'Rung "{form.id}" {what}', lines.of("ladder", index, key) or lines.of("ladder", index), mend)

    if head is not None and head.kind not in LADDERED:
        what = f"cannot stand in an instrument of kind {head.kind}"
        fault("ladder_kind", "id", what, "Put it into program terms or an organization's policy")
    if (step is Step.THROTTLE) != (form.rate is not UNSET):
        what = "throttles and names no rate" if form.rate is UNSET else f"names a rate, and {form.step} has none"
        fault("ladder_rate", "rate", what, "Write rate = 30 (calls per minute) beside throttle, and nowhere else")
    if form.fallback is not UNSET and step is not Step.LOWER_MODEL:
        what = f"names a fallback, and {form.step} offers no model"
        fault("ladder_fallback", "fallback", what, "Put the fallback beside lower_model")
    if step is Step.REVOKE and (form.automatic is True or form.rehearsal is True):
        fault("ladder_revoke", "step", "revokes, which a person decides each time", "Use suspend, or automatic = false")
    return fits


def rung_of(form: RungForm, instrument: str) -> Rung:
    """The rung as it counts, called by its instrument."""
    return Rung(
        id=f"{instrument}/{form.id}",
        band=form.band,
        step=Step(form.step),
        targets=frozenset(USUAL if form.targets is UNSET else form.targets),
        lasts=form.minutes * 60 * SECOND,
        automatic=form.automatic is True,
        message="" if form.message is UNSET else form.message,
        rate=0 if form.rate is UNSET else form.rate,
        fallback="" if form.fallback is UNSET else form.fallback,
        rehearsal=form.rehearsal is True,
    )
