"""What do changes about canaries carry? The subject is ``ORGANIZATION/NAME`` of the list.

INVARIANT (P8): fingerprints only, keyed by a secret of the home; neither a string nor a word of a document stands in the history.
"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body


class CanariesListed(Body, frozen=True):
    """The organization watches this list from now on; one of the same name is replaced.

    Fingerprints of strings, and of rows of words of a document: 16 hex digits each, joined, ascending.
    """

    organization: str
    strings: str = ""
    documents: str = ""


class CanariesRemoved(Body, frozen=True):
    """Nobody looks for the list any more."""

    organization: str
    why: str = ""
