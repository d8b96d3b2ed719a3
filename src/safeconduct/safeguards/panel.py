"""What do findings come to? Turns what detectors saw in one request or answer into one verdict, by the plan of the call.

The strongest action that any finding calls for is the verdict's; what has to be taken out is taken out whatever that is. Who
says no, and how, is the machine's; whether something held was released is asked of whoever knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.redaction import Placeholders
from safeconduct.terms.blocks import Block, Direction, Edit
from safeconduct.terms.decision import Reason
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.safeguards import Order

JUSTIFICATION_HEADER: Final = "x-safeconduct-justification"
MAX_JUSTIFICATION: Final = 500  # characters

HIDDEN: Final = "..."  # stands for names that are not told
_LONGEST_NAME: Final = 32  # characters of a member's name that may be told
_NAMES: Final = {
    "secrets": "a secret",
    "markings": "a protective marking",
    "personal": "personal data",
    "canaries": "a planted or protected text of your organization",
    "injection": "text that reads like instructions to the model",
    "provenance": "instructions in a text that nobody party to this call wrote",
    "misuse": "a task that reads like misuse",
    "reuse": "text that reads like a restricted answer",
    "judge": "a task that the judge takes for misuse",
    "tools": "a tool call beyond what is allowed",
}


class Verdict(msgspec.Struct, frozen=True):
    """``action`` is what is to be done: LOG and WARN let it go on, REDACT lets it go on with ``edits``, the others stop it.

    ``findings`` are those that count; ``warned`` the ones of which the caller is told. ``reason`` is there when it is stopped.
    ``codes`` name the detectors of which more was asked than to note what they saw, for the log.
    """

    action: Action = Action.LOG
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    reason: Reason | None = None
    warned: tuple[Finding, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether it may not go on."""
        return self.action >= Action.JUSTIFY


CLEAN: Final = Verdict()


def judge(
    findings: Iterable[Finding],
    plan: Plan,
    direction: Direction,
    blocks: Sequence[Block] = (),
    placeholders: Placeholders | None = None,
    *,
    justified: bool = False,
    released: bool = False,
) -> Verdict:
    """The verdict on what was found in ``blocks``.

    ``placeholders`` is where taken-out texts are remembered; a fresh one where none is given. ``justified``: the caller said why;
    ``released``: a human let through what is held. Neither weakens any other action.

    INVARIANT (P3): a text that is to be taken out and cannot be (it is not among ``blocks``) stops the call instead.
    """
    counted: list[Finding] = []
    warned: list[Finding] = []
    codes: dict[str, None] = {}
    strongest, decisive, by = Action.LOG, None, None
    taken: dict[str, list[Finding]] = {}
    texts: dict[str, str] | None = None
    for finding in findings:
        asked = plan.order(finding, direction)
        if asked is None:
            continue
        counted.append(finding)
        action = _eased(asked.action, direction, justified=justified, released=released)
        if asked.action > Action.LOG:
            codes[f"safeguard_{finding.detector}"] = None
        if asked.action is Action.WARN:
            warned.append(finding)
        if plan.redacts(finding, direction):
            if texts is None:
                texts = {block.path: block.text for block in blocks}
            if finding.path in texts:
                taken.setdefault(finding.path, []).append(finding)
                action = max(action, Action.REDACT)
            else:
                action = max(action, Action.BLOCK)
        if action > strongest or decisive is None:
            strongest, decisive, by = max(action, strongest), finding, asked
    if not counted:
        return CLEAN
    return Verdict(
        action=strongest,
        findings=tuple(counted),
        edits=_edits(taken, texts or {}, Placeholders(blocks) if placeholders is None else placeholders) if taken else (),
        reason=_reason(decisive, by, strongest, direction) if strongest >= Action.JUSTIFY and decisive and by else None,
        warned=tuple(warned),
        codes=tuple(codes),
    )


def warning(verdict: Verdict) -> str:
    """What the caller is told of findings that only warn: detectors and kinds, sorted; empty when there are none."""
    return ", ".join(sorted({f"{each.detector}.{each.kind}" if each.kind else each.detector for each in verdict.warned}))


def _eased(action: Action, direction: Direction, *, justified: bool, released: bool) -> Action:
    if (action is Action.JUSTIFY and justified) or (action is Action.HOLD and released):
        return Action.LOG
    if action is Action.CUT and direction is Direction.REQUEST:  # nothing is under way that could be cut
        return Action.BLOCK
    return action


def _edits(taken: dict[str, list[Finding]], texts: dict[str, str], placeholders: Placeholders) -> tuple[Edit, ...]:
    """One edit for each stretch of text, in order; findings that overlap are taken out as one."""
    edits = []
    for path, findings in taken.items():
        text = texts[path]
        spans: list[tuple[int, int, str]] = []
        for finding in findings:
            whole = finding.start == finding.end == 0
            spans.append((0, len(text), finding.detector) if whole else (finding.start, finding.end, finding.detector))
        spans.sort()
        merged: list[tuple[int, int, str]] = []
        for start, end, detector in spans:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
            else:
                merged.append((start, end, detector))
        edits += [Edit(path, start, end, placeholders.take(who, text[start:end])) for start, end, who in merged]
    return tuple(edits)


def _shown(path: str) -> str:
    """A path as far as its names are plain words: a name can hold what was found, and a no must not say it again."""
    shown: list[str] = []
    for step in path.split("."):
        name, bracket, index = step.removesuffix("~").removesuffix("#").partition("[")
        plain = (
            len(name) <= _LONGEST_NAME
            and not any(map(str.isdigit, name))
            and index.removesuffix("]").isdecimal() >= bool(bracket)
        )
        if not plain:
            shown.append(HIDDEN)
            break
        shown.append(name + bracket + index)
    return ".".join(shown)[:120]


def _reason(finding: Finding, asked: Order, action: Action, direction: Direction) -> Reason:
    what = finding.said or _NAMES.get(finding.detector) or finding.kind.replace("_", " ") or "something"
    which = "request" if direction is Direction.REQUEST else "answer"
    by = f"Rule {asked.rule} stops it" if asked.rule else "It is stopped"
    sort = _NAMES.get(finding.detector, "something that is not let through")
    place = _shown(finding.path)
    seen = f"The {which} holds {sort} ({what})." if place == HIDDEN else f"The {which} holds {sort} (at {place}: {what})."
    if action is Action.JUSTIFY:
        mend = f"Send it again with the header {JUSTIFICATION_HEADER}, and in it, in at most {MAX_JUSTIFICATION} characters, why."
        return Reason("justification_required", f"{seen} {by} unless you say why it is needed.", mend, asked.rule)
    if action is Action.HOLD:
        return Reason(
            "held", f"{seen} {by} until a human has looked at it.", "Ask your access officer to release it.", asked.rule
        )
    mend = (
        "Take it out and send the request again, or ask your access officer."
        if direction is Direction.REQUEST
        else "Ask for something else, or ask your access officer."
    )
    return Reason(f"safeguard_{finding.detector}", f"{seen} {by}.", mend, asked.rule)
