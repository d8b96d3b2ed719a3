"""What is told about something held? Its id, a sentence for the caller, and a note for those who can release it.

Whether it is held is the panel's verdict; who may release it is the office's answer; that the same thing may pass once it was
released is asked of the view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from safeconduct.safeguards import held
from safeconduct.safeguards.held import Where
from safeconduct.safeguards.panel import Verdict
from safeconduct.safeguards.plan import Plan
from safeconduct.terms.blocks import Block, Direction, ToolCall
from safeconduct.terms.decision import Reason
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.held import Held
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model, Standing

MOST: Final = 8  # kinds and sentences that a note tells
LONGEST: Final = 64  # characters of a tool's name in a note


def findings_held(findings: Iterable[Finding], plan: Plan, direction: Direction) -> list[Finding]:
    """Those of the findings that the plan asks to hold."""
    return [each for each in findings if plan.action(each, direction) is Action.HOLD]


def of_request(key: bytes, where: Where, blocks: Sequence[Block], findings: Iterable[Finding], plan: Plan) -> str:
    """The id of what is held in a request; empty where nothing is."""
    kept = findings_held(findings, plan, Direction.REQUEST)
    return held.of_texts(key, where, blocks, kept) if kept else ""


def of_call(key: bytes, where: Where, call: ToolCall, findings: Iterable[Finding], plan: Plan) -> str:
    """The id of a tool call that is held; empty where it is not."""
    kept = findings_held(findings, plan, Direction.ANSWER)
    return held.of_call(key, where, call, kept) if kept else ""


def where_of(standing: Standing, model: Model | None) -> Where:
    """For whose project a thing is on its way to which model, or from it."""
    return standing.organization, standing.project, model.id if model is not None else ""


def said(reason: Reason, name: str) -> Reason:
    """The reason with what to do next: the id, and who can release it."""
    mend = f"Ask your access officer to release {name} (safeconduct held release {name}); within the hour, send it again."
    return replace(reason, mend=mend)


def note(
    name: str, call: str, standing: Standing, model: str, direction: Direction, verdict: Verdict, now: Moment, tool: str = ""
) -> Held:
    """What those who can release it are told. INVARIANT (P8): nothing of what was held."""
    kinds = tuple(dict.fromkeys(f"{each.detector}.{each.kind}" for each in verdict.findings))
    words = tuple(dict.fromkeys(each.said for each in verdict.findings if each.said))
    shown = tool if tool.isprintable() and len(tool) <= LONGEST else ""
    return Held(
        id=name,
        at=now,
        call=call,
        caller=standing.leaf_pseudonym,
        organization=standing.organization,
        project=standing.project,
        model=model,
        direction=str(direction),
        tool=shown,
        kinds=kinds[:MOST],
        said=words[:MOST],
        rule=verdict.reason.rule if verdict.reason is not None else "",
    )
