"""Does somebody try names of models that were never granted? Distinct names that were refused, over a day."""

from __future__ import annotations

from typing import Final

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.detected import DAY, MOST_CALLS, Detected
from safeconduct.watch.subject import ID_CHARACTERS, MOST_PROBES, Subject, remember

KIND: Final = "probing"
CODES: Final = frozenset(
    {"model_not_found", "not_covered", "authorization_ended", "forbidden", "model_withdrawn", "fallback_alias"}
)
ORDINARY: Final = 2  # a typing error and its correction, or a tool's default that was never changed
EACH: Final = 1.1
MOST: Final = 6.0


def see(subject: Subject, signal: CallSignal) -> Detected | None:
    """Look at one call. Weight grows with each name beyond the second."""
    if signal.code not in CODES or not signal.requested:
        return None
    probes = subject.probes
    remember(probes, signal.requested[:ID_CHARACTERS], signal.at, MOST_PROBES)
    for name in [name for name, at in probes.items() if signal.at - at > DAY]:
        del probes[name]
    beyond = len(probes) - ORDINARY
    if beyond <= 0:
        return None
    sentence = f"{len(probes)} names of models that are not granted were tried within a day."
    calls = (signal.call, *_before(subject))[:MOST_CALLS]
    return Detected(KIND, min(MOST, EACH * beyond), sentence, calls)


def _before(subject: Subject) -> tuple[str, ...]:
    known = subject.evidence.get(KIND)
    return known.calls if known is not None else ()
