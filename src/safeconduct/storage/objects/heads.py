"""What did this log sign last, as a bucket apart from it remembers? One small object a log, replaced by comparing first."""

from __future__ import annotations

from safeconduct.audit.note import MAX_NOTE_BYTES
from safeconduct.storage.objects.bucket import Bucket


class HeadObject:
    """The head of one log. Implements the keeper's port ``Heads``."""

    def __init__(self, bucket: Bucket, name: str) -> None:
        self._bucket = bucket
        self._name = name

    def load(self) -> bytes | None:
        """The note, None when there is none. Raises OSError, ValueError when it is longer than a note may be."""
        return self._found()[0]

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put ``new`` in the place of exactly ``old``, durable before this returns. False when something else is there."""
        found, version = self._found()
        if found != old:
            return False
        if found is None:
            done = self._bucket.create(self._name, new)
        else:
            done = self._bucket.replace(self._name, new, version)
        return done is not None or self._found()[0] == new  # an answer that was lost, and asked for again

    def _found(self) -> tuple[bytes | None, str]:
        try:
            return self._bucket.get(self._name, MAX_NOTE_BYTES)
        except FileNotFoundError:
            return None, ""
