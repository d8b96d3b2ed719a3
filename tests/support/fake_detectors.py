"""A detector for tests: tokens are ``tok_`` and eight or more small letters or digits, in a text of any kind."""

from __future__ import annotations

import string
from collections.abc import Sequence

from safeconduct.safeguards.ports import DetectorFailed
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.call import Dialect
from safeconduct.terms.findings import Finding
from support.wire_streams import chat_chunk, messages_event, responses_event

TOKEN = "tok_1234567890ab"
NAME = "canaries"
_HEAD, _LEAST = "tok_", 8
_SMALL = frozenset(string.ascii_lowercase + string.digits)


class FakeDetectors:
    """One inline detector of a name of ours. ``asked`` counts scans; ``broken`` makes it fail."""

    version = "1"

    def __init__(self, name: str = NAME) -> None:
        self.name = name
        self.asked = 0
        self.broken = False

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:
        self._ask()
        if self.name not in wanted:
            return []
        return [found for block in blocks for found in self._find(block.path, block.text)]

    def scan_text(self, path: str, text: str, origin: Origin, /) -> list[Finding]:
        self._ask()
        return self._find(path, text)

    def open(self, text: str, /) -> int:
        at = text.rfind(_HEAD)
        if at >= 0 and _SMALL.issuperset(text[at + len(_HEAD) :]):
            return at
        return next((len(text) - size for size in (3, 2, 1) if text.endswith(_HEAD[:size])), len(text))

    def _ask(self) -> None:
        self.asked += 1
        if self.broken:
            raise DetectorFailed(self.name)

    def _find(self, path: str, text: str) -> list[Finding]:
        found, at = [], text.find(_HEAD)
        while at >= 0:
            end = at + len(_HEAD)
            while end < len(text) and text[end] in _SMALL:
                end += 1
            if end - at >= len(_HEAD) + _LEAST:
                found.append(Finding(self.name, "token", path, at, end, said="a token"))
            at = text.find(_HEAD, end)
        return found


def saying(dialect: Dialect, text: str) -> bytes:
    """One event of an answer's stream that says ``text``."""
    if dialect is Dialect.MESSAGES:
        return messages_event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
    if dialect is Dialect.CHAT:
        return chat_chunk({"content": text})
    item = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
    return responses_event("response.output_text.delta", 7, delta=text, **item)
