"""What does the operator choose about the watch? Bounds and allowances, read once."""

from __future__ import annotations

from dataclasses import dataclass, field

from safeconduct.terms.signals import CallSignal


@dataclass(slots=True)
class Knobs:
    """``alerts_per_thousand`` people and day, and from which score on; ``egress`` are sources and countries of logins that say
    nothing about where a person is (VPN, corporate egress). ``batch`` are projects and agents whose calls come from a declared
    template: the registry tells, see ``batch:`` assets.
    """

    alerts_per_thousand: float = 5.0
    least_score: float = 1.0
    most_held: int = 20_000
    most_candidates: int = 5_000
    egress: frozenset[str] = frozenset()
    batch: set[str] = field(default_factory=set)

    def is_batch(self, signal: CallSignal) -> bool:
        """Whether this call comes from a declared batch application."""
        return bool(self.batch) and (f"project/{signal.project}" in self.batch or f"agent/{signal.agent}" in self.batch)
