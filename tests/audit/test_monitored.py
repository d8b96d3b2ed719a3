"""What a monitor remembers survives as JSON."""

from __future__ import annotations

import msgspec

from safeconduct.audit.monitored import UNREADABLE, Broken, Saved
from safeconduct.audit.tree import EMPTY_ROOT


def test_what_was_seen_reads_back() -> None:
    saved = Saved("log.example", 3, "aa", ["bb"], early=[("w", 3, 4)], calls={5: 6}, closed={"x": (1, "cc")}, ledger={"seen": 1})
    assert msgspec.json.decode(msgspec.json.encode(saved), type=Saved) == saved


def test_at_first_nothing_was_seen() -> None:
    assert Saved("log.example").root == EMPTY_ROOT.hex()
    assert Broken(UNREADABLE, "checkpoint", -1, "why").what == "why"
