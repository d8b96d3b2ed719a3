"""What is said of a report at the terminal? Some lines for each section; everything else stands in the JSON and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Found = Mapping[str, Any]


def lines(section: str, found: Found) -> list[str]:
    """The main figures of a section's report; none for a section that has no few of them."""
    told = {"rules": _rules, "agents": _agents, "behavior": _behavior}.get(section)
    return [] if told is None else told(found)


def _rules(found: Found) -> list[str]:
    return [
        f"{detector}: found {each['found']['value']:.3f} of {each['found']['n']}, "
        f"false alarms {each['alarms']['value']:.3f} of {each['alarms']['n']}"
        for detector, each in found.items()
    ]


def _agents(found: Found) -> list[str]:
    said = []
    for part, each in found.items():
        if part not in ("targets", "plays"):
            stopped, disturbed = each["planted_stopped"], each["benign_disturbed"]
            planted, harmless = f"{stopped['count']} of {stopped['n']}", f"{disturbed['count']} of {disturbed['n']}"
            said.append(f"{part}: planted stopped {planted}, harmless disturbed {harmless}")
    return said


def _behavior(found: Found) -> list[str]:
    return [
        f"{name}: found {each['found']:.2f}, {each['alerts_per_thousand_day']:.1f} alerts for a thousand people and day"
        for name, each in found["worlds"].items()
    ]
