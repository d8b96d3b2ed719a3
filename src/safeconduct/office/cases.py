"""Who may open a case, add to it, judge it and close it?

1. A case is opened, noted in, judged and closed by an officer. The watch alone raises one by itself, or adds a signal to it.
2. It opens content to be read only by the rules of ``content``: who raised it reads nothing by that.
3. A verdict stands for one officer's word. What a safeguard makes of verdicts is calibration, which takes two officers to lower
   anything (``cases/calibration``).

INVARIANT (P9): the watch cannot judge what it raised.
"""

from __future__ import annotations

from typing import Final, Literal

from safeconduct.office import persons
from safeconduct.office.asking import Asking
from safeconduct.office.case_acts import AssignCase, CloseCase, JudgeCase, MergeCase, NoteCase, OpenCase, RaiseCase
from safeconduct.registry.bodies import cases as c
from safeconduct.registry.cases import MOST_CALLS, Case
from safeconduct.terms.moments import show

WATCH: Final = "watch"
"""The actor that the watch acts as."""

MAX_CALL: Final = 128
MAX_MARK: Final = 80
MOST_MARKS: Final = 32
SEVERITIES: Final = ("low", "elevated", "high", "severe")


def open_case(act: OpenCase, ask: Asking) -> None:
    wants_officer(ask, "open a case")
    ask.wants_id("case", act.id)
    wants_reason(act.why, ask)
    _wants_new(act.id, ask)
    if not act.organization and not act.calls:
        ask.refuse("case_about_nothing", "the case is about no organization and no call", "name one: --organization, or --call")
    if act.organization:
        ask.wants_organization(act.organization)
    _wants_calls(act.calls, ask)
    ask.change("case.opened", act.id, c.CaseOpened(act.why, act.organization, act.calls))


def raise_case(act: RaiseCase, ask: Asking) -> None:
    """A signal of the watch, or of a hunt: into an open case, or one that is opened for it."""
    if ask.actor != WATCH:
        wants_officer(ask, "raise a case")
    _wants_calls(act.calls, ask)
    if act.severity not in SEVERITIES:
        ask.refuse("bad_severity", f"{act.severity[:40]!r} is no severity", f"one of: {', '.join(SEVERITIES)}")
    if len(act.marks) > MOST_MARKS or any(not 0 < len(each) <= MAX_MARK for each in act.marks):
        ask.refuse("bad_marks", "too many marks, or one that is too long", f"{MOST_MARKS} marks of {MAX_MARK} characters at most")
    ask.wants_text("kind", act.kind)
    ask.wants_text("note", act.note)
    found = ask.registry.cases.get(act.id)
    if found is None:
        ask.wants_id("case", act.id)
        ask.change("case.opened", act.id, c.CaseOpened("raised by a signal", "", act.calls))
    elif found.closed_at is not None:
        ask.refuse("closed_case", f"case {act.id} was closed at {show(found.closed_at)}", "raise another one")
    signaled = c.CaseSignaled(act.who, act.kind, act.note, act.calls, act.marks, act.severity)
    ask.change("case.signaled", act.id, signaled)


def close_case(act: CloseCase, ask: Asking) -> None:
    wants_officer(ask, "close a case")
    ask.wants_text("reason", act.why)
    found = open_case_of(act.id, ask)
    ask.organization = found.organization if found is not None else ""
    ask.change("case.closed", act.id, c.CaseClosed(act.why))


def assign(act: AssignCase, ask: Asking) -> None:
    wants_officer(ask, "assign a case")
    open_case_of(act.id, ask)
    if act.officer:
        found = ask.registry.officers.get(act.officer.removeprefix(persons.OFFICER))
        if found is None or found.ended_at is not None:
            ask.refuse("no_officer", f"there is no officer {act.officer[:80]!r}", "see: safeconduct officer list")
    officer = act.officer and persons.OFFICER + act.officer.removeprefix(persons.OFFICER)
    ask.change("case.assigned", act.id, c.CaseAssigned(officer))


def note(act: NoteCase, ask: Asking) -> None:
    wants_officer(ask, "note something in a case")
    open_case_of(act.id, ask)
    wants_reason(act.note, ask)
    ask.change("case.noted", act.id, c.CaseNoted(act.note))


def judge(act: JudgeCase, ask: Asking) -> None:
    wants_officer(ask, "judge a case")
    found = ask.registry.cases.get(act.id)
    if found is None:
        open_case_of(act.id, ask)  # says so; a closed case may still be judged
    if act.verdict not in ("right", "wrong"):
        ask.refuse("bad_verdict", f"{act.verdict[:40]!r} is no verdict", "say right or wrong")
        return
    ask.wants_text("reason", act.why)
    kinds = {each.kind for each in found.signals} if found is not None else set[str]()
    if found is not None and act.detector not in kinds:
        known = ", ".join(sorted(kinds)) or "none"
        ask.refuse("unseen", f"no signal of case {act.id} is of kind {act.detector[:80]!r}", f"its kinds are: {known}")
    verdict: Literal["right", "wrong"] = "right" if act.verdict == "right" else "wrong"
    ask.change("case.judged", act.id, c.CaseJudged(verdict, act.detector, "", act.cohort, act.why))


def merge(act: MergeCase, ask: Asking) -> None:
    wants_officer(ask, "merge cases")
    ask.wants_text("reason", act.why)
    found, into = open_case_of(act.id, ask), open_case_of(act.into, ask)
    if act.id == act.into:
        ask.refuse("same_case", "a case cannot become part of itself", "name another one")
    if found is not None and into is not None and found.organization != into.organization and found.organization:
        what = f"case {act.id} is about content of {found.organization}, and {act.into} is not"
        ask.refuse("foreign_case", what, f"open a case about {found.organization} and merge both into it")
    ask.change("case.merged", act.id, c.CaseMerged(act.into, act.why))


def open_case_of(name: str, ask: Asking) -> Case | None:
    """The open case of this id; a fault where there is none."""
    found = ask.registry.cases.get(name)
    if found is None:
        ask.refuse("unknown_case", f"there is no case {name!r}", "open one: safeconduct case open")
    elif found.closed_at is not None:
        ask.refuse("closed_case", f"case {name} was closed at {show(found.closed_at)}", "open another one")
        return None
    return found


def wants_officer(ask: Asking, what: str) -> None:
    if persons.officer_named(ask.registry, ask.actor) is None:
        mend = "act with an officer key (SAFECONDUCT_OFFICER_KEY_FILE); see: safeconduct officer add"
        ask.refuse("officer_wanted", f"{ask.actor} is an account, and only an officer may {what}", mend)


def wants_reason(why: str, ask: Asking) -> None:
    ask.wants_text("reason", why)
    if not why.strip():
        ask.refuse("no_reason", "no reason is given", "say why: it stands in the history, and the organization can read it")


def wants_call(call: str, ask: Asking) -> None:
    fits = 0 < len(call) <= MAX_CALL and call.isascii() and all(each.isalnum() or each in "_-" for each in call)
    if not fits:
        ask.refuse("bad_call", f"{call[:80]!r} is no id of a call", "copy it from the log or from the answer's header")


def _wants_new(name: str, ask: Asking) -> None:
    if name in ask.registry.cases:
        ask.refuse("duplicate_id", f"the id {name!r} already names one case", "choose another id; an id is never used twice")


def _wants_calls(calls: tuple[str, ...], ask: Asking) -> None:
    if len(calls) > MOST_CALLS:
        ask.refuse("too_many_calls", f"a case can name {MOST_CALLS} calls", "open it about the organization")
    for call in calls:
        wants_call(call, ask)
