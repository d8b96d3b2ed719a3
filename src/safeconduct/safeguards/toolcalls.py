"""May this tool call be carried out? Each one against the scope of the project, and against what untrusted texts said.

Findings of the detector ``tools``:

- ``destructive``, ``downloaded_code``, ``door``, ``exfiltration``: what it does should be looked at first (``dangers``);
- ``ambiguous``: what it does cannot be told from what it says;
- ``scope_host``, ``scope_repository``, ``scope_path``, ``scope_account``, ``scope_verb``: outside of what the project declares;
- ``tainted_destination``, ``tainted_verb``: only a text that nobody here wrote asks for it (``intent``);
- ``unreviewed``: it is beyond what can be reviewed.

What is done about a finding is the plan's answer. INVARIANT (P1): what cannot be reviewed is a finding, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.safeguards import commanding, dangers, deeds, intent, places, programs
from safeconduct.safeguards.deeds import Deed
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.findings import Finding

DETECTOR: Final = "tools"
VERSION: Final = "1"
# How the acts of tools are called among a project's verbs.
_VERBS: Final = {"change": "write", "create": "write", "grant": "share"}
_SYSTEM: Final = ("/usr/", "/bin/", "/opt/", "/lib/", "/dev/null", "/dev/stdout", "/dev/stderr", "/proc/", "/tmp/", "/sys/")  # noqa: S108 - read, never made


def review(call: ToolCall, scope: Scope, taint: Taint) -> list[Finding]:
    """What is wrong with a tool call; nothing when nothing is. ``path`` of a finding is ``tool_call[ID]``."""
    deed = deeds.read(call)
    where = f"tool_call[{call.id}]"
    found = dict(_reviewed(deed, call, scope, taint))
    return [Finding(DETECTOR, kind, where, said=said) for kind, said in found.items()]


def _reviewed(deed: Deed, call: ToolCall, scope: Scope, taint: Taint) -> Iterator[tuple[str, str]]:
    if deed.fault:
        yield "unreviewed", deed.fault
        return
    if deed.line is not None:
        for each in dangers.dangers(deed.line):
            if not _asked(each.kind, deed, taint):
                yield each.kind, each.said
    yield from _destructive(deed, taint)
    yield from _outside(deed, call, scope)
    if taint.full and deed.act != "read":
        yield "unreviewed", "the conversation holds more than can be compared with this call"
    yield from intent.judge(deed, taint, scope)


def _asked(kind: str, deed: Deed, taint: Taint) -> bool:
    """Whether the person asked for what a command does."""
    if kind == "destructive":
        return commanding.asked_to_destroy(deed, taint)
    if kind == "downloaded_code":
        return commanding.asked_for_code(taint)
    return kind == "door" and commanding.asked_for_timetable(deed, taint)


def _destructive(deed: Deed, taint: Taint) -> Iterator[tuple[str, str]]:
    """What other tools than a shell destroy: a query that drops a table, a file that says who may enter."""
    asks = deed.line is None and not deed.local and bool(deed.acts & {"run", "read", "change"})
    destroying = [each for each in deed.values if asks and len(each) < 65_536 and programs.destroys_data(each)]
    if destroying and not commanding.asked_to_destroy_data(destroying, taint):
        yield "destructive", "data of a database is deleted"
    if deed.line is None and any(places.is_door(each) for each in deed.writes):
        yield "door", "a file that says who may enter is written"


def _outside(deed: Deed, call: ToolCall, scope: Scope) -> Iterator[tuple[str, str]]:
    """What lies outside of the declared scope."""
    if not scope.values:
        return
    for kind in ("host", "repository", "account"):
        if any(target.kind == kind and not scope.holds(kind, target.value) for target in deed.targets):
            yield f"scope_{kind}", f"it names a {kind} that is none of the project's"
    if not scope.open("path"):
        reads = [each for each in deed.reads if not each.startswith(_SYSTEM)]
        writes = [each for each in deed.writes if not each.startswith("/dev/")]
        if any(not _within(each, scope) for each in (*reads, *writes)):
            yield "scope_path", "it names a path that is none of the project's"
    if not scope.open("verb"):
        verb = _VERBS.get(deed.act, deed.act)
        if not (scope.holds("verb", verb) or scope.holds("verb", call.name)):
            yield "scope_verb", "the project may not do this"


def _within(path: str, scope: Scope) -> bool:
    """Whether a path lies in the scope. A relative one lies where the agent works, unless it climbs out."""
    if path.startswith(("/", "~", "$")):
        return scope.holds("path", path)
    return not path.startswith("..") and "/../" not in path
