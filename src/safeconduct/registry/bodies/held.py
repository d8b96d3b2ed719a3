"""What do changes about held things carry? The subject is the id of what was held.

``why`` is empty where it named somebody who was erased.
"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class HeldReleased(Body, frozen=True):
    """The same thing of the same caller may pass until ``until``. ``second`` is who agreed, where that was needed."""

    until: Moment
    why: str = ""
    organization: str = ""
    second: str = ""


class HeldDeclined(Body, frozen=True):
    """It stays held; a release that runs is over."""

    why: str = ""
    organization: str = ""
