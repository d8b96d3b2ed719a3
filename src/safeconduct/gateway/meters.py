"""How much, how often? Counters of all workers in one scrape, none of them about a person.

Each worker counts in plain integers and copies them into its own small memory-mapped file twice a second; whichever worker is
asked for ``/metrics`` adds the files up. Format: Prometheus text exposition 0.0.4.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

NAMES: tuple[tuple[str, str, str], ...] = (
    ("arrivals", "counter", "Requests on a call route."),
    ("served", "counter", "Calls answered by a provider."),
    ("refused", "counter", "Calls refused, for any reason."),
    ("unauthenticated", "counter", "Requests without a valid credential."),
    ("cut", "counter", "Streams cut by a change of rights."),
    ("failed", "counter", "Calls that a provider or we failed."),
    ("disconnected", "counter", "Calls whose caller hung up."),
    ("bytes_in", "counter", "Request body bytes read."),
    ("bytes_out", "counter", "Answer bytes sent."),
    ("stream_chunks", "counter", "Pieces of streams passed on."),
    ("input_tokens", "counter", "Input tokens reported by providers."),
    ("output_tokens", "counter", "Output tokens reported by providers."),
    ("edge_refused", "counter", "Requests refused as not well-formed HTTP."),
    ("in_flight", "gauge", "Calls in flight."),
    ("connections", "gauge", "Open caller connections."),
    ("journal_failed", "gauge", "Workers whose journal cannot be written."),
)
_FORMAT = struct.Struct(f"<{len(NAMES)}q")


class Meters:
    """One worker's counters, as attributes of the names above."""

    arrivals: int
    served: int
    refused: int
    unauthenticated: int
    cut: int
    failed: int
    disconnected: int
    bytes_in: int
    bytes_out: int
    stream_chunks: int
    input_tokens: int
    output_tokens: int
    edge_refused: int
    in_flight: int
    connections: int
    journal_failed: int

    def __init__(self, path: Path) -> None:
        for name, _, _ in NAMES:
            setattr(self, name, 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w+b") as file:
            file.write(bytes(_FORMAT.size))  # blocks, not a hole: a full disk must show here and not as a signal later
            file.flush()
            self._map = mmap.mmap(file.fileno(), _FORMAT.size)

    def flush(self) -> None:
        """Copy the counters to where the other workers see them."""
        _FORMAT.pack_into(self._map, 0, *(getattr(self, name) for name, _, _ in NAMES))


def exposition(directory: Path, extra: dict[str, int]) -> bytes:
    """Everything in Prometheus text form; ``extra`` are gauges of the log."""
    totals = [0] * len(NAMES)
    workers = 0
    for path in sorted(directory.glob("meters-*.bin")):
        data = path.read_bytes()
        if len(data) == _FORMAT.size:
            workers += 1
            totals = [have + more for have, more in zip(totals, _FORMAT.unpack(data), strict=True)]
    lines = []
    for (name, kind, words), value in zip(NAMES, totals, strict=True):
        lines += _metric(name, kind, words, value)
    lines += _metric("workers", "gauge", "Workers that count.", workers)
    for name, value in sorted(extra.items()):
        lines += _metric(name, "gauge", "From the log keeper.", value)
    return ("\n".join(lines) + "\n").encode("ascii")


def _metric(name: str, kind: str, words: str, value: int) -> list[str]:
    full = f"safeconduct_{name}_total" if kind == "counter" else f"safeconduct_{name}"
    return [f"# HELP {full} {words}", f"# TYPE {full} {kind}", f"{full} {value}"]
