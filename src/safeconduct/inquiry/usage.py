"""What did a provider count, what did we, and did anything pass by the gateway? The comparison; no I/O.

A provider's export counts tokens for each span of time and model (``usage_files`` reads it). The log has each call that was
forwarded: when it began and ended, the model that answered, and the tokens as the provider's own answer counted them. In both,
input is all input: what was read from a cache and written to one is part of it.

A call that lies within one span, with ``SLACK`` to spare for two clocks, counts there. One near an edge may be counted on either
side, so a span's figures are a range. Calls whose usage is not known (cut, broken off, answered with an error) are counted apart:
they may explain that a provider saw more, and are named where they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from safeconduct.audit.entries import CallDecided, CallEnded, Outcome
from safeconduct.terms.call import Operation
from safeconduct.terms.moments import SECOND, Moment, show

SLACK: Final = 120 * SECOND  # between a provider's clock and ours, and between its count and the answer's end
HOUR: Final = 3_600 * SECOND
WIDTHS: Final = {"1h": HOUR, "1d": 24 * HOUR}
DIALECTS: Final = {"anthropic": frozenset({"messages"}), "openai": frozenset({"chat", "responses"})}
MOST_OPEN: Final = 1_000_000  # calls without an outcome that are waited for


class Used(msgspec.Struct, frozen=True):
    """One line of an export: what a provider counted in ``[since, until)``.

    ``requests`` and ``cached`` are -1 where it does not say; ``model`` is empty where the export was not grouped by model.
    """

    since: Moment
    until: Moment
    model: str
    input: int
    output: int
    cached: int = -1
    requests: int = -1


class UsageDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A span and model where both sides do not agree. ``log_*`` is what surely falls there, ``edge_*`` what may.

    ``code``: ``bypassed`` (the provider saw more than passed the gateway), ``perhaps_bypassed`` (more, and calls whose usage is
    not known may be why), ``uncounted`` (the provider saw less than we recorded).
    """

    code: str
    since: Moment
    until: Moment
    model: str
    provider_input: int
    provider_output: int
    provider_requests: int
    log_input: int
    log_output: int
    log_calls: int
    edge_input: int
    edge_output: int
    edge_calls: int
    unknown_calls: int
    what: str
    mend: str


@dataclass(slots=True)
class Seen:
    """What the log has for one span and model."""

    calls: int = 0
    input: int = 0
    output: int = 0
    edge_calls: int = 0
    edge_input: int = 0
    edge_output: int = 0
    unknown: int = 0


