"""Which texts of a request is the judge asked about? Those that the models find doubtful, and where a rule asks it all new ones.

A text is doubtful when as few benign ones look so as the settings say; one that no model has looked at is doubtful, too. The
judge is not asked before the models have spoken. Asking it is the gateway's part, what a judgment comes to is the panel's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from safeconduct.safeguards import seen
from safeconduct.safeguards.judging import Category, Judgment
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import About, Enabled, Process, Wanted
from safeconduct.safeguards.seen import CLEAN, Heard, Seen
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.safeguards import JUDGE

MODELS: Final = frozenset({"misuse", "injection"})
"""The detectors whose chances tell what is doubtful."""

READS: Final = frozenset({Origin.SYSTEM, Origin.USER, Origin.ASSISTANT, Origin.TOOL_RESULT, Origin.DOCUMENT})
"""Whose texts the judge is asked about."""


class Doubts(msgspec.Struct):
    """``waits`` have to be judged before there is a verdict, ``later`` once the call is on its way."""

    findings: list[Finding]
    waits: list[Wanted]
    later: list[Wanted]


def judge_of(enabled: Enabled) -> Process | None:
    """The judge, where there is one."""
    return next((each for each in enabled.processes if each.name == JUDGE), None)


def awaited(plan: Plan) -> frozenset[str]:
    """The models that a call waits for because the judge has to know from them what is doubtful."""
    gray = plan.judged(everything=False)
    return MODELS if gray is not None and gray > Action.LOG else frozenset()


def doubts(
    blocks: Sequence[Block],
    plan: Plan,
    enabled: Enabled,
    known: Seen,
    fresh: Mapping[bytes, Heard],
    subject: bytes,
    about: About,
) -> Doubts:
    """What was judged of these texts, and what has to be. To be asked when no model has to be waited for any more."""
    found = Doubts([], [], [])
    judge = judge_of(enabled)
    gray, everything = plan.judged(everything=False), plan.judged(everything=True)
    if judge is None or (gray is None and everything is None):
        return found
    version = f"{JUDGE}\0{judge.version}\0{about.purpose}"
    models = _models(enabled)
    for block in blocks:
        if block.origin not in READS or not block.text or block.text.isspace():
            continue
        action = everything if block.origin is Origin.USER else None
        unknown = False
        if gray is not None and (action is None or action < gray):
            chance = None if models is None else _chance(models, block, known, fresh, subject)
            if chance is None or chance <= enabled.gray:
                unknown = action is None and chance is None and gray is Action.LOG and models is not None
                action = gray
        if action is None:
            continue
        name = seen.key(subject, version, block)
        heard = fresh.get(name) or known.get(name)
        if heard is not None:
            found.findings += [msgspec.structs.replace(each, path=block.path) for each in heard.findings]
            continue
        asked = Wanted(name, JUDGE, block.origin, block.text, about, unknown)
        (found.waits if action > Action.LOG else found.later).append(asked)
    return found


def confirmed(texts: Sequence[Wanted], heard: Mapping[tuple[str, Origin], Heard], gray: float) -> list[Wanted]:
    """Of texts for the judge those that it is asked about, now that the models have spoken. ``heard`` is by text and origin."""
    found = []
    for each in texts:
        said = heard.get((each.text, each.origin))
        if not each.if_gray or (said is not None and _rarest(said) <= gray):
            found.append(each)
    return found


def heard_of(judgments: Sequence[Judgment]) -> Heard:
    """What the judge said of the pieces of one text: the judgment that it is surest of, unless all are that it is ordinary."""
    told = [each for each in judgments if each.category is not Category.NONE]
    if not told:
        return CLEAN
    worst = max(told, key=lambda each: each.confidence)
    kind = worst.category.value
    return Heard((Finding(JUDGE, kind, "", chance=1.0 - worst.confidence, said=f"judged as {kind}"),))


def _models(enabled: Enabled) -> Process | None:
    return next((each for each in enabled.processes if any(one.name in MODELS for one in each.detectors)), None)


def _chance(models: Process, block: Block, known: Seen, fresh: Mapping[bytes, Heard], subject: bytes) -> float | None:
    """How many benign texts look like this one, as far as the models were asked about whoever wrote it; None: not known."""
    reads = frozenset(each.name for each in models.detectors if block.origin in each.origins)
    name = seen.key(subject, f"{models.name}\0{models.version}", block)
    heard = fresh.get(name) or known.get(name)
    return _rarest(heard, reads) if heard is not None and reads else None


def _rarest(heard: Heard, reads: frozenset[str] = MODELS) -> float:
    return min((each.chance for each in heard.findings if each.detector in reads), default=1.0)
