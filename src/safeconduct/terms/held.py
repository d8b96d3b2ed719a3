"""Something held: a request or a tool call that waits for a human. What is told of it, and how long a release lasts."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.moments import SECOND, Moment

PREFIX: Final = "H-"
DIGITS: Final = 12
LASTS: Final[Moment] = 3_600 * SECOND  # a release: long enough to send it again, too short to become a right


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """``id`` is the same for the same thing of the same caller. ``caller`` is the pseudonym that log entries carry.

    INVARIANT (P8): nothing of what was held stands here, only which detectors saw what kind of thing, and where.
    """

    id: str
    at: Moment
    call: str
    caller: str
    organization: str
    project: str = ""
    model: str = ""
    direction: str = ""
    tool: str = ""
    kinds: tuple[str, ...] = ()  # DETECTOR.KIND
    said: tuple[str, ...] = ()
    rule: str = ""


def is_held_id(text: str) -> bool:
    """Whether a text is ``H-`` and twelve hex digits."""
    digits = text.removeprefix(PREFIX)
    return text.startswith(PREFIX) and len(digits) == DIGITS and all(each in "0123456789abcdef" for each in digits)
