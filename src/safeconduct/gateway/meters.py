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
    ("restricted_refused", "counter", "Calls refused because the view was stale and the model is restricted."),
    ("stops", "counter", "Stops carried out, or learned of, by a worker."),
    ("stopped_calls", "counter", "Live calls cut by stops."),
    ("stop_last_byte_max_us", "gauge", "The longest time from a stop's moment to the last byte of a cut call, microseconds."),
    ("feed_age_ms", "gauge", "Milliseconds since the worker that waited longest read the change feed to its end."),
    ("view_stale", "gauge", "Workers whose view is stale: they refuse restricted models."),
    ("registry_version", "gauge", "The last registry change that every worker has heard of."),
    ("detector_failures", "counter", "Calls that a detector failed, by an error, by silence or by being gone."),
    ("detectors_down", "gauge", "Processes of detectors that a worker cannot reach."),
    ("unscored", "counter", "Texts that were not scored for the watch, because too much was asked or nobody answered."),
    ("judged", "counter", "Questions put to the judge model."),
    ("unjudged", "counter", "Questions for the judge model that came to no judgment."),
    ("clock_behind_ms", "gauge", "By how many milliseconds the wall clock was set back, as workers see it."),
)
# Gauges that are not added up over the workers: the largest of them, or the smallest, is what counts.
_LARGEST = frozenset({"stop_last_byte_max_us", "feed_age_ms", "clock_behind_ms"})
_SMALLEST = frozenset({"registry_version"})
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
    restricted_refused: int
    stops: int
    stopped_calls: int
    stop_last_byte_max_us: int
    feed_age_ms: int
    view_stale: int
    registry_version: int
    detector_failures: int
    detectors_down: int
    unscored: int
    judged: int
    unjudged: int
    clock_behind_ms: int

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
    found: list[tuple[int, ...]] = []
    for path in sorted(directory.glob("meters-*.bin")):
        data = path.read_bytes()
        if len(data) == _FORMAT.size:
            found.append(_FORMAT.unpack(data))
    lines = []
    for index, (name, kind, words) in enumerate(NAMES):
        values = [each[index] for each in found] or [0]
        lines += _metric(name, kind, words, _together(name, values))
    lines += _metric("workers", "gauge", "Workers that count.", len(found))
    for name, value in sorted(extra.items()):
        lines += _metric(name, "gauge", "From the log keeper.", value)
    return ("\n".join(lines) + "\n").encode("ascii")


def _together(name: str, values: list[int]) -> int:
    if name in _LARGEST:
        return max(values)
    return min(values) if name in _SMALLEST else sum(values)


def _metric(name: str, kind: str, words: str, value: int) -> list[str]:
    full = f"safeconduct_{name}_total" if kind == "counter" else f"safeconduct_{name}"
    return [f"# HELP {full} {words}", f"# TYPE {full} {kind}", f"{full} {value}"]
