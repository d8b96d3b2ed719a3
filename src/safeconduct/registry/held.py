"""What was said about something held?"""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import Moment


class Release(msgspec.Struct, frozen=True):
    """The last word about one held thing: until when it may pass, 0 where it was declined; who said so, and who agreed."""

    id: str
    until: Moment
    by: str
    at: Moment
    why: str = ""
    second: str = ""

    def passes(self, now: Moment) -> bool:
        """Whether the thing may pass at this moment."""
        return self.at <= now < self.until
