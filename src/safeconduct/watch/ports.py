"""What does the watch need from its neighbors? A shelf for those it has not heard of lately; assembly puts a file behind it."""

from __future__ import annotations

from typing import Protocol


class Shelf(Protocol):
    """Packed subjects by ``KIND/ID``. What was put there may be asked for at any later moment."""

    def get(self, who: str) -> bytes | None: ...
    def put(self, who: str, data: bytes) -> None: ...
    def remove(self, who: str) -> None: ...
