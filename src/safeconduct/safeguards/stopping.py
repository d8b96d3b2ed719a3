"""Why may an answer not go on, whatever its plan says? Verdicts and words for what cannot be looked at, waited for or mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safeconduct.safeguards.panel import Verdict
from safeconduct.terms.decision import Reason
from safeconduct.terms.findings import Action, Finding

UNFINISHED: Final = "unfinished"
REVEALED: Final = "revealed"  # what was taken out of the request, to a place that no party to the call named


class Stopped(Exception):
    """The stream may not go on. ``verdict`` says why; what was released before it has left."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.action.name)
        self.verdict = verdict


class Doubled(Exception):
    """A name stands twice in one object of an answer that has to be looked at: readers differ about what it says."""


def unfinished(detector: str, path: str) -> Verdict:
    """Too much waits for what might become a finding; so it is one."""
    said = "a text that looks like the beginning of a finding and does not end"
    then = "and no more of it can be kept back. It is stopped."
    return _cut(Finding(detector, UNFINISHED, path, said=said), then, "Ask for something else, or ask your access officer.")


def revealed(detector: str, call_id: str) -> Verdict:
    """A tool call would carry what was taken out of the request to a place that no party to the call named."""
    said = "a tool call that would carry what was taken out of your request to a place that only others name, or nobody"
    mend = "Name that place yourself in the request, or ask for something else."
    return _cut(Finding(detector, REVEALED, f"tool_call[{call_id}]", said=said), "and is stopped.", mend)


def unplaced(seen: Sequence[Finding]) -> Reason:
    """Something has to be taken out where nothing can be: by the last of what was ``seen``, if anything was."""
    detector = seen[-1].detector if seen else "unplaced"
    say = "The answer holds something that has to be taken out, in a place where nothing can be taken out."
    return Reason(f"safeguard_{detector}", say, "Ask for something else, or ask your access officer.")


def _cut(finding: Finding, then: str, mend: str) -> Verdict:
    code = f"safeguard_{finding.detector}"
    reason = Reason(code, f"The answer holds {finding.said} (at {finding.path}), {then}", mend, "")
    return Verdict(Action.CUT, (finding,), reason=reason, codes=(code,))
