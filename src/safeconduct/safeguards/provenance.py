"""Does a text that nobody party to the call wrote speak to the model? Instructions inside tool results and documents."""

from __future__ import annotations

from collections.abc import Sequence

from safeconduct.terms.blocks import UNTRUSTED, Block
from safeconduct.terms.findings import Finding

DETECTOR = "provenance"


def scan(blocks: Sequence[Block]) -> list[Finding]:
    """What untrusted blocks say to the model. Never anything about a text that the caller or the model wrote."""
    found: list[Finding] = []
    for block in blocks:
        if block.origin in UNTRUSTED and "ignore all previous instructions" in block.text.lower():
            found.append(Finding(DETECTOR, "instruction", block.path, said="a text that a tool returned gives orders"))
    return found
