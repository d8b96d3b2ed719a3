"""May this held thing be released?

1. An officer says so, with a reason: an account of the system is nobody who could answer for it.
2. What was held on its way to a restricted model, or from it, is released by two officers.
3. A release lasts an hour, for one thing of one caller. It lets nothing else through: whatever else finds something still acts.
4. To decline needs nobody else, and ends a release that runs.

INVARIANT (P9): no safeguard of a restricted model is lowered by one person, not even for an hour.
"""

from __future__ import annotations

from safeconduct.office import persons
from safeconduct.office.asking import Asking
from safeconduct.office.cases import wants_officer, wants_reason
from safeconduct.office.held_acts import DeclineHeld, ReleaseHeld
from safeconduct.registry.bodies import held as c
from safeconduct.terms.held import LASTS, is_held_id


def release(act: ReleaseHeld, ask: Asking) -> None:
    _wants(act, ask, "release what is held")
    if act.restricted:
        ask.wants_second("what is held on the way to or from a restricted model is released by nobody alone")
    second = next((each for each in sorted(ask.agreed) if not persons.same_person(ask.registry, each, ask.actor)), "")
    ask.second = second
    ask.change("held.released", act.id, c.HeldReleased(ask.now + LASTS, act.why, act.organization, second))


def decline(act: DeclineHeld, ask: Asking) -> None:
    _wants(act, ask, "decline what is held")
    ask.change("held.declined", act.id, c.HeldDeclined(act.why, act.organization))


def _wants(act: ReleaseHeld | DeclineHeld, ask: Asking, what: str) -> None:
    wants_officer(ask, what)
    wants_reason(act.why, ask)
    if not is_held_id(act.id):
        ask.refuse("bad_id", f"{act.id[:80]!r} is no id of something held", "see: safeconduct held list")
    ask.organization = act.organization
