"""Can this text be a model name at all? Which model it names is the registry's question.

INVARIANT (lookalikes): a name is matched byte for byte or not at all. Nothing is folded, trimmed or normalized here, and
whatever contains a character outside a small printable ASCII set (full-width letters, zero-width joiners, spaces,
percent escapes) names nothing.
"""

from __future__ import annotations

import string

MAX_NAME = 128  # the longest published model ids, with region and version, stay below 100 characters
_ALLOWED = frozenset(string.ascii_letters + string.digits + "._:/@-")


def canonical_candidate(name: str) -> str | None:
    """The very same name when it could be a catalog id or alias, else None. Costs O(len(name)), bounded by ``MAX_NAME``."""
    if 0 < len(name) <= MAX_NAME and _ALLOWED.issuperset(name):
        return name
    return None
