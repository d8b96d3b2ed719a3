"""May a person be erased, and what does the history say when it was done?

Erasing takes everything that tells whose something was out of our files: it is final, so two officers have to want it. Rules:

1. The person ends with it, if the end was not set before; whatever protects the person against an end protects against this.
2. A legal hold on the person's content forbids it until the hold is lifted.
3. Content that a law makes us keep (of a protected retention class) forbids it until its time is over; the rest of the content
   can go at once (``content_only``). The records that such content needs, whose it was and what was decided, stay with it.

What is done is told as a second act, by the program itself, once the keys are destroyed (``finish``).
INVARIANT (P9): nobody erases alone. INVARIANT (P8): after it, nothing here or in the log leads to the person.
"""

from __future__ import annotations

from typing import Final

from safeconduct.office import content, guarded, persons
from safeconduct.office.acts import End
from safeconduct.office.asking import Asking
from safeconduct.office.erasure_acts import ErasePerson, FinishErasure, WithholdErased
from safeconduct.registry.bodies.erasures import ErasureDone, ErasureOpened
from safeconduct.registry.bodies.parties import Ended
from safeconduct.terms.moments import show

GROUNDS: Final = {
    "gdpr-17": "right to erasure, Regulation (EU) 2016/679, Article 17",
    "ccpa-1798.105": "right to delete, California Civil Code 1798.105",
    "contract-end": "the contract under which the data were held is over",
    "court-order": "a court ordered it",
    "mistake": "the data should never have been recorded",
}
"""Stable codes of legal grounds; the log holds the code."""

PROGRAM: Final = "erasure"
"""Who acts when the program completes what officers decided."""
WITHHELD: Final = "erased-since"
"""The ground of what a backup did not bring back; the log that the backup lacks holds the legal one."""

NAME: Final = "erased-"
NAME_DIGITS: Final = 32


def erase(act: ErasePerson, ask: Asking) -> None:
    person = ask.registry.people.get(act.id)
    ask.wants_text("reason", act.why)
    if act.ground not in GROUNDS:
        ask.refuse("unknown_ground", f"{act.ground[:40]!r} is no legal ground we know", f"use one of {', '.join(GROUNDS)}")
    if not _is_name(act.name) or act.name in ask.registry.erasures:
        ask.refuse("bad_name", "an erasure has a fresh random name", f"use {NAME} and {NAME_DIGITS} hexadecimal digits")
    if person is None:
        what = f"there is no person {act.id!r}"
        ask.refuse("unknown_person", what, "see: safeconduct person list; somebody erased already is not known any more")
        return
    if any(each.person == act.id and each.done_at is None for each in ask.registry.erasures.values()):
        ask.refuse("erasing_already", f"{act.id} is being erased", "complete it: safeconduct person erase --resume")
    if hold := content.holds_person(ask.registry, act.id):
        what = f"hold {hold} keeps content of {act.id}"
        ask.refuse("held", what, f"it can be erased once the hold is released: safeconduct vault release {hold}")
    for kept, until in act.kept:
        if kept in act.protected and until > ask.now and not act.content_only:
            what = f"content of class {kept} has to be kept until {show(until)}, and with it whose it was and what was decided"
            ask.refuse("must_be_kept", what, "erase the rest now with --content-only, and the person after that time")
    if not act.content_only and person.ends > ask.now:
        guarded.wants_leave(End("person", act.id), ask)
        ask.change("person.ended", act.id, Ended(ask.now))
    ask.wants_second("what is erased cannot be brought back")
    second = next((each for each in sorted(ask.agreed) if not persons.same_person(ask.registry, each, ask.actor)), "")
    ask.change("erasure.opened", act.name, ErasureOpened(act.id, act.ground, second, act.content_only, act.why))


def finish(act: FinishErasure, ask: Asking) -> None:
    """The program's own act: what an officer opened is done."""
    found = ask.registry.erasures.get(act.id)
    if ask.actor != PROGRAM:
        ask.refuse(
            "not_yours", "the program itself says when an erasure is done", "complete it: safeconduct person erase --resume"
        )
    if found is None or found.done_at is not None:
        ask.refuse("unknown_erasure", f"no erasure {act.id!r} is under way", "nothing needs to be done")
        return
    ask.change("erasure.done", act.id, ErasureDone(found.ground, act.changes, act.words, act.keys, act.left))


def withhold(act: WithholdErased, ask: Asking) -> None:
    """The program's own act: what a backup did not bring back was erased after it was made."""
    if ask.actor != PROGRAM:
        ask.refuse(
            "not_yours", "the program itself says what did not come back", "restore the backup: safeconduct backup restore"
        )
    for each in act.withheld:
        if not _is_name(each.id) or each.id in ask.registry.erasures:
            ask.refuse("bad_name", "an erasure has a name of its own", f"use {NAME} and {NAME_DIGITS} hexadecimal digits")
        ask.change("erasure.done", each.id, ErasureDone(WITHHELD, each.changes, each.words, 0, each.left))


def _is_name(text: str) -> bool:
    digits = text.removeprefix(NAME)
    return text.startswith(NAME) and len(digits) == NAME_DIGITS and all(each in "0123456789abcdef" for each in digits)
