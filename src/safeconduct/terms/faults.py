"""Faults: what is wrong with something that was given to us, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in an input. ``where`` is a file:line, a row number or a JSON path; ``mend`` tells the next step."""

    code: str
    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.mend})"


class Refused(Exception):
    """An input or an act that is turned down as a whole; nothing was done. Carries every fault found."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults
