"""May this tool call be carried out? Each one against the scope of the project, and against what untrusted texts said."""

from __future__ import annotations

from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.findings import Finding

DETECTOR = "tools"


def review(call: ToolCall, scope: Scope, taint: Taint) -> list[Finding]:
    """What is wrong with a tool call; nothing when nothing is. ``path`` of a finding is ``tool_call[ID]``."""
    found: list[Finding] = []
    if "rm -rf /" in call.arguments:
        found.append(Finding(DETECTOR, "destructive", f"tool_call[{call.id}]", said="it deletes"))
    return found
