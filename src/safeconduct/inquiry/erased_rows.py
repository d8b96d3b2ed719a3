"""Which rows may have lost their words, and is what is left of them what erasing left? Collected while ``reconciling`` walks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from safeconduct.inquiry.differing import RESTORE, Difference, Row
from safeconduct.registry.bodies.erasures import ErasureDone
from safeconduct.registry.changes import row_hash

ERASED: Final = "erased"
_done: Final = msgspec.json.Decoder(ErasureDone)


@dataclass(slots=True)
class Erasures:
    """Rows that lost their words, and those that proven rows say may have lost them. ``logged``: counts in content.erased."""

    logged: list[int] = field(default_factory=list)
    found: set[int] = field(default_factory=set)
    whole: dict[int, str] = field(default_factory=dict)  # kind "erased": the erasure that the row names
    listed: dict[int, str] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)  # what proves what is left, by what is there
    proofs: dict[int, set[str]] = field(default_factory=dict)  # and by the erasures that list it
    done: dict[str, int] = field(default_factory=dict)  # erasure -> how many changes it lists
    opened: set[str] = field(default_factory=set)  # erasures that were begun

    def take(self, row: Row) -> None:
        """Take in a row that lost words."""
        self.found.add(row.seq)
        if row.kind == ERASED:
            self.whole[row.seq] = row.subject
        self.left[row.seq] = row_hash(row.left_salt, row.at, row.actor, row.kind, row.subject, row.body)

    def learn(self, row: Row) -> None:
        """Take in a proven row that lists what was erased."""
        try:
            body = _done.decode(row.body)
        except msgspec.DecodeError:
            return
        self.done[row.subject] = len(body.changes) + len(body.words)
        lost = (*body.changes, *body.words)
        self.listed.update(dict.fromkeys(lost, row.subject))
        for seq, proof in zip(lost, body.left, strict=False):
            if proof:
                self.proofs.setdefault(seq, set()).add(proof)

    def differences(self) -> Iterator[Difference]:
        """What is erased without leave, what should be erased and is there, and erasures that the log does not know."""
        for seq in sorted(self.found):
            if self.listed.get(seq) is None or self.whole.get(seq, self.listed[seq]) != self.listed[seq]:
                what = f"change {seq} lost its words, and no recorded erasure lists it"
                yield Difference(code="row_erased", what=what, mend=RESTORE, seq=seq, until=seq)
            elif seq in self.proofs and self.left[seq] not in self.proofs[seq]:
                what = f"what erasing left of change {seq} was edited"
                yield Difference(code="row_edited", what=what, mend=RESTORE, seq=seq, until=seq)
        for seq in sorted(self.listed.keys() - self.found):
            what = f"change {seq} was erased ({self.listed[seq]}), and its words are back"
            yield Difference(
                code="erased_is_back", what=what, mend="erase the person again: safeconduct person erase", seq=seq, until=seq
            )
        left = sorted(self.logged)
        for count, name in sorted((count, name) for name, count in self.done.items() if count):
            place = next((at for at, logged in enumerate(left) if logged >= count), None)
            if place is None:
                what = f"{name} erased {count} changes, and no entry content.erased says so"
                yield Difference(code="erasure_unlogged", what=what, mend="find out who erased, and how the entry was avoided")
            else:
                left.pop(place)
