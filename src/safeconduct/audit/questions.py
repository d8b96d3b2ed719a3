"""Which entries of a log answer a question about one organization, one instrument or one case? Entry by entry, in order.

- an organization: its calls and how they ended, acts that concern it, erasures about its callers;
- an instrument: calls that one of its rules decided and how they ended, acts about it;
- a case: acts about it, and the calls whose content was read for it (``calls``, from the registry) with all that concerns them.

That nothing is missing from an answer cannot be seen from the answer: it takes the whole log. Memory: calls that are open, and
the callers or calls that the question is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec


class Gist(msgspec.Struct, frozen=True, gc=False):
    """What a question looks at, of any entry."""

    type: str
    boot: str = ""
    seq: int = 0
    about: str = ""
    call: str = ""
    caller: str = ""
    closes_boot: str = ""
    closes_seq: int = 0
    organization: str = ""
    rules: tuple[str, ...] = ()


_GISTS = msgspec.json.Decoder(Gist)


@dataclass(frozen=True, slots=True)
class Question:
    """``kind`` and the id it is about. ``calls`` are those that the registry names for a case."""

    kind: Literal["organization", "instrument", "case"]
    id: str
    calls: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}={self.id}"


class Answering:
    """One walk through one log, from its first entry on."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._open: set[tuple[str, int]] = set()
        self._callers: set[str] = set()

    def takes(self, data: bytes) -> bool:
        """Whether this entry belongs to the answer. Raises ValueError for bytes that are no entry."""
        gist = _GISTS.decode(data)
        if gist.type == "call.decided":
            if not self._asked(gist):
                return False
            self._open.add((gist.boot, gist.seq))
            self._callers.add(gist.caller)
            return True
        if gist.type == "call.ended" and gist.closes_seq:
            key = (gist.closes_boot, gist.closes_seq)
            if key in self._open:
                self._open.discard(key)
                return True
            return False
        return self._concerned(gist)

    def _asked(self, gist: Gist) -> bool:
        match self._question.kind:
            case "organization":
                return gist.organization == self._question.id
            case "instrument":
                return any(rule.partition("/")[0] == self._question.id for rule in gist.rules)
            case "case":
                return gist.call in self._question.calls

    def _concerned(self, gist: Gist) -> bool:
        match self._question.kind:
            case "organization":
                theirs = gist.type == "content.erased" and gist.caller in self._callers and gist.caller != ""
                return theirs or gist.organization == self._question.id
            case "instrument":
                return gist.about.partition("/")[0] == self._question.id
            case "case":
                return gist.about == self._question.id or bool({gist.about, gist.call} & self._question.calls)
