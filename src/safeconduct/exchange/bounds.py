"""May this much be chosen in one call? Bounds how many things a request names, before anything is looked up or decided for it.

Each fallback is a decision of its own, and each stored thing a look-up in files. Without bounds one body with thousands of
them holds a worker up for seconds, and with it every stop that has to be in force within one second (P5). How long their
names may be together is bounded where they are read (``wire.selecting``).
"""

from __future__ import annotations

from safeconduct.terms.call import Selections
from safeconduct.wire.names import MAX_NAME
from safeconduct.wire.selecting import NOTHING
from safeconduct.wire.strict import Malformed

MAX_FALLBACKS = 16  # each one is a decision of its own, of some 200 us
MAX_THINGS = 512  # hosts and stored things; each stored one that is not known yet is looked up in files, in some 40 us


def bounded(picked: Selections) -> None:
    """Raises Malformed when a request chooses more than can be decided and recorded."""
    if picked is NOTHING:
        return
    if len(picked.fallbacks) > MAX_FALLBACKS:
        raise Malformed(
            "too_many_fallbacks",
            "$..fallbacks",
            f"The request names more than {MAX_FALLBACKS} other models.",
            "Name fewer.",
        )
    if len(picked.hosts) + len(picked.resources) > MAX_THINGS:
        raise Malformed(
            "too_many_selections",
            "$",
            f"The request names more than {MAX_THINGS} hosts and stored things.",
            "Split the request, or send contents instead of references.",
        )


def asked(name: str) -> str:
    """A model name as it is decided: one that is too long to mean anything is cut where that is already certain."""
    return name if len(name) <= MAX_NAME else name[: MAX_NAME + 1]
