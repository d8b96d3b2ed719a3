"""What do entries about content and its end say? Reads and holds are acts; these are what happens to keys."""

from __future__ import annotations

from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class ContentErased(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Keys and salts were destroyed: what they open is lawfully erased from here on.

    ``scope`` says what of: all of one subject (``caller`` is its leaf pseudonym), one call, or one ``kept_class`` and ``month``
    (YYYY-MM) whose time is over. ``ground`` is a stable code of the legal ground. ``keys`` counts the keys destroyed, ``changes``
    the registry's changes whose words were taken out. ``actor`` and ``second`` are pseudonyms.
    """

    actor: str = ""
    at: int
    boot: str = ""
    call: str = ""
    caller: str = ""
    changes: int = 0
    ground: str = ""
    kept_class: str = ""
    keys: int = 0
    month: str = ""
    node: str = ""
    prev: str = ""
    scope: Literal["subject", "call", "class"]
    second: str = ""
    seq: int = 0
    type: Literal["content.erased"] = always("content.erased")
    v: int = always(1)
