"""What leaves for the provider, and in which pieces does its answer go on? Bytes that wait, and nothing about when they may go.

A request is written for the provider as soon as it is decided, so that its decoded form, many times larger than its bytes, is
gone before the next one is read: hundreds of callers may wait for the log at the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass

from safeconduct.terms.call import CallView, Operation
from safeconduct.terms.standing import Model, Standing
from safeconduct.wire.dialect import DialectWire


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A body ready to leave. ``stamp`` is what was written into it: the served name, the pseudonym, the programs."""

    body: bytes
    stamp: tuple[str, str, frozenset[str]]


def write(wire: DialectWire, call: CallView, standing: Standing, model: Model) -> Outgoing:
    """INVARIANT: P11 - identity and programs come from the registry, whatever the body said."""
    body = wire.edited(call, model=model.served_as, pseudonym=standing.pseudonym, programs=standing.programs)
    return Outgoing(body, (model.served_as, standing.pseudonym, standing.programs))


def renewed(wire: DialectWire, operation: Operation, out: Outgoing, standing: Standing, model: Model) -> Outgoing:
    """The same body for a standing or a model that may have moved since; the very same object while neither did."""
    if out.stamp == (model.served_as, standing.pseudonym, standing.programs):
        return out
    return write(wire, wire.read(out.body, operation), standing, model)


class Held:
    """The part of a stream after its last whole event. A large event in many small reads costs its size once, not each time."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def release(self, data: bytes, tail: int) -> bytes:
        """Take ``data``; return everything held but its last ``tail`` bytes, which stay."""
        self._pieces.append(data)
        self._size += len(data)
        if tail >= self._size:
            return b""
        whole = self.rest()
        if not tail:
            return whole
        self._pieces, self._size = [whole[-tail:]], tail
        return whole[:-tail]

    def rest(self) -> bytes:
        """Everything held, handed over."""
        pieces, self._pieces, self._size = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
