"""What is learned about a call on its way, for the watch alone? Told with its outcome (``announcing``)."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.audit.entries import clip
from safeconduct.terms.call import CallView
from safeconduct.terms.signals import Scored

MOST_TOOLS: Final = 32
TOOL_CHARACTERS: Final = 64


class Trace(msgspec.Struct, frozen=True):
    """``marks`` are as ``events.HeadArrived`` has them.

    ``scored`` is what safeguards found, as far as they had spoken before the end; ``action`` the strongest thing they did, in
    lower case; ``justified``: the caller gave a reason.
    """

    marks: tuple[str, str, str] = ("", "", "")
    tools: tuple[str, ...] = ()
    text_bytes: int = 0
    scored: Scored | None = None
    action: str = ""
    justified: bool = False

    def body(self, call: CallView) -> Trace:
        """With what the body tells."""
        tools = tuple(clip(name, TOOL_CHARACTERS) for name in call.selections.tools[:MOST_TOOLS])
        return Trace(self.marks, tools, len(call.body))
