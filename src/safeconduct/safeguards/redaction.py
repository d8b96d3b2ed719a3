"""What stands in a text for what was taken out of it, and how does it come back? Placeholders, for the length of one call.

A placeholder reads ``[redacted:DETECTOR:N]``; the same text always gets the same one, so that a model can still tell one
from another. The answer says them again, and the caller reads what the model never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from safeconduct.terms.blocks import Block, Edit

HEAD: Final = "[redacted:"
SEALED: Final = (".thinking", ".signature", ".encrypted_content")  # ends of paths of texts under a seal
_LONGEST: Final = 160  # the name of a detector, and a number


class Placeholders:
    """The placeholders of one call. Kept nowhere but here, and gone with the call."""

    __slots__ = ("_by_text", "_originals", "_taken")

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        """``blocks`` are the texts of the call: what reads like a placeholder in them is never handed out for something else."""
        self._by_text: dict[tuple[str, str], str] = {}
        self._originals: dict[str, str] = {}
        self._taken = [block.text for block in blocks if HEAD in block.text]

    def __len__(self) -> int:
        return len(self._originals)

    def take(self, detector: str, original: str) -> str:
        """The placeholder for a text that this detector found."""
        known = self._by_text.get((detector, original))
        if known is not None:
            return known
        number = len(self._originals) + 1
        placeholder = f"{HEAD}{detector}:{number}]"
        while placeholder in self._originals or any(placeholder in text for text in self._taken):
            number += 1
            placeholder = f"{HEAD}{detector}:{number}]"
        self._by_text[(detector, original)] = placeholder
        self._originals[placeholder] = original
        return placeholder

    def found(self, text: str) -> list[tuple[int, int, str]]:
        """``(start, end, original)`` of each of this call's placeholders in a text, in order."""
        spans = []
        at = text.find(HEAD)
        while at >= 0:
            end = text.find("]", at, at + _LONGEST) + 1
            original = self._originals.get(text[at:end]) if end else None
            if original is not None:
                spans.append((at, end, original))
            at = text.find(HEAD, end if original is not None else at + 1)
        return spans

    def restore(self, text: str) -> str:
        """The text with every placeholder of this call turned back into what it stands for."""
        if not self._originals:
            return text
        for start, end, original in reversed(self.found(text)):
            text = text[:start] + original + text[end:]
        return text

    def open(self, text: str) -> int:
        """The offset from which on the text could still grow into a placeholder; its length when nothing is open."""
        if not self._originals:
            return len(text)
        floor = max(0, len(text) - _LONGEST)
        at = text.rfind("[", floor)
        while at >= 0:
            rest = text[at:]
            if any(each.startswith(rest) and each != rest for each in self._originals):
                return at
            at = text.rfind("[", floor, at)
        return len(text)


def count(edits: Iterable[Edit], counts: dict[str, int]) -> None:
    """Add to ``counts`` how many places each detector had something taken out of."""
    for edit in edits:
        name = edit.text[len(HEAD) :].rpartition(":")[0]
        counts[name] = counts.get(name, 0) + 1


def told(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The counts as sorted ``DETECTOR=COUNT``."""
    return tuple([f"{name}={counts[name]}" for name in sorted(counts)])


def restored(blocks: Iterable[Block], placeholders: Placeholders, goes: Callable[[Block, int, int], bool]) -> list[Edit]:
    """What turns placeholders back into what they stand for, in texts that are whole and under no seal, where they may."""
    edits = []
    for block in blocks:
        if block.path.endswith((*SEALED, "#", "~")):
            continue
        for start, end, original in placeholders.found(block.text):
            if goes(block, start, end):
                edits.append(Edit(block.path, start, end, escaped(original) if block.path.endswith(".arguments") else original))
    return edits


def escaped(text: str) -> str:
    """A text as it stands inside a JSON string."""
    return msgspec.json.encode(text).decode()[1:-1]
