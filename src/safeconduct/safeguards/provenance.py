"""Does a text that nobody party to the call wrote speak to the model? Instructions inside of tool results and documents.

Findings of the detector ``provenance``, about untrusted blocks only; never about the words of the caller or the model:

- ``override``: it claims authority over what the model was told, or asks it to keep silent about something;
- ``addressed``: it turns to an assistant, an agent or a model and asks for an act;
- ``hidden``: what a reader does not see (invisible signs and styles, tag characters, comments) asks for an act;
- ``encoded``: base64, hex or ROT13 that asks for an act;
- ``tool_named``: an order that names a tool of this very request;
- ``invisible``: signs that have no business in a text are there, whatever they say.

A finding is a mark, not a proof: articles about such attacks quote them. What follows from it for tool calls is asked in
``intent``; polite orders, which no word marks, are not found here but when somebody is about to carry them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safeconduct.safeguards import hidden, verbs
from safeconduct.safeguards.taint import Order, orders_in
from safeconduct.terms.blocks import UNTRUSTED, Block, Origin
from safeconduct.terms.findings import Finding

DETECTOR: Final = "provenance"
VERSION: Final = "1"
LONGEST: Final = 262_144  # characters of one block; of a longer one, the head and the tail
MOST: Final = 32  # findings in one block
_ENCODED: Final = frozenset({"base64", "hex", "rot13"})
_INVISIBLE: Final = frozenset({"tags", "zero_width", "bidi"})


def scan(blocks: Sequence[Block]) -> list[Finding]:
    """What untrusted blocks say to the model. Never anything about a text that the caller or the model wrote."""
    found: list[Finding] = []
    tools: frozenset[str] | None = None
    for block in blocks:
        if block.origin not in UNTRUSTED or len(block.text) < 8:
            continue
        if tools is None:
            tools = _tools(blocks)
        found += _of(block, tools)
    return found


def _of(block: Block, tools: frozenset[str]) -> list[Finding]:
    text = block.text
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]
    kinds: dict[str, Finding] = {}
    for passage in hidden.passages(text):
        whole = passage.end <= len(block.text) == len(text)
        place = (passage.start, passage.end) if whole else (0, 0)
        kind = "encoded" if passage.how in _ENCODED else "hidden"
        orders = list(orders_in(passage.text, how=passage.how))
        if any(each.sure for each in orders):
            kinds.setdefault(kind, Finding(DETECTOR, kind, block.path, *place, said=f"{passage.how} text asks for an act"))
        elif passage.how in _INVISIBLE:
            said = f"{passage.how} signs are in a text of others"
            kinds.setdefault("invisible", Finding(DETECTOR, "invisible", block.path, *place, said=said))
    low = text.lower()
    voice = verbs.Voice(low)
    if voice.turns or any(each in low for each in tools):
        for order in orders_in(text):
            for kind, said in _told(order, voice, tools):
                kinds.setdefault(kind, Finding(DETECTOR, kind, block.path, said=said))
    return list(kinds.values())[:MOST]


def _told(order: Order, voice: verbs.Voice, tools: frozenset[str]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if voice.overrides(order.near):
        told.append(("override", "a text of others claims authority over the model"))
    if voice.addresses_model(order.text):
        told.append(("addressed", "a text of others asks a model for an act"))
    if any(each in order.text for each in tools):
        told.append(("tool_named", "a text of others asks for a tool of this request by its name"))
    return told


def _tools(blocks: Sequence[Block]) -> frozenset[str]:
    """Names of this request's tools that are no ordinary words."""
    return frozenset(
        each.text.lower()
        for each in blocks
        if each.path.startswith("$.tools[") and each.path.endswith(".name") and each.origin in (Origin.SYSTEM, Origin.OTHER)
        if "_" in each.text and 5 <= len(each.text) <= 64
    )