@dataclass(slots=True)
class Tally:
    """What passed the gateway, by span and model, taken from the log entry by entry. Memory grows with spans, not with calls.

    Calls count that went to ``upstream``, one of the settings'. Of entries that were made before they named theirs, those count
    whose dialect is one of ``provider``'s.
    """

    provider: str
    width: int
    by_model: bool = True
    upstream: str = ""  # empty: named like the provider
    seen: dict[tuple[Moment, str], Seen] = field(default_factory=dict)
    calls: int = 0
    unknown: int = 0
    first: Moment = 0  # of the log's calls; 0 when there are none
    _open: dict[tuple[str, int], tuple[Moment, str]] = field(default_factory=dict)

    def take(self, entry: CallDecided | CallEnded) -> None:
        """Take in the next entry about a call."""
        if isinstance(entry, CallDecided):
            ours = entry.dialect in DIALECTS[self.provider]
            if entry.provider:
                ours = entry.provider == (self.upstream or self.provider)
            counts = ours and entry.operation == Operation.GENERATE and entry.effect == "permit"
            if counts and len(self._open) < MOST_OPEN:
                self._open[entry.boot, entry.seq] = entry.at, entry.resolved
            return
        began, asked = self._open.pop((entry.closes_boot, entry.closes_seq), (0, ""))
        if began and (entry.forwarded or entry.outcome is Outcome.ABANDONED):
            self._count(began, max(began, entry.at), entry, asked)

    def _count(self, began: Moment, ended: Moment, entry: CallEnded, asked: str) -> None:
        self.calls += 1
        self.first = min(self.first, began) if self.first else began
        known = entry.outcome is Outcome.SERVED and entry.status < 400 and entry.tokens_in >= 0 and entry.tokens_out >= 0
        self.unknown += not known
        model = (entry.served_model or asked) if self.by_model else ""
        spans = range((began - SLACK) // self.width, (ended + SLACK) // self.width + 1)
        for span in spans:
            found = self.seen.setdefault((span * self.width, model), Seen())
            found.unknown += not known
            if not known:
                continue
            if len(spans) == 1:
                found.calls += 1
                found.input += entry.tokens_in
                found.output += entry.tokens_out
            else:
                found.edge_calls += 1
                found.edge_input += entry.tokens_in
                found.edge_output += entry.tokens_out


def gathered(used: Iterable[Used], width: int) -> dict[tuple[Moment, str], Used]:
    """An export in spans of ``width``. Raises ValueError when one of its own spans is wider, or lies across two."""
    spans: dict[tuple[Moment, str], Used] = {}
    for each in used:
        since = each.since - each.since % width
        if each.until > since + width:
            raise ValueError(f"the span {show(each.since)} to {show(each.until)} does not fit into one of ours")
        before = spans.get((since, each.model), Used(since, since + width, each.model, 0, 0, 0, 0))
        spans[since, each.model] = Used(
            since,
            since + width,
            each.model,
            before.input + each.input,
            before.output + each.output,
            -1 if -1 in (before.cached, each.cached) else before.cached + each.cached,
            -1 if -1 in (before.requests, each.requests) else before.requests + each.requests,
        )
    return spans


def compare(spans: dict[tuple[Moment, str], Used], covered: Iterable[Moment], tally: Tally) -> Iterator[UsageDifference]:
    """Where provider and log do not agree, in order of time and model. ``covered``: the spans that the export speaks of."""
    told = set(covered) | {since for since, _ in spans}
    names = {key for key in tally.seen if key[0] in told} | spans.keys()
    for since, model in sorted(names):
        used = spans.get((since, model), Used(since, since + tally.width, model, 0, 0, 0, 0))
        seen = tally.seen.get((since, model), Seen())
        code = _judged(used, seen)
        if code:
            yield _difference(code, used, seen)


def _judged(used: Used, seen: Seen) -> str:
    if used.requests > seen.calls + seen.edge_calls + seen.unknown:
        return "bypassed"
    if used.input > seen.input + seen.edge_input or used.output > seen.output + seen.edge_output:
        return "perhaps_bypassed" if seen.unknown else "bypassed"
    if used.input < seen.input or used.output < seen.output or -1 < used.requests < seen.calls:
        return "uncounted"
    return ""


_SAID: Final = {
    "bypassed": (
        "the provider counted more than passed the gateway: somebody called it some other way",
        "find the key that was used (the export can be grouped by key), and revoke every key that the gateway does not hold",
    ),
    "perhaps_bypassed": (
        "the provider counted more than the gateway knows of, and there are calls whose usage is not known",
        "look at those calls first (audit show); what they cannot explain passed by the gateway",
    ),
    "uncounted": (
        "the provider counted less than passed the gateway",
        "check that the export is whole, of this account, and not younger than the provider's own delay",
    ),
}


def _difference(code: str, used: Used, seen: Seen) -> UsageDifference:
    what, mend = _SAID[code]
    return UsageDifference(
        code=code,
        since=used.since,
        until=used.until,
        model=used.model,
        provider_input=used.input,
        provider_output=used.output,
        provider_requests=used.requests,
        log_input=seen.input,
        log_output=seen.output,
        log_calls=seen.calls,
        edge_input=seen.edge_input,
        edge_output=seen.edge_output,
        edge_calls=seen.edge_calls,
        unknown_calls=seen.unknown,
        what=what,
        mend=mend,
    )
