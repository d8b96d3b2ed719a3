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

What is found depends on the text and on ``context``, the names of this request's tools: who remembers the one by the other
need not ask again. Most texts are told by their words to speak to nobody; of others, the lines around such words are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safeconduct.safeguards import hidden, verbs
from safeconduct.safeguards.orders import LONGEST, Order, around, orders_in, shortened
from safeconduct.terms.blocks import UNTRUSTED, Block, Origin
from safeconduct.terms.findings import Finding

DETECTOR: Final = "provenance"
VERSION: Final = "2"
MOST: Final = 32  # findings in one block
_ENCODED: Final = frozenset({"base64", "hex", "percent", "rot13"})
_DEFINES: Final = frozenset({Origin.SYSTEM, Origin.OTHER})
_INVISIBLE: Final = frozenset({"tags", "zero_width", "bidi"})


def scan(blocks: Sequence[Block]) -> list[Finding]:
    """What untrusted blocks say to the model. Never anything about a text that the caller or the model wrote."""
    found: list[Finding] = []
    tools: frozenset[str] | None = None
    for block in blocks:
        if block.origin not in UNTRUSTED or len(block.text) < 8:
            continue
        if tools is None:
            tools = frozenset(each.text.lower() for each in context(blocks))
        found += _of(block, tools)
    return found


def _of(block: Block, tools: frozenset[str]) -> list[Finding]:
    text = shortened(block.text)
    low = text.lower()
    voice = verbs.Voice(low)
    kinds: dict[str, Finding] = {}
    for passage in hidden.passages(text):
        place = (passage.start, passage.end) if len(block.text) <= LONGEST else (0, 0)
        kind = "encoded" if passage.how in _ENCODED else "hidden"
        if passage.how == "comment" and not voice.turns:
            continue  # it stands in the text as it is, and turns to nobody
        if any(each.sure for each in orders_in(passage.text, how=passage.how)):
            kinds.setdefault(kind, Finding(DETECTOR, kind, block.path, *place, said=f"{passage.how} text asks for an act"))
        elif passage.how in _INVISIBLE:
            said = f"{passage.how} signs are in a text of others"
            kinds.setdefault("invisible", Finding(DETECTOR, "invisible", block.path, *place, said=said))
    named = [each for each in tools if each in low]
    if voice.turns or named:
        possible = len(kinds) + voice.manners + bool(named)
        for part in around(low, (*voice.turning, *named)):
            for order in orders_in(part, voice=voice, tools=named):
                for kind, said in _told(order, voice, tools):
                    kinds.setdefault(kind, Finding(DETECTOR, kind, block.path, said=said))
            if len(kinds) == possible:
                break
    return list(kinds.values())[:MOST]


def _told(order: Order, voice: verbs.Voice, tools: frozenset[str]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if voice.claims and voice.overrides(order.near):
        told.append(("override", "a text of others claims authority over the model"))
    if voice.addresses_model(order.text):
        told.append(("addressed", "a text of others asks a model for an act"))
    if any(each in order.text for each in tools):
        told.append(("tool_named", "a text of others asks for a tool of this request by its name"))
    return told


def context(blocks: Sequence[Block]) -> list[Block]:
    """The names of this request's tools that are no ordinary words: all that a finding may depend on beside its text."""
    return [
        each
        for each in blocks
        if each.origin in _DEFINES
        if "_" in each.text and 5 <= len(each.text) <= 64
        if each.path.startswith("$.tools[") and each.path.endswith(".name")
    ]
