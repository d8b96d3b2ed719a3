"""How do a million changes wait between judgement and commit? In a file without a name, in the order they were planned.

A roster is judged row by row, and nothing of it may be performed before the last row was judged. Until then its changes lie in
a file that only this process can reach and that is gone with it, whatever it dies of. What the log will hold about them is
worked out as they are put down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from safeconduct.registry.changes import SALT_BYTES, Digest, Draft, RowHashes, salt_proof
from safeconduct.terms.moments import Moment

_PUT: Final = msgspec.json.Encoder(order="sorted")
_TAKE: Final = msgspec.json.Decoder(tuple[str, str, msgspec.Raw])
_SALT: Final = slice(0, 2 * SALT_BYTES)  # of a line: salt and hash in hex digits, then JSON
_HASH: Final = slice(2 * SALT_BYTES, 2 * SALT_BYTES + 64)
_SAID: Final = slice(2 * SALT_BYTES + 64, None)
_NOTHING: Final[dict[str, object]] = {}
AT_ONCE: Final = 4_096  # salts drawn with one call


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, or would. ``counts``: how many changes of each kind; none when all was so already."""

    file: str
    rows: int
    at: Moment
    counts: dict[str, int]

    @property
    def changes(self) -> int:
        """How many changes it makes."""
        return sum(self.counts.values())


class Stack:
    """Drafts of one act, sealed and put down one by one and taken up again in that order. All are of one actor and one moment."""

    def __init__(self, file: IO[bytes], random: Callable[[int], bytes], actor: str, at: Moment) -> None:
        self._file = file
        self._digest = Digest()
        self._salts = _salts(random)
        self._actor = actor
        self._at = at
        self._hashes = RowHashes(actor, at)
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def put(self, draft: Draft) -> None:
        """Put down the next draft. Raises OSError when the disk is full."""
        if (draft.actor, draft.at) != (self._actor, self._at):
            raise ValueError("the draft belongs to another act")
        kind, subject, words, salt = draft.kind, _PUT.encode(draft.subject), _PUT.encode(draft.body), next(self._salts)
        proof = self._hashes.of(salt, kind, subject, words)
        self._digest.take(proof)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self._file.write(b'%b["%b",%b,%b]\n' % ((salt + proof).hex().encode(), kind.encode(), subject, words))

    def digest(self, salt: bytes) -> str:
        """What the log holds about the drafts under the act's salt; the same as for drafts that are all at hand. Asked for once,
        when all were put down.
        """
        self._digest.add(salt_proof(salt))
        return self._digest.hex()

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[Draft]:
        """Every draft, from the first on, sealed; of its body there are the words."""
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            kind, subject, words = _TAKE.decode(line[_SAID])
            salt, proof = bytes.fromhex(line[_SALT].decode()), line[_HASH].decode()
            yield Draft(self._at, self._actor, kind, subject, _NOTHING, salt, proof, bytes(words))


def _salts(random: Callable[[int], bytes]) -> Iterator[bytes]:
    """Salts without end, many drawn together."""
    while True:
        drawn = random(SALT_BYTES * AT_ONCE)
        for start in range(0, len(drawn), SALT_BYTES):
            yield drawn[start : start + SALT_BYTES]
