"""A vault in memory for tests of the call: keeps what it is given in the clear, and fails as it is told to."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from safeconduct.terms.content import Kept

OBLIGING = """
[instrument]
id = "{name}"
authority = "acme-platform"
kind = "organization_policy"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "all"
effect = "oblige"
models = {models}
cohort = "true"
say = "{name} says so."
duties = [{{ name = "retain", value = "{value}" }}]
"""


def obliging(name: str, value: str, models: str = '["claude-haiku-4-5"]') -> str:
    """An instrument by which calls to these models are kept in a class, or are not kept."""
    return OBLIGING.format(name=name, value=value, models=models)


@dataclass
class RecordedVault:
    """``fails``: "" (never), "cannot" (takes nothing), "raises", "lost" (not durable), or "silent" (never says anything).

    ``of`` is the part that it fails of. While ``held`` nobody hears anything of that part; ``release`` tells everyone who waits.
    """

    fails: str = ""
    of: str = "request"
    held: bool = False
    kept: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    waiting: list[Callable[[bool], None]] = field(default_factory=list)

    def keep(self, *, call: str, part: str, data: bytes, then: Callable[[bool], None], **more: Any) -> Kept | None:
        fails = self.fails if part == self.of else ""
        if fails == "raises":
            raise OSError("the disk is gone")
        if fails == "cannot":
            return None
        self.kept[call, part] = {"data": data, **more}
        if self.held and part == self.of:
            self.waiting.append(then)
        elif fails != "silent":
            asyncio.get_running_loop().call_soon(then, fails != "lost")
        return Kept(hashlib.sha256(data).hexdigest(), f"{call}/{part}")

    def release(self, durable: bool = True) -> None:
        self.held = False
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then(durable)

    def part(self, part: str) -> list[bytes]:
        """What was kept of a part, in order."""
        return [one["data"] for (_, kind), one in self.kept.items() if kind == part]
