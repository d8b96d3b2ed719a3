"""What did the engine say, by what is it remembered, and which model does it leave to be offered?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from safeconduct.policy.slices import Slice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine said. ``ids`` are the determining rules, ``obliged`` the obligations that a permit is under.

    Of a no also: ``reached``, the permissions that ever covered the organization for this model, and ``held``, the rules whose
    probe holds (prohibitions that certainly apply, permissions and exemptions that possibly do).
    """

    allowed: bool
    ids: tuple[str, ...]
    errors: tuple[str, ...]
    reached: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    obliged: tuple[str, ...] = ()


UNSEEN: Final = Verdict(False, (), ())


def digest(*parts: bytes) -> bytes:
    """One key for all of it. No part but the last holds a zero byte, so two different lists never look alike."""
    return hashlib.sha256(b"\0".join(parts)).digest()


def fallback(part: Slice, verdict: Verdict) -> str:
    """The model that every deciding rule offers instead. A base rule offers none, and two that differ offer none."""
    offered = {part.rules[name].fallback if name in part.rules else "" for name in verdict.ids}
    return offered.pop() if len(offered) == 1 else ""
