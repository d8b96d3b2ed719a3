"""What do all kinds of entries share? Defaults that are written all the same."""

from __future__ import annotations

from itertools import repeat
from typing import TypeVar

import msgspec

Value = TypeVar("Value")


def always(value: Value) -> Value:
    """A default that is written all the same: msgspec leaves out plain defaults only."""
    return msgspec.field(default_factory=repeat(value).__next__)
