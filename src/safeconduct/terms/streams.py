"""What does one event of an answer's stream bring? Texts, new or whole; ends of texts; and tool calls that are complete."""

from __future__ import annotations

import msgspec

from safeconduct.terms.blocks import Block, Origin, ToolCall


class Said(msgspec.Struct, frozen=True, gc=False):
    """More text on one ``channel``: what a client joins into one text. ``path`` is where it stands in the event's JSON.

    ``sealed``: it cannot be changed without breaking a seal, or it repeats what stands elsewhere. ``json``: it is part of a
    JSON text, so what is put into it has to be escaped. ``loose``: it is no text that the dialect knows.
    """

    channel: str
    text: str
    path: str
    origin: Origin
    sealed: bool = False
    json: bool = False
    loose: bool = False


class Heard(msgspec.Struct, frozen=True):
    """``blocks`` are texts that are whole. ``ends`` are prefixes of channels to which nothing is added any more.

    ``doubled``: a name stands twice in one object, or a block begins twice, so that another reader may read something else.
    """

    said: tuple[Said, ...] = ()
    blocks: tuple[Block, ...] = ()
    ends: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    doubled: bool = False
