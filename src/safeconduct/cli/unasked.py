"""Which detectors do rules ask for that are not enabled here? Said before a rule counts, not by its first refused call.

What is refused then, and in which words, is ``exchange.duties`` and ``exchange.no``.
"""

from __future__ import annotations

from collections.abc import Iterable

from safeconduct.assembly.safeguards import enabled
from safeconduct.exchange.duties import Asks, unseen
from safeconduct.settings.sections import Settings


def missing_detectors(settings: Settings, rules: Iterable[Asks]) -> list[str]:
    """A sentence for each detector that a rule asks for and nobody enabled, with what to do. Raises Refused for a bad plugin."""
    guards = enabled(settings)
    said = []
    for missing in unseen(rules, guards):
        detector, _, rule = missing.partition("@")
        mend = guards.missing.get(detector, "Enable it in the settings, or mend the rule.")
        said.append(f"Rule {rule} asks for the detector {detector}, which is not enabled: its calls are refused. {mend}")
    return said
