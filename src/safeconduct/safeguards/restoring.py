"""What of a stream's text is turned back into what was taken out of the request? Where it may be is asked in ``placing``."""

from __future__ import annotations

from safeconduct.safeguards.channels import Channel, Span
from safeconduct.safeguards.placing import Placing
from safeconduct.safeguards.redaction import Placeholders, escaped, restored
from safeconduct.terms.blocks import Block, Edit, Origin, ToolCall


class Restoring:
    """The placeholders of one call, in its answer. Without a ``placing`` they are turned back everywhere."""

    def __init__(self, placeholders: Placeholders, placing: Placing | None) -> None:
        self.open = placeholders.open
        self._placeholders = placeholders
        self._placing = placing

    def reveals(self, call: ToolCall) -> str:
        """The detector of what a tool call may not have back; empty where it may have all of it."""
        return "" if self._placing is None else self._placing.reveals(call)

    def whole(self, blocks: list[Block]) -> list[Edit]:
        """What texts that came whole get back."""
        return restored(blocks, self._placeholders, self._goes)

    def _goes(self, block: Block, start: int, end: int) -> bool:
        if self._placing is None or block.origin is Origin.TOOL_CALL:  # of that, the whole call is reviewed
            return True
        return bool(self._placing.goes(block.text, start, end, whole=True))

    def decided(self, channel: Channel, done: int, reached: int, *, whole: bool) -> int:
        """Turn back what lies from ``done`` to ``reached`` of a channel's window; give back how far the text is decided.

        Where what comes next decides whose address it is, the text waits for that.
        """
        said, placing = channel.said, self._placing
        ahead = len(channel.address)
        for start, end, original in self._placeholders.found(channel.window):
            if not done < end <= reached:
                continue
            if placing is not None and said.origin is not Origin.TOOL_CALL:
                goes = placing.goes(channel.address + channel.window, ahead + start, ahead + end, whole=whole)
                if goes is None:
                    return max(start, done)
                if not goes:
                    continue
            text = escaped(original) if said.json else original
            channel.spans.append(Span(channel.base + start, channel.base + end, text))
        return reached

    def trim(self, channel: Channel) -> None:
        """Forget what no detector has to see again, but for the beginning of an address that goes on."""
        window, base = channel.window, channel.base
        channel.trim()
        if self._placing is not None and channel.base > base:
            channel.address = self._placing.left(channel.address + window[: channel.base - base])
